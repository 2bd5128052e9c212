//! Which metrics are there, and what are they now?
//!
//! One definition for each: exposition and the reference page both derive from it.

use std::time::Duration;

use omnibus_hub::{LinkFigures, ShardFigures, ShardName};

use crate::counted;
use crate::family::{Family, Kind, Sample, Value, shard_label};
use crate::process::Process;
use crate::sources::Reading;

/// Every metric of the node, with what it is now.
pub(crate) fn all(reading: &Reading<'_>) -> Vec<Family> {
    let mut families = vec![build(reading.process.version)];
    families.extend(OF_SHARDS.iter().map(|of_shard| of_shard.family(&reading.shards)));
    families.push(gauge(
        "omnibus_connections_max",
        "Clients' connections that the node takes: server.connections_max, or what its limit of open files leaves.",
        number(reading.connections_max),
    ));
    families.extend(reading.link.into_iter().flat_map(of_link));
    families.extend(counted::of_hub(reading.counters, reading.link.is_some()));
    if let Some(counters) = reading.auth {
        families.extend(counted::of(counters));
    }
    if let Some(counters) = reading.hooks {
        families.push(gauge(
            "omnibus_hooks_waiting_events",
            "Events that wait for the application, or are under way to it.",
            number(reading.hooks_waiting),
        ));
        families.extend(counted::of(counters));
    }
    families.extend(of_process(reading.process));
    families
}

/// A metric that each shard has for itself.
struct OfShard {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    read: fn(&ShardFigures) -> Value,
}

impl OfShard {
    fn family(&self, shards: &[(ShardName, ShardFigures)]) -> Family {
        let sample =
            |(name, figures): &(ShardName, ShardFigures)| Sample::new(vec![shard_label(*name)], (self.read)(figures));
        Family {
            name: self.name.to_owned(),
            kind: self.kind,
            help: self.help.to_owned(),
            samples: shards.iter().map(sample).collect(),
        }
    }
}

const OF_SHARDS: &[OfShard] = &[
    OfShard {
        name: "omnibus_connections",
        kind: Kind::Gauge,
        help: "Connections, and SockJS sessions between two requests.",
        read: |figures| number(figures.connections),
    },
    OfShard {
        name: "omnibus_subscriptions",
        kind: Kind::Gauge,
        help: "Subscriptions of all connections together.",
        read: |figures| Value::Number(figures.subscriptions as f64),
    },
    OfShard {
        name: "omnibus_channels",
        kind: Kind::Gauge,
        help: "Channels that have subscribers in this shard; one with subscribers in several counts in each.",
        read: |figures| Value::Number(figures.channels as f64),
    },
    OfShard {
        name: "omnibus_fanned_out",
        kind: Kind::Counter,
        help: "Publications that were taken from the inbox and fanned out.",
        read: |figures| Value::Count(figures.fanned_out),
    },
    OfShard {
        name: "omnibus_received_bytes",
        kind: Kind::Counter,
        help: "Bytes that were read from sockets, framing included; of TLS, what it carries.",
        read: |figures| Value::Count(figures.received_bytes),
    },
    OfShard {
        name: "omnibus_sent_bytes",
        kind: Kind::Counter,
        help: "Bytes that sockets have taken, framing included; of TLS, what it carries.",
        read: |figures| Value::Count(figures.sent_bytes),
    },
    OfShard {
        name: "omnibus_turn_seconds",
        kind: Kind::Histogram,
        help: "How long the turns of the shard's loop took, from the end of its sleep to the last write; \
               an idle shard has ten short ones a second.",
        read: |figures| {
            let seconds = |bound: Duration| bound.as_nanos() as f64 / 1e9;
            let bound = |bound: Option<Duration>| bound.map_or(f64::INFINITY, seconds);
            Value::Lengths {
                total: figures.turns.total,
                buckets: figures
                    .turns
                    .buckets()
                    .map(|(up_to, count)| (bound(up_to), count))
                    .collect(),
            }
        },
    },
    OfShard {
        name: "omnibus_inbox_publications",
        kind: Kind::Gauge,
        help: "Publications that wait to be fanned out; hub.inbox_publications_max bounds them.",
        read: |figures| number(figures.inbox_publications),
    },
    OfShard {
        name: "omnibus_inbox_bytes",
        kind: Kind::Gauge,
        help: "Bytes of publications that wait to be fanned out; hub.inbox_bytes_max bounds them.",
        read: |figures| number(figures.inbox_bytes),
    },
    OfShard {
        name: "omnibus_outbox_bytes",
        kind: Kind::Gauge,
        help: "Bytes that wait for peers whose sockets are full, or who are between two requests.",
        read: |figures| number(figures.outbox_bytes),
    },
    OfShard {
        name: "omnibus_outbox_peers",
        kind: Kind::Gauge,
        help: "Peers for whom something waits.",
        read: |figures| number(figures.outbox_peers),
    },
    OfShard {
        name: "omnibus_outbox_largest_bytes",
        kind: Kind::Gauge,
        help: "The most bytes that have waited for one peer within the last 15 to 30 seconds.",
        read: |figures| number(figures.outbox_largest_bytes),
    },
];

/// Exact up to nine million milliards.
fn number(value: usize) -> Value {
    Value::Number(value as f64)
}

fn build(version: &str) -> Family {
    Family {
        name: "omnibus_build".to_owned(),
        kind: Kind::Info,
        help: "Which program this is; always 1.".to_owned(),
        samples: vec![Sample::new(vec![("version", version.to_owned())], Value::Nothing)],
    }
}

fn of_link(link: LinkFigures) -> [Family; 3] {
    [
        gauge(
            "omnibus_link_up",
            "Whether the link to the node above carries: 1, or 0.",
            number(usize::from(link.is_up)),
        ),
        gauge(
            "omnibus_link_waiting_publications",
            "Publications that wait for the link, or for the node above to acknowledge them.",
            number(link.waiting_publications),
        ),
        gauge(
            "omnibus_link_waiting_bytes",
            "Bytes of the publications that wait for the link.",
            number(link.waiting_bytes),
        ),
    ]
}

/// By the names that every program has for them.
fn of_process(process: Process) -> Vec<Family> {
    let mut families = vec![
        Family {
            kind: Kind::Counter,
            ..gauge(
                "process_cpu_seconds",
                "Processor time that the process has used, in the system too.",
                Value::Number(process.processor_time().as_secs_f64()),
            )
        },
        gauge(
            "process_start_time_seconds",
            "When the process began, in seconds since 1970.",
            Value::Number(process.start_seconds()),
        ),
    ];
    families.extend(process.resident_bytes().map(|bytes| {
        gauge(
            "process_resident_memory_bytes",
            "Memory that the process holds, files included.",
            Value::Number(bytes as f64),
        )
    }));
    families
}

fn gauge(name: &str, help: &str, value: Value) -> Family {
    Family {
        name: name.to_owned(),
        kind: Kind::Gauge,
        help: help.to_owned(),
        samples: vec![Sample::new(Vec::new(), value)],
    }
}
