//! How does what is counted become metrics?
//!
//! A counter `bus_peers_refused` is the metric `omnibus_bus_peers_refused_total`. Those that say
//! why something came to its end share a metric, and say it in the label `reason`.

use omnibus_counters::{Countable, Counters};
use omnibus_hub::{Counter, NodeCounters};

use crate::family::{Family, Kind, Sample, Value, shard_label};

/// Counters that begin so are one metric; what follows is the reason.
const BY_REASON: &[(&str, &str)] = &[
    ("closed", "Connections closed by this node, by the reason."),
    ("connections_refused", "Connections refused, by the reason."),
    ("deliveries_dropped", "Deliveries dropped, by the reason."),
    ("publications_refused", "Publications refused, by the reason."),
    (
        "inflations_refused",
        "Clients' compressed messages refused, by the reason; each closes its connection.",
    ),
    ("logins_refused", "Logins refused, by the reason."),
    (
        "hooks_events_dropped",
        "Events for the application dropped, by the reason.",
    ),
];

/// What only a node with a link counts.
const OF_LINKS: &str = "link_";

/// The metrics of the hub's counters: each shard's own, and the node's.
pub(crate) fn of_hub(counters: &NodeCounters, has_link: bool) -> Vec<Family> {
    let mut families = Vec::new();
    for &counter in Counter::ALL {
        if counter.key().starts_with(OF_LINKS) && !has_link {
            continue;
        }
        if !counter.is_of_shards() {
            add(&mut families, counter, None, counters.get(counter));
            continue;
        }
        for (name, shard) in counters.shards() {
            add(&mut families, counter, Some(shard_label(name)), shard.get(counter));
        }
    }
    families
}

/// The metrics of other counters.
pub(crate) fn of<C: Countable>(counters: &Counters<C>) -> Vec<Family> {
    let mut families = Vec::new();
    for &counter in C::ALL {
        add(&mut families, counter, None, counters.get(counter));
    }
    families
}

/// Adds a value to the metric that it belongs to.
fn add(families: &mut Vec<Family>, counter: impl Countable, shard: Option<(&'static str, String)>, value: u64) {
    let (name, reason, help) = place(counter);
    let name = format!("omnibus_{name}");
    let sample = Sample {
        labels: shard
            .into_iter()
            .chain(reason.map(|reason| ("reason", reason.to_owned())))
            .collect(),
        value: Value::Count(value),
        doc: reason.map(|_| counter.doc()),
    };
    match families.iter_mut().find(|family| family.name == name) {
        Some(family) => family.samples.push(sample),
        None => families.push(Family {
            name,
            kind: Kind::Counter,
            help: help.to_owned(),
            samples: vec![sample],
        }),
    }
}

/// A counter's metric, its reason there, and what the metric measures.
fn place(counter: impl Countable) -> (&'static str, Option<&'static str>, &'static str) {
    let key = counter.key();
    let reasons = BY_REASON.iter().find_map(|&(name, help)| {
        let reason = key.strip_prefix(name)?.strip_prefix('_')?;
        Some((name, Some(reason), help))
    });
    reasons.unwrap_or((key, None, counter.doc()))
}
