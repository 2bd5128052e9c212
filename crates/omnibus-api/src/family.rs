//! What is a metric?

use std::time::Duration;

use omnibus_hub::ShardName;

/// One metric, and its values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Family {
    /// Its name, without the ending that its kind adds.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// What it measures, in a sentence.
    pub(crate) help: String,
    pub(crate) samples: Vec<Sample>,
}

/// How a metric moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only up; its name ends with `_total`.
    Counter,
    /// Up and down.
    Gauge,
    /// Up, by buckets.
    Histogram,
    /// It says something in its labels; its name ends with `_info`.
    Info,
}

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    pub(crate) labels: Vec<(&'static str, String)>,
    pub(crate) value: Value,
    /// What this value alone means, where that differs from its neighbours'.
    pub(crate) doc: Option<&'static str>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Count(u64),
    Number(f64),
    Lengths { total: Duration, buckets: Vec<(f64, u64)> },
    Nothing,
}

impl Sample {
    pub(crate) fn new(labels: Vec<(&'static str, String)>, value: Value) -> Self {
        Self {
            labels,
            value,
            doc: None,
        }
    }
}

/// The label that tells shards apart.
pub(crate) fn shard_label(name: ShardName) -> (&'static str, String) {
    ("shard", name.to_string())
}
