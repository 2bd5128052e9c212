//! What can be wrong with a setting, and what mends it?

use omnibus_bus_zmq::AddressError;
use thiserror::Error;

/// What is wrong with one setting. Its text says the fact and the limit; [`Fault::mend`] says
/// what to do. The value itself stands in the [`Mistake`](crate::Mistake), masked where it must be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// A switch has a word that is neither yes nor no.
    #[error("is neither true nor false")]
    NotBool,
    /// A number is none, or has a fraction or a sign.
    #[error("is not a whole number")]
    NotNumber {
        /// What a good value looks like.
        example: &'static str,
    },
    /// A number of bytes can't be read.
    #[error("is not a number of bytes")]
    NotBytes {
        /// What a good value looks like.
        example: &'static str,
    },
    /// A time can't be read.
    #[error("is not a whole number with a unit of time")]
    NotDuration {
        /// What a good value looks like.
        example: &'static str,
    },
    /// A value is too small or too large.
    #[error("is outside {min} to {max}")]
    OutOfRange {
        /// The least that is taken.
        min: String,
        /// The most that is taken.
        max: String,
    },
    /// A word is none of those that are known.
    #[error("is none of {words}")]
    NotAChoice {
        /// The known words, with commas.
        words: String,
        /// The one that it looks most like.
        nearest: Option<String>,
    },
    /// The file has a value of another type.
    #[error("is {found}, where {expected} is due")]
    WrongType {
        /// The type in the file.
        found: &'static str,
        /// The type that is due.
        expected: &'static str,
        /// What a good value looks like.
        example: &'static str,
    },
    /// Nothing stands where something must.
    #[error("is empty")]
    Empty {
        /// What a good value looks like.
        example: &'static str,
    },
    /// A text breaks the rule of its setting.
    #[error("{problem}")]
    Malformed {
        /// What is wrong with it.
        problem: String,
        /// What to write instead.
        mend: String,
    },
    /// A bus address can't be read.
    #[error("{}", .0.problem)]
    BadAddress(AddressError),
    /// The value is right, but the feature is still to come.
    #[error("{what} is not supported yet")]
    NotSupportedYet {
        /// The feature.
        what: String,
        /// How to do without.
        mend: String,
    },
    /// A name that no setting has.
    #[error("no {what} has this name")]
    UnknownName {
        /// What was looked for: a setting, an environment variable, a flag or a command.
        what: &'static str,
        /// The known name that it looks most like.
        nearest: Option<String>,
    },
    /// A flag stands at the end and has no value.
    #[error("has no value")]
    NoValue {
        /// What a good value looks like.
        example: String,
    },
    /// Bytes that are not text.
    #[error("is not UTF-8")]
    NotUtf8,
    /// The file can't be read.
    #[error("the file can't be read: {reason}")]
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// The file is no TOML.
    #[error("is no TOML: {reason}")]
    Syntax {
        /// What the parser says, on one line.
        reason: String,
    },
    /// Two settings do not go together, or one needs another.
    #[error("{problem}")]
    Conflict {
        /// What does not go together.
        problem: String,
        /// What to change.
        mend: String,
    },
}

impl Fault {
    /// Says what to do about it.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::NotBool => "write true or false".to_owned(),
            Self::NotNumber { example } => format!("write a whole number, for example {example}"),
            Self::NotBytes { example } => {
                format!("write a whole number alone, or with KiB, MiB or GiB, for example {example}")
            }
            Self::NotDuration { example } => {
                format!("write a whole number with ms, s, m or h, for example {example}")
            }
            Self::OutOfRange { min, max } => format!("give a value from {min} to {max}"),
            Self::NotAChoice {
                nearest: Some(word), ..
            } => format!("write {word}, if that is what you mean"),
            Self::NotAChoice { words, nearest: None } => format!("write one of {words}"),
            Self::WrongType { example, .. } | Self::Empty { example } => format!("write it like this: {example}"),
            Self::Malformed { mend, .. } | Self::NotSupportedYet { mend, .. } | Self::Conflict { mend, .. } => {
                mend.clone()
            }
            Self::BadAddress(_) => "write tcp://host:port, ipc://path or inproc://name".to_owned(),
            Self::UnknownName {
                nearest: Some(name), ..
            } => format!("write {name}, if that is what you mean, or remove it"),
            Self::UnknownName { nearest: None, .. } => {
                "remove it; `omnibusd settings` lists all that there are".to_owned()
            }
            Self::NoValue { example } => format!("write {example}"),
            Self::NotUtf8 => "write it in UTF-8".to_owned(),
            Self::Unreadable { .. } => "give the path of a file that this user may read, up to 1 MiB".to_owned(),
            Self::Syntax { .. } => "correct the file there; what follows was not read".to_owned(),
        }
    }
}
