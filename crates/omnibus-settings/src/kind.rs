//! What may a setting's value be, and where does it go?

use std::time::Duration;

use omnibus_auth::Secret;
use omnibus_bus_zmq::Address;

use crate::draft::{Draft, Listen};
use crate::fault::Fault;
use crate::nearest::nearest;
use crate::raw::Raw;
use crate::texts;
use crate::units;

/// Writes a value to its place.
pub(crate) type Set<T> = fn(&mut Draft, T);

/// The type of a setting, its bounds, and the place of its value.
pub(crate) enum Kind {
    /// True or false, in any of the usual words.
    Bool { set: Set<bool> },
    /// A whole number.
    Integer { min: u64, max: u64, set: Set<u64> },
    /// A number of bytes.
    Bytes { min: u64, max: u64, set: Set<usize> },
    /// A time with its unit.
    Time {
        min: Duration,
        max: Duration,
        set: Set<Duration>,
    },
    /// One of a few words.
    Choice { choices: &'static [Choice] },
    /// A factory of the original, by a short word or by its dotted path in Python.
    Factory {
        noun: &'static str,
        choices: &'static [Choice],
    },
    /// A text by a rule of its own.
    Text {
        check: fn(&str) -> Result<(), Fault>,
        set: Set<String>,
    },
    /// A text, or nothing.
    OptionalText {
        check: fn(&str) -> Result<(), Fault>,
        set: Set<Option<String>>,
    },
    /// What nobody may see, or nothing: taken as it is, spaces and all.
    Secret { set: Set<Option<Secret>> },
    /// Texts by a rule of their own, with commas between them.
    List {
        check: fn(&str) -> Result<(), Fault>,
        set: Set<Vec<String>>,
    },
    /// IP addresses, with or without ports.
    Listeners { set: Set<Vec<Listen>> },
    /// A bus address.
    Address { set: Set<Address> },
    /// A bus address, or nothing.
    OptionalAddress { set: Set<Option<Address>> },
}

/// One word of a choice.
pub(crate) struct Choice {
    /// The word.
    pub(crate) word: &'static str,
    /// The same in the words of the original.
    pub(crate) also: Option<&'static str>,
    /// Writes it to its place.
    pub(crate) set: fn(&mut Draft),
}

impl Kind {
    /// Names it for people, in the column "type" of the reference.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Bool { .. } => "true or false",
            Self::Integer { .. } => "number",
            Self::Bytes { .. } => "bytes",
            Self::Time { .. } => "time",
            Self::Choice { .. } => "word",
            Self::Factory { .. } => "factory",
            Self::Text { .. } | Self::OptionalText { .. } => "text",
            Self::Secret { .. } => "secret text",
            Self::List { .. } => "list of texts",
            Self::Listeners { .. } => "list of IP addresses",
            Self::Address { .. } | Self::OptionalAddress { .. } => "bus address",
        }
    }

    /// Says which values are taken, where that is a range or a set.
    pub(crate) fn bounds(&self) -> Option<String> {
        match self {
            Self::Integer { min, max, .. } => Some(format!("{min} to {max}")),
            Self::Bytes { min, max, .. } => Some(format!("{} to {}", units::show_bytes(*min), units::show_bytes(*max))),
            Self::Time { min, max, .. } => Some(format!(
                "{} to {}",
                units::show_duration(*min),
                units::show_duration(*max)
            )),
            Self::Choice { choices } | Self::Factory { choices, .. } => Some(words(choices, ", ")),
            _ => None,
        }
    }

    /// Says how a value is called behind a flag.
    pub(crate) fn placeholder(&self) -> String {
        match self {
            Self::Bool { .. } => "BOOL".to_owned(),
            Self::Integer { .. } => "N".to_owned(),
            Self::Bytes { .. } => "BYTES".to_owned(),
            Self::Time { .. } => "TIME".to_owned(),
            Self::Choice { choices } | Self::Factory { choices, .. } => words(choices, "|"),
            Self::Text { .. } | Self::OptionalText { .. } | Self::Secret { .. } => "TEXT".to_owned(),
            Self::List { .. } | Self::Listeners { .. } => "LIST".to_owned(),
            Self::Address { .. } | Self::OptionalAddress { .. } => "ADDRESS".to_owned(),
        }
    }

    /// Reads a value and writes it to its place.
    ///
    /// # Errors
    /// A [`Fault`] for what can't be read or is out of bounds; then nothing is written.
    pub(crate) fn apply(&self, raw: &Raw, example: &'static str, draft: &mut Draft) -> Result<(), Fault> {
        match self {
            Self::Bool { set } => set(draft, bool(raw, example)?),
            Self::Integer { min, max, set } => {
                let value = integer(raw, example)?;
                in_range(value, *min, *max, |value| value.to_string())?;
                set(draft, value);
            }
            Self::Bytes { min, max, set } => {
                let value = bytes(raw, example)?;
                in_range(value, *min, *max, units::show_bytes)?;
                set(draft, usize::try_from(value).unwrap_or(usize::MAX));
            }
            Self::Time { min, max, set } => {
                let text = text(raw, "a string with a unit", example)?;
                let value = units::duration(text).ok_or(Fault::NotDuration { example })?;
                in_range(value, *min, *max, units::show_duration)?;
                set(draft, value);
            }
            Self::Choice { choices } => (choice(choices, text(raw, "a string", example)?)?.set)(draft),
            Self::Factory { noun, choices } => {
                (factory(noun, choices, text(raw, "a string", example)?)?.set)(draft);
            }
            Self::Text { check, set } => {
                let text = text(raw, "a string", example)?;
                check(text)?;
                set(draft, text.to_owned());
            }
            Self::OptionalText { check, set } => {
                let text = optional_text(raw, example)?;
                text.map_or(Ok(()), check)?;
                set(draft, text.map(str::to_owned));
            }
            Self::Secret { set } => match raw {
                Raw::Text(text) => set(draft, (!text.is_empty()).then(|| Secret::from(text.as_str()))),
                raw => {
                    text(raw, "a string", example)?;
                }
            },
            Self::List { check, set } => {
                let items = list(raw, example)?;
                items.iter().try_for_each(|item| check(item))?;
                set(draft, items);
            }
            Self::Listeners { set } => {
                let items = list(raw, example)?;
                if items.is_empty() {
                    return Err(Fault::Empty { example });
                }
                let listeners = items.iter().map(|item| texts::listen(item)).collect::<Result<_, _>>()?;
                set(draft, listeners);
            }
            Self::Address { set } => set(draft, address(text(raw, "a string", example)?)?),
            Self::OptionalAddress { set } => {
                let value = optional_text(raw, example)?.map(address).transpose()?;
                set(draft, value);
            }
        }
        Ok(())
    }
}

