//! What of a client's message may go out, and under whose name?
//!
//! A message on the wire is `channel:{json}`. The server reads of it only what
//! it must answer for: that it is one JSON object, that its `sender` is the
//! client's own identifier (N16, N40: the original believed whatever it was
//! told), and that it uses none of the keys that the server itself writes.
//! Every other byte goes out as it came.

use std::borrow::Cow;
use std::ops::Range;

use crate::channel::Identifier;
use crate::json::{Member, scan_object};
use crate::json_error::ScanError;
use crate::json_string::{RawString, push_plain};

/// The top-level key that names a message's author.
pub const SENDER: &str = "sender";

/// The top-level keys that only a server writes.
pub const RESERVED: [&str; 3] = ["epoch", "offset", "user"];

/// How many forged senders one message may have put right; with more it is
/// refused. Each can grow the message by an identifier of 512 bytes, escaped,
/// so that without a bound 1 MiB could become 48.
pub const FORGED_SENDERS_MAX: usize = 8;

/// Splits `channel:rest` at its first colon; `None` if there is none.
#[must_use]
pub fn split_frame(frame: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', frame)?;
    Some((&frame[..colon], &frame[colon + 1..]))
}

/// What is asked of the bodies that clients publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyPolicy {
    /// Refuses what is not one JSON object. Off reproduces the original, which
    /// passed anything (N17), and lets one client's broken JSON throw inside
    /// the others' message handlers.
    pub require_json: bool,
}

impl Default for BodyPolicy {
    fn default() -> Self {
        Self { require_json: true }
    }
}

/// Why a body is refused. The client hears nothing of it, as of every message
/// that the original dropped (N15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The body is not one JSON object (N17).
    #[error(transparent)]
    NotJson(#[from] ScanError),
    /// The body has a top-level key that only a server writes: `reserved_key`.
    #[error("body has the reserved key {key:?} at its top level; rename it")]
    ReservedKey {
        /// One of [`RESERVED`].
        key: &'static str,
    },
    /// The body says too often that it is by someone else.
    #[error("body names another sender more than {FORGED_SENDERS_MAX} times; name the sender once")]
    TooManySenders,
}

/// Checks the body that starts at `body_at` of a whole `channel:{json}` frame
/// and puts the client's own identifier where it says another `sender`.
///
/// Looked at are the members of the outermost object only, by their unescaped
/// keys, duplicates too; nested ones are the client's. A `sender` that is
/// absent stays absent. An honest frame comes back borrowed after one pass; a
/// forged one is copied once, with only the values in question exchanged.
///
/// Without `require_json`, what is no JSON object passes unread. What is
/// nested too deep to read is refused even then, or depth would be a way to
/// forge a sender.
///
/// # Errors
/// A [`BodyError`] if the message must not go out.
pub fn check_client_frame<'a>(
    frame: &'a [u8],
    body_at: usize,
    identifier: Identifier<'_>,
    policy: BodyPolicy,
) -> Result<Cow<'a, [u8]>, BodyError> {
    let body = &frame[body_at..];
    let mut reserved = None;
    // Allocates only if there is one.
    let mut forged: Vec<Range<usize>> = Vec::new();
    let mut too_many = false;

    let scanned = scan_object(body, |member: Member<'_>| {
        if member.key.equals(SENDER) {
            if is_string(&body[member.value.clone()], identifier.as_str()) {
                return;
            }
            match forged.len() {
                FORGED_SENDERS_MAX => too_many = true,
                _ => forged.push(member.value),
            }
        } else if reserved.is_none() {
            reserved = RESERVED.into_iter().find(|key| member.key.equals(key));
        }
    });
    match scanned {
        Ok(()) => {}
        Err(err @ ScanError::TooDeep { .. }) => return Err(err.into()),
        Err(err) if policy.require_json => return Err(err.into()),
        Err(_) => return Ok(Cow::Borrowed(frame)),
    }
    if let Some(key) = reserved {
        return Err(BodyError::ReservedKey { key });
    }
    if too_many {
        return Err(BodyError::TooManySenders);
    }
    if forged.is_empty() {
        return Ok(Cow::Borrowed(frame));
    }
    let mut sender = vec![b'"'];
    push_plain(&mut sender, identifier.as_str());
    sender.push(b'"');
    Ok(Cow::Owned(splice(frame, body_at, &forged, &sender)))
}

