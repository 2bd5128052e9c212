//! What is a setting?

use crate::draft::Draft;
use crate::fault::Fault;
use crate::kind::Kind;
use crate::raw::Raw;

/// The one definition of a setting. Flag, environment name, help, reference and example file all
/// derive from it.
pub(crate) struct Setting {
    /// Its name in the file: group, dot, name.
    pub(crate) key: &'static str,
    /// Its type, bounds and place.
    pub(crate) kind: Kind,
    /// What holds if nobody says anything, as text.
    pub(crate) default: &'static str,
    /// A value that somebody might well write.
    pub(crate) example: &'static str,
    /// One paragraph; its first sentence also stands in the help.
    pub(crate) doc: &'static str,
    /// Its environment name, where the original had another one than the key gives.
    pub(crate) original: Option<&'static str>,
    /// A second, shorter flag.
    pub(crate) short_flag: Option<&'static str>,
    /// Whether the short help shows it.
    pub(crate) everyday: bool,
}

impl Setting {
    /// What most settings have; the rest is always given.
    pub(crate) const PLAIN: Self = Self {
        key: "",
        kind: Kind::Bool { set: |_, _| {} },
        default: "",
        example: "",
        doc: "",
        original: None,
        short_flag: None,
        everyday: false,
    };

    /// Gives its name in the environment: that of the original, or `OMNIBUS_` and the key.
    pub(crate) fn environment(&self) -> String {
        self.original.map_or_else(|| self.derived_environment(), str::to_owned)
    }

    /// Gives `OMNIBUS_` and the key, what a reader of the key would expect.
    pub(crate) fn derived_environment(&self) -> String {
        format!("OMNIBUS_{}", self.key.replace('.', "_").to_ascii_uppercase())
    }

    /// Gives its flag.
    pub(crate) fn flag(&self) -> String {
        format!("--{}", self.key.replace(['.', '_'], "-"))
    }

    /// Says whether `flag`, dashes included, is this setting's.
    pub(crate) fn has_flag(&self, flag: &str) -> bool {
        self.short_flag == Some(flag) || self.flag() == flag
    }

    /// Gives the first sentence of its doc, without the stop.
    pub(crate) fn brief(&self) -> &'static str {
        let end = self
            .doc
            .find(". ")
            .unwrap_or_else(|| self.doc.trim_end_matches('.').len());
        &self.doc[..end]
    }

    /// Writes `text` as the file would have it.
    pub(crate) fn toml(&self, text: &str) -> String {
        match self.kind {
            Kind::Bool { .. } | Kind::Integer { .. } => text.to_owned(),
            Kind::List { .. } | Kind::Listeners { .. } => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                let items: Vec<String> = items.map(|item| format!("\"{item}\"")).collect();
                format!("[{}]", items.join(", "))
            }
            _ => format!("\"{text}\""),
        }
    }

    /// Reads a value and writes it to its place.
    ///
    /// # Errors
    /// See [`Kind::apply`].
    pub(crate) fn apply(&self, raw: &Raw, draft: &mut Draft) -> Result<(), Fault> {
        self.kind.apply(raw, self.example, draft)
    }
}
