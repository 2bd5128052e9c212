//! What did one source give?

use crate::fault::Fault;
use crate::mistake::{Mistake, Mistakes};
use crate::namespaces::Entry;
use crate::raw::Raw;
use crate::setting::Setting;
use crate::shown;
use crate::source::Source;

/// One value for one setting.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) setting: &'static Setting,
    pub(crate) raw: Raw,
    pub(crate) source: Source,
}

/// All that one source gave, and what was wrong with it already.
#[derive(Clone, Default)]
pub(crate) struct Reading {
    pub(crate) given: Vec<Given>,
    /// `None` where the source names none.
    pub(crate) namespaces: Option<Vec<Entry>>,
    pub(crate) mistakes: Mistakes,
}

impl Reading {
    /// Notes a mistake about `key`, whose `value`, if any, is shown or masked.
    pub(crate) fn mistake(&mut self, key: &str, value: Option<&str>, source: Source, fault: Fault) {
        self.mistakes.push(Mistake {
            key: shown::text(key),
            value: value.map(|value| shown::value_of(key, value)),
            source,
            fault,
        });
    }
}
