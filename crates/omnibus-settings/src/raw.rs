//! What was written, before anyone knows what it means?

/// A value as its source wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    /// A text: all that an environment, a command line or a default has.
    Text(String),
    /// A boolean of the file.
    Bool(bool),
    /// An integer of the file.
    Integer(i64),
    /// An array of strings of the file.
    List(Vec<String>),
    /// A value of the file that no setting takes.
    Other {
        /// Its type, with the article.
        found: &'static str,
        /// The value as written.
        written: String,
    },
}

impl Raw {
    /// Gives it on one line, unescaped.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::List(items) => items.join(", "),
            Self::Other { written, .. } => written.clone(),
        }
    }

    /// Names its type in the file, with the article.
    pub(crate) fn found(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::List(_) => "an array",
            Self::Other { found, .. } => found,
        }
    }
}