/// Tells whether a JSON value is the string `text`.
fn is_string(value: &[u8], text: &str) -> bool {
    match value {
        [b'"', between @ .., b'"'] => RawString::new(between).equals(text),
        _ => false,
    }
}

/// Copies `frame` with each of `ranges`, counted from `body_at`, replaced.
fn splice(frame: &[u8], body_at: usize, ranges: &[Range<usize>], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(frame.len() + ranges.len() * with.len());
    let mut copied = 0;
    for range in ranges {
        out.extend_from_slice(&frame[copied..body_at + range.start]);
        out.extend_from_slice(with);
        copied = body_at + range.end;
    }
    out.extend_from_slice(&frame[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: BodyPolicy = BodyPolicy { require_json: false };

    fn check<'a>(body: &'a str, identifier: &str) -> Result<Cow<'a, str>, BodyError> {
        check_as(body, identifier, BodyPolicy::default())
    }

    fn check_as<'a>(body: &'a str, identifier: &str, policy: BodyPolicy) -> Result<Cow<'a, str>, BodyError> {
        let identifier = Identifier::parse(identifier).unwrap();
        Ok(match check_client_frame(body.as_bytes(), 0, identifier, policy)? {
            Cow::Borrowed(body) => Cow::Borrowed(std::str::from_utf8(body).unwrap()),
            Cow::Owned(body) => Cow::Owned(String::from_utf8(body).unwrap()),
        })
    }

    #[test]
    fn an_honest_message_goes_out_as_it_came_and_uncopied() {
        // N16, N17; an absent sender stays absent.
        for body in [
            r#"{"type":"x","sender":"idA","payload":{"k":1}}"#,
            r#"{"type":"x"}"#,
            "{}",
            " {\"type\" :\t\"x\"}\n",
            r#"{"type":"x","type":"y"}"#,
            r#"{"sender":"\u0069dA"}"#,
            r#"{"payload":{"sender":"idB","epoch":1,"offset":2,"user":3}}"#,
            r#"{"payload":[{"sender":"idB"}],"Sender":"idB","sender ":"idB"}"#,
            r#"{"senders":"idB","epochs":1,"User":2}"#,
        ] {
            let checked = check(body, "idA").unwrap();
            assert!(matches!(checked, Cow::Borrowed(same) if same == body), "{body}");
        }
    }

    #[test]
    fn a_forged_sender_becomes_the_real_one_and_no_other_byte_changes() {
        for (body, identifier, sent) in [
            // N16.
            (
                r#"{"type":"x","sender":"idB","payload":{"spoofed":true}}"#,
                "idA",
                r#"{"type":"x","sender":"idA","payload":{"spoofed":true}}"#,
            ),
            // N40.
            (
                r#"{"type":"x","sender":"three"}"#,
                "two",
                r#"{"type":"x","sender":"two"}"#,
            ),
            // The key hides behind escapes, or comes twice.
            (r#"{"\u0073ender":"idB"}"#, "idA", r#"{"\u0073ender":"idA"}"#),
            (
                r#"{"sender":"idA","sender":"idB"}"#,
                "idA",
                r#"{"sender":"idA","sender":"idA"}"#,
            ),
            (
                r#"{"sender":"idB","x":1,"send\u0065r":"idC"}"#,
                "idA",
                r#"{"sender":"idA","x":1,"send\u0065r":"idA"}"#,
            ),
            // The value is no string.
            (
                r#" { "sender" : null , "n" : 1 } "#,
                "idA",
                r#" { "sender" : "idA" , "n" : 1 } "#,
            ),
            (r#"{"sender":7}"#, "7", r#"{"sender":"7"}"#),
            (r#"{"sender":{"sender":"idA"}}"#, "idA", r#"{"sender":"idA"}"#),
            (r#"{"sender":["idA"]}"#, "idA", r#"{"sender":"idA"}"#),
            (r#"{"sender":"\ud800"}"#, "idA", r#"{"sender":"idA"}"#),
            // The identifier needs escapes, or is empty (N02).
            (r#"{"sender":"x"}"#, "a\"b\\c/é😀", r#"{"sender":"a\"b\\c/é😀"}"#),
            (r#"{"sender":"x"}"#, "", r#"{"sender":""}"#),
        ] {
            assert_eq!(check(body, identifier).unwrap(), sent, "{body}");
            assert_eq!(check_as(body, identifier, RAW).unwrap(), sent, "{body}");
        }
    }

    #[test]
    fn keys_that_only_a_server_writes_are_refused() {
        for (body, key) in [
            (r#"{"epoch":"k3"}"#, "epoch"),
            (r#"{"type":"x","offset":1}"#, "offset"),
            (r#"{"user":null}"#, "user"),
            (r#"{"\u0065poch":1}"#, "epoch"),
            (r#"{"sender":"idB","us\u0065r":1}"#, "user"),
        ] {
            assert_eq!(check(body, "idA"), Err(BodyError::ReservedKey { key }), "{body}");
            assert!(check_as(body, "idA", RAW).is_err(), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_object_is_refused_or_passes_by_setting() {
        // Every body of N17 but the objects.
        for body in [
            "not json at all",
            "",
            ":",
            "a:b:c",
            "\0nul\0",
            "\"  😀 é\"",
            "[1,2,3]",
            "{",
            "{} {}",
        ] {
            assert!(matches!(check(body, "idA"), Err(BodyError::NotJson(_))), "{body}");
            let raw = check_as(body, "idA", RAW).unwrap();
            assert!(matches!(raw, Cow::Borrowed(same) if same == body), "{body}");
        }
    }

    #[test]
    fn depth_hides_no_forged_sender_whatever_the_setting() {
        let deep = "[".repeat(100) + &"]".repeat(100);
        let body = format!("{{\"a\":{deep},\"sender\":\"idB\"}}");
        for policy in [RAW, BodyPolicy::default()] {
            assert!(matches!(
                check_as(&body, "idA", policy),
                Err(BodyError::NotJson(ScanError::TooDeep { .. }))
            ));
        }
    }

    #[test]
    fn many_forged_senders_do_not_blow_a_message_up() {
        let longest = "\"".repeat(255);
        let body = |count: usize| format!("{{{}\"x\":1}}", "\"sender\":1,".repeat(count));
        let most = body(FORGED_SENDERS_MAX);
        let sent = check(&most, &longest).unwrap();
        assert!(sent.len() <= most.len() + FORGED_SENDERS_MAX * 512);
        let more = body(FORGED_SENDERS_MAX + 1);
        assert_eq!(check(&more, &longest), Err(BodyError::TooManySenders));
        let honest = "\"sender\":\"idA\",".repeat(100);
        assert!(check(&format!("{{{honest}\"x\":1}}"), "idA").is_ok());
    }

    #[test]
    fn a_frame_keeps_its_channel_through_the_check() {
        let identifier = Identifier::parse("idA").unwrap();
        let frame = b"foo:{\"sender\":\"idB\"}";
        let sent = check_client_frame(frame, 4, identifier, BodyPolicy::default()).unwrap();
        assert_eq!(&*sent, b"foo:{\"sender\":\"idA\"}");
    }

    #[test]
    fn a_frame_splits_at_its_first_colon() {
        assert_eq!(split_frame(b"foo:a:b"), Some((&b"foo"[..], &b"a:b"[..])));
        assert_eq!(split_frame(b":"), Some((&b""[..], &b""[..])));
        assert_eq!(split_frame(b"\xff:\xfe"), Some((&b"\xff"[..], &b"\xfe"[..])));
        assert_eq!(split_frame(b"nocolon"), None);
        assert_eq!(split_frame(b""), None);
    }
}
