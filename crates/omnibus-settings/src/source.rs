//! Where does a value come from?

use std::fmt;

use crate::shown;

/// Where a value comes from; a later one takes the place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody gave one.
    Default,
    /// A place in the settings file.
    File {
        /// The path as it was given.
        path: String,
        /// The line, counted from 1.
        line: usize,
        /// The character in the line, counted from 1.
        column: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        name: String,
    },
    /// A flag on the command line.
    Flag {
        /// Its name, with the dashes.
        name: String,
    },
    /// A word on the command line that is no flag.
    CommandLine,
}

impl Source {
    /// One word for machines: `default`, `file`, `environment`, `flag`, `command_line`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File { .. } => "file",
            Self::Environment { .. } => "environment",
            Self::Flag { .. } => "flag",
            Self::CommandLine => "command_line",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Environment { name } => write!(f, "environment variable {}", shown::text(name)),
            Self::Flag { name } => write!(f, "flag {}", shown::text(name)),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}