/// Lists the words of a choice.
fn words(choices: &[Choice], separator: &str) -> String {
    let words: Vec<&str> = choices.iter().map(|choice| choice.word).collect();
    words.join(separator)
}

/// Reads a switch in the words of Python, of shells and of configuration files.
pub(crate) fn bool_word(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn bool(raw: &Raw, example: &'static str) -> Result<bool, Fault> {
    match raw {
        Raw::Bool(value) => Ok(*value),
        Raw::Integer(0) => Ok(false),
        Raw::Integer(1) => Ok(true),
        Raw::Integer(_) => Err(Fault::NotBool),
        raw => bool_word(text(raw, "a boolean", example)?).ok_or(Fault::NotBool),
    }
}

fn integer(raw: &Raw, example: &'static str) -> Result<u64, Fault> {
    match raw {
        Raw::Integer(value) => u64::try_from(*value).map_err(|_| Fault::NotNumber { example }),
        raw => {
            let text = text(raw, "an integer", example)?;
            text.parse().map_err(|_| Fault::NotNumber { example })
        }
    }
}

fn bytes(raw: &Raw, example: &'static str) -> Result<u64, Fault> {
    match raw {
        Raw::Integer(value) => u64::try_from(*value).map_err(|_| Fault::NotBytes { example }),
        raw => units::bytes(text(raw, "a string or an integer", example)?).ok_or(Fault::NotBytes { example }),
    }
}

fn text<'a>(raw: &'a Raw, expected: &'static str, example: &'static str) -> Result<&'a str, Fault> {
    match raw {
        Raw::Text(text) if text.trim().is_empty() => Err(Fault::Empty { example }),
        Raw::Text(text) => Ok(text.trim()),
        raw => Err(Fault::WrongType {
            found: raw.found(),
            expected,
            example,
        }),
    }
}

/// Takes an empty text, or Python's word for none, as nothing.
fn optional_text<'a>(raw: &'a Raw, example: &'static str) -> Result<Option<&'a str>, Fault> {
    match raw {
        Raw::Text(text) if matches!(text.trim(), "" | "None") => Ok(None),
        raw => text(raw, "a string", example).map(Some),
    }
}

fn list(raw: &Raw, example: &'static str) -> Result<Vec<String>, Fault> {
    match raw {
        Raw::List(items) => Ok(items.clone()),
        Raw::Text(text) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(items.map(str::to_owned).collect())
        }
        raw => Err(Fault::WrongType {
            found: raw.found(),
            expected: "an array of strings",
            example,
        }),
    }
}

fn address(text: &str) -> Result<Address, Fault> {
    text.parse().map_err(Fault::BadAddress)
}

fn choice<'a>(choices: &'a [Choice], word: &str) -> Result<&'a Choice, Fault> {
    let found = choices.iter().find(|choice| choice.word.eq_ignore_ascii_case(word));
    found.ok_or_else(|| Fault::NotAChoice {
        words: words(choices, ", "),
        nearest: nearest(word, choices.iter().map(|choice| choice.word)).map(str::to_owned),
    })
}

/// Finds a factory. One that is not here would decide who gets in, or how: nothing takes its
/// place in silence.
fn factory<'a>(noun: &str, choices: &'a [Choice], word: &str) -> Result<&'a Choice, Fault> {
    let found = choices
        .iter()
        .find(|choice| choice.word == word || choice.also == Some(word));
    found.ok_or_else(|| Fault::NotSupportedYet {
        what: format!("this {noun}"),
        mend: format!(
            "keep the original server for it, or write one of {}, if that serves your clients",
            words(choices, ", ")
        ),
    })
}

fn in_range<T: PartialOrd + Copy>(value: T, min: T, max: T, show: fn(T) -> String) -> Result<(), Fault> {
    if value >= min && value <= max {
        return Ok(());
    }
    Err(Fault::OutOfRange {
        min: show(min),
        max: show(max),
    })
}
