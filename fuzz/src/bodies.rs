//! What is in a message's body, by serde_json, and what must become of it?

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The most open objects and arrays that are read.
const DEPTH_MAX: usize = 64;
/// The most forged senders that are put right.
const FORGED_SENDERS_MAX: usize = 8;
const RESERVED: [&str; 3] = ["epoch", "offset", "user"];

/// A member of the outermost object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// The key between its quotes, as it stands.
    pub raw_key: &'a str,
    /// The key; `None` if it has a lone surrogate and so is no text.
    pub key: Option<String>,
    /// Where the value stands in the body.
    pub value: Range<usize>,
}

/// What a body is.
#[derive(Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// One JSON object, not too deep.
    Object(Vec<Member<'a>>),
    /// An object that opens too many containers, and is in order up to there.
    TooDeep,
    /// Anything else.
    NotJson,
}

/// What must become of a client's body.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes out, like this.
    Passes(String),
    /// It is no object, or too deep a one.
    NotJson,
    /// It has a key that only a server writes.
    ReservedKey,
    /// It is forged too often.
    TooManySenders,
}

/// Reads a body.
pub fn read(body: &str) -> Body<'_> {
    if !body.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') {
        Body::NotJson
    } else if is_too_deep(body) {
        Body::TooDeep
    } else {
        match serde_json::from_str::<Members<'_>>(body) {
            Ok(Members(members)) => Body::Object(members.into_iter().map(|raw| member(body, raw)).collect()),
            Err(_) => Body::NotJson,
        }
    }
}

/// Judges the body of a client's message.
pub fn judge(body: &str, identifier: &str, require_json: bool) -> Verdict {
    let members = match read(body) {
        Body::Object(members) => members,
        Body::NotJson if !require_json => return Verdict::Passes(body.to_owned()),
        Body::NotJson | Body::TooDeep => return Verdict::NotJson,
    };
    let is = |member: &Member<'_>, key: &str| member.key.as_deref() == Some(key);
    if members.iter().any(|member| RESERVED.iter().any(|key| is(member, key))) {
        return Verdict::ReservedKey;
    }
    let forged: Vec<Range<usize>> = members
        .into_iter()
        .filter(|member| is(member, "sender") && text(&body[member.value.clone()]).as_deref() != Some(identifier))
        .map(|member| member.value)
        .collect();
    if forged.len() > FORGED_SENDERS_MAX {
        return Verdict::TooManySenders;
    }
    let sender = serde_json::to_string(identifier).expect("every text is JSON");
    let mut out = body.to_owned();
    // From the back, so that what is still to do keeps its place.
    for value in forged.into_iter().rev() {
        out.replace_range(value, &sender);
    }
    Verdict::Passes(out)
}

/// What a JSON string says; `None` if the value is none, or has a lone surrogate.
pub fn text(value: &str) -> Option<String> {
    serde_json::from_str(value).ok()
}

/// Whether the first error of the body is that it opens one container too many.
fn is_too_deep(body: &str) -> bool {
    let Some(at) = opens_too_deep(body) else {
        return false;
    };
    // A value in its place must leave nothing to complain of but the missing rest.
    let cut = format!("{}null", &body[..at]);
    serde_json::from_str::<IgnoredAny>(&cut).is_err_and(|err| err.is_eof())
}

/// Where the container stands that is one too many, as far as that is known without a grammar.
fn opens_too_deep(body: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                if depth == DEPTH_MAX {
                    return Some(at);
                }
                depth += 1;
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn member<'a>(body: &'a str, (key, value): (&'a RawValue, &'a RawValue)) -> Member<'a> {
    let start = value.get().as_ptr().addr() - body.as_ptr().addr();
    let quoted = key.get();
    Member {
        raw_key: &quoted[1..quoted.len() - 1],
        key: text(quoted),
        value: start..start + value.get().len(),
    }
}

/// The members of an object in order, repeated ones too.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
