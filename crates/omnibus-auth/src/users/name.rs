//! Which words may stand as names in a statement?

use thiserror::Error;

/// Bytes of a name: the least that the three databases agree on.
const NAME_BYTES_MAX: usize = 63;

/// Why a name can't be a table's or a column's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing there.
    #[error("is empty; name a table or column, such as auth_user")]
    Empty,
    /// Longer than a database takes.
    #[error("has a name of {bytes} bytes, the limit is {NAME_BYTES_MAX}; shorten it")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// A character that could end a quoted name, or is none of a name's.
    #[error("has the character {character:?}, which no name may have; use letters, digits, _, $ and -")]
    Character {
        /// Which one.
        character: char,
    },
    /// More than a schema and a table.
    #[error("has {parts} parts, at most two may be joined by a dot: schema.table")]
    Parts {
        /// How many there are.
        parts: usize,
    },
}

/// Checks a single name.
///
/// Only what can't end a quoted name passes, in whichever quotes it is put.
pub(super) fn check(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong { bytes: name.len() });
    }
    match name
        .chars()
        .find(|character| !character.is_alphanumeric() && !matches!(character, '_' | '$' | '-'))
    {
        Some(character) => Err(NameError::Character { character }),
        None => Ok(()),
    }
}

/// Puts a checked name, or two joined by a dot, in quotes.
pub(super) fn quote(name: &str, mark: char) -> String {
    let parts: Vec<String> = name.split('.').map(|part| format!("{mark}{part}{mark}")).collect();
    parts.join(".")
}
