//! How are all mistakes told at once?

use std::error::Error;
use std::fmt;

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::source::Source;

/// One mistake in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key of the setting; where there is none, the name as it was written.
    pub key: String,
    /// The value, fit to be shown: on one line, cut, secrets masked. `None` where there is none.
    pub value: Option<String>,
    /// Where it stands.
    pub source: Source,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.key)?;
        if let Some(value) = &self.value {
            writeln!(f, "  value:  {value}")?;
        }
        writeln!(f, "  source: {}", self.source)?;
        writeln!(f, "  wrong:  {}", self.fault)?;
        write!(f, "  mend:   {}", self.fault.mend())
    }
}

impl Mistake {
    fn to_json(&self) -> Value {
        let mut source = json!({ "kind": self.source.word() });
        match &self.source {
            Source::File { path, line, column } => {
                source["path"] = json!(path);
                source["line"] = json!(line);
                source["column"] = json!(column);
            }
            Source::Environment { name } | Source::Flag { name } => source["name"] = json!(name),
            Source::Default | Source::CommandLine => {}
        }
        json!({
            "key": self.key,
            "value": self.value,
            "source": source,
            "wrong": self.fault.to_string(),
            "mend": self.fault.mend(),
        })
    }
}

/// All mistakes of one reading, never empty when it is an error.
///
/// Its text has one paragraph for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// The exit code of a program whose settings are wrong: `EX_CONFIG` of sysexits.h.
    pub const EXIT_CODE: u8 = 78;

    pub(crate) fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// Puts them in the order in which somebody mends them: down the file, then the environment,
    /// the flags, and what nobody has set.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by_key(|mistake| match mistake.source {
            Source::File { line, column, .. } => (0, line, column),
            Source::Environment { .. } => (1, 0, 0),
            Source::Flag { .. } | Source::CommandLine => (2, 0, 0),
            Source::Default => (3, 0, 0),
        });
    }

    /// Gives them: down the file, then the environment, the flags, and what nobody has set.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.0.iter()
    }

    /// Says whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives them as one JSON object, `{"mistakes": [{"key", "value", "source", "wrong", "mend"}]}`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mistakes: Vec<Value> = self.0.iter().map(Mistake::to_json).collect();
        format!("{:#}", json!({ "mistakes": mistakes }))
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("1 mistake in the settings:")?,
            count => write!(f, "{count} mistakes in the settings:")?,
        }
        for mistake in &self.0 {
            write!(f, "\n\n{mistake}")?;
        }
        Ok(())
    }
}

impl Error for Mistakes {}

impl<'a> IntoIterator for &'a Mistakes {
    type Item = &'a Mistake;
    type IntoIter = std::slice::Iter<'a, Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
