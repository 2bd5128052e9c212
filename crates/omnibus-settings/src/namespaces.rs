//! Which namespaces are written, and what is wrong with them?
//!
//! Namespaces stand in the file as `[[namespaces]]`, and in the environment as a JSON array of
//! objects. Both become [`Entry`]s, which are read in one way.

use omnibus_session::{Audience, Authenticator, Namespace, Namespaces, Pattern};

use crate::fault::Fault;
use crate::mistake::{Mistake, Mistakes};
use crate::nearest::nearest;
use crate::raw::Raw;
use crate::shown;
use crate::source::Source;

/// The key in the file.
pub(crate) const KEY: &str = "namespaces";

/// The name in the environment.
pub(crate) const VARIABLE: &str = "OMNIBUS_NAMESPACES";

const NAMES: [&str; 4] = ["pattern", "subscribe", "publish", "announce_leave"];

/// What an entry looks like in the environment.
pub(crate) const EXAMPLE: &str = r#"[{"pattern": "news.*", "subscribe": "anyone", "publish": "server"}]"#;

/// One namespace as it was written.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) fields: Vec<Field>,
    pub(crate) source: Source,
}

/// One name and value in it.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) raw: Raw,
    pub(crate) source: Source,
}

/// A namespace that is read; what is not said is as the authenticator has it.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) pattern: Pattern,
    pub(crate) subscribe: Option<Audience>,
    pub(crate) publish: Option<Audience>,
    pub(crate) announce_leave: bool,
}

/// Reads all entries of one source.
pub(crate) fn read(entries: &[Entry]) -> (Vec<Written>, Mistakes) {
    let mut mistakes = Mistakes::default();
    if let Some(entry) = entries.get(Namespaces::MAX) {
        let count = entries.len();
        let fault = Fault::Conflict {
            problem: format!("are {count}, the limit is {}", Namespaces::MAX),
            mend: "join some by patterns with *".to_owned(),
        };
        mistakes.push(mistake(KEY.to_owned(), None, entry.source.clone(), fault));
    }
    let mut read: Vec<Written> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let Some(written) = read_entry(at, entry, &mut mistakes) else {
            continue;
        };
        let hides = |earlier: &&Written| earlier.pattern == written.pattern || earlier.pattern == Pattern::any();
        if let Some(earlier) = read.iter().find(hides) {
            let fault = Fault::Conflict {
                problem: format!(
                    "comes behind {:?}, which matches first: it is never reached",
                    earlier.pattern
                ),
                mend: "put it before that one, or remove it".to_owned(),
            };
            let shown = Some(shown::text(written.pattern.as_str()));
            mistakes.push(mistake(
                format!("{KEY}[{at}].pattern"),
                shown,
                entry.source.clone(),
                fault,
            ));
        }
        read.push(written);
    }
    (read, mistakes)
}

/// Reads a JSON array, as it stands in the environment.
///
/// # Errors
/// It is none of objects.
pub(crate) fn from_json(text: &str, source: &Source) -> Result<Vec<Entry>, Fault> {
    let wrong = |problem: String| Fault::Malformed {
        problem,
        mend: format!("write a JSON array of objects, such as {EXAMPLE}"),
    };
    let array: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(text).map_err(|error| wrong(format!("is no JSON array of objects: {error}")))?;
    let field = |(name, value): (String, serde_json::Value)| Field {
        raw: raw(&value),
        name,
        source: source.clone(),
    };
    let entry = |object: serde_json::Map<_, _>| Entry {
        fields: object.into_iter().map(field).collect(),
        source: source.clone(),
    };
    Ok(array.into_iter().map(entry).collect())
}

