//! Who has set this, and to what?

use std::collections::{HashMap, HashSet};

use crate::fault::Fault;
use crate::mistake::Mistake;
use crate::raw::Raw;
use crate::reading::Given;
use crate::shown;
use crate::source::Source;
use crate::table;

/// The last value that was given for each setting, and the settings that can't be judged because
/// a value of theirs was no good.
#[derive(Default)]
pub(crate) struct Origins {
    given: HashMap<&'static str, (Raw, Source)>,
    broken: HashSet<&'static str>,
}

impl Origins {
    pub(crate) fn note(&mut self, given: Given) {
        self.given.insert(given.setting.key, (given.raw, given.source));
    }

    pub(crate) fn note_broken(&mut self, key: &'static str) {
        self.broken.insert(key);
    }

    /// Says whether all these settings have good values: only then may they be compared.
    pub(crate) fn are_good(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| !self.broken.contains(key))
    }

    /// Says whether somebody has set it.
    pub(crate) fn is_given(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }

    /// Gives the value as written, fit to be shown, `None` if it is nothing; and where it stands.
    pub(crate) fn of(&self, key: &str) -> (Option<String>, Source) {
        let (written, source) = match self.given.get(key) {
            Some((raw, source)) => (raw.written(), source.clone()),
            None => {
                let default = table::by_key(key).map_or("", |setting| setting.default);
                (default.to_owned(), Source::Default)
            }
        };
        let value = (!written.is_empty()).then(|| shown::value_of(key, &written));
        (value, source)
    }

    /// What is wrong with a setting, as it was given.
    pub(crate) fn mistake(&self, key: &str, fault: Fault) -> Mistake {
        let (value, source) = self.of(key);
        Mistake {
            key: key.to_owned(),
            value,
            source,
            fault,
        }
    }
}