/// Puts namespaces in order, with what the authenticator has for all other channels at the end.
pub(crate) fn finish(written: Vec<Written>, authenticator: Authenticator) -> Namespaces {
    let preset = match authenticator {
        Authenticator::NoOp => Namespace::noop(),
        _ => Namespace::user(),
    };
    let namespace = |written: Written| Namespace {
        pattern: written.pattern,
        subscribe: written.subscribe.unwrap_or(preset.subscribe),
        publish: written.publish.unwrap_or(preset.publish),
        announce_leave: written.announce_leave,
    };
    let some = written.into_iter().map(namespace).collect();
    Namespaces::new(some, preset)
}

fn read_entry(at: usize, entry: &Entry, mistakes: &mut Mistakes) -> Option<Written> {
    let mut pattern = None;
    let (mut subscribe, mut publish, mut announce_leave) = (None, None, false);
    let mut is_good = true;
    for field in &entry.fields {
        let outcome = match field.name.as_str() {
            "pattern" => read_pattern(&field.raw).map(|read| pattern = Some(read)),
            "subscribe" => read_audience(&field.raw).map(|read| subscribe = Some(read)),
            "publish" => read_audience(&field.raw).map(|read| publish = Some(read)),
            "announce_leave" => read_switch(&field.raw).map(|read| announce_leave = read),
            name => Err(Fault::UnknownName {
                what: "setting of a namespace",
                nearest: nearest(name, NAMES).map(str::to_owned),
            }),
        };
        if let Err(fault) = outcome {
            is_good = false;
            let key = format!("{KEY}[{at}].{}", shown::text(&field.name));
            let value = Some(shown::value_of(&field.name, &field.raw.written()));
            mistakes.push(mistake(key, value, field.source.clone(), fault));
        }
    }
    if !entry.fields.iter().any(|field| field.name == "pattern") {
        let fault = Fault::Conflict {
            problem: "is missing: the namespace would be of no channel".to_owned(),
            mend: "write pattern = \"news.*\", or whatever its channels are called; * is any run of characters"
                .to_owned(),
        };
        mistakes.push(mistake(
            format!("{KEY}[{at}].pattern"),
            None,
            entry.source.clone(),
            fault,
        ));
    }
    Some(Written {
        pattern: pattern.filter(|_| is_good)?,
        subscribe,
        publish,
        announce_leave,
    })
}

fn mistake(key: String, value: Option<String>, source: Source, fault: Fault) -> Mistake {
    Mistake {
        key,
        value,
        source,
        fault,
    }
}

fn read_pattern(raw: &Raw) -> Result<Pattern, Fault> {
    let text = text(raw, "\"news.*\"")?;
    Pattern::new(text).ok_or_else(|| Fault::OutOfRange {
        min: "1 byte".to_owned(),
        max: format!("{} bytes", Pattern::BYTES_MAX),
    })
}

fn read_audience(raw: &Raw) -> Result<Audience, Fault> {
    let word = text(raw, "\"identified\"")?;
    Audience::named(word).ok_or_else(|| {
        let words = Audience::ALL.map(Audience::word);
        Fault::NotAChoice {
            words: words.join(", "),
            nearest: nearest(word, words).map(str::to_owned),
        }
    })
}

fn read_switch(raw: &Raw) -> Result<bool, Fault> {
    match raw {
        Raw::Bool(value) => Ok(*value),
        _ => Err(Fault::NotBool),
    }
}

fn text<'a>(raw: &'a Raw, example: &'static str) -> Result<&'a str, Fault> {
    match raw {
        Raw::Text(text) => Ok(text),
        raw => Err(Fault::WrongType {
            found: raw.found(),
            expected: "a string",
            example,
        }),
    }
}

fn raw(value: &serde_json::Value) -> Raw {
    match value {
        serde_json::Value::String(text) => Raw::Text(text.clone()),
        serde_json::Value::Bool(value) => Raw::Bool(*value),
        value => Raw::Other {
            found: match value {
                serde_json::Value::Number(_) => "a number",
                serde_json::Value::Null => "nothing",
                _ => "an array or an object",
            },
            written: value.to_string(),
        },
    }
}
