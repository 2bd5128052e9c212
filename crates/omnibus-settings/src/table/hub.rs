//! Which settings bound the work of the shards?

use std::time::Duration;

use super::Group;
use crate::kind::Kind;
use crate::setting::Setting;

/// The bounds of the shards.
pub(super) const GROUP: Group = Group {
    name: "hub",
    title: "Shards",
    doc: "How much one thread takes in and does in one turn of its loop. The defaults suit nearly everyone.",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting {
        key: "hub.inbox_publications_max",
        kind: Kind::Integer {
            min: 16,
            max: 100_000_000,
            set: |draft, max| draft.hub.inbox_publications_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "65536",
        example: "16384",
        doc: "The publications that may wait for one shard. Past it a publication is refused as overloaded \
              and counted; long before it the shards stop reading.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hub.inbox_bytes_max",
        kind: Kind::Bytes {
            min: 64 << 10,
            max: 64 << 30,
            set: |draft, max| draft.hub.inbox_bytes_max = max,
        },
        default: "64 MiB",
        example: "256 MiB",
        doc: "The bytes that may wait for one shard.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hub.turn_publications_max",
        kind: Kind::Integer {
            min: 1,
            max: 1_000_000,
            set: |draft, max| draft.hub.turn_publications_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "1024",
        example: "256",
        doc: "The publications that a shard takes from its inbox in one turn.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hub.turn_bytes_max",
        kind: Kind::Bytes {
            min: 1,
            max: 64 << 30,
            set: |draft, max| draft.hub.turn_bytes_max = max,
        },
        default: "16 MiB",
        example: "4 MiB",
        doc: "The bytes, times subscribers, that a shard fans out in one turn. One publication always goes.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hub.turn_read_bytes_max",
        kind: Kind::Bytes {
            min: 1_024,
            max: 1 << 30,
            set: |draft, max| draft.hub.turn_read_bytes_max = max,
        },
        default: "256 KiB",
        example: "64 KiB",
        doc: "The bytes that are read from one connection in one turn.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hub.turn_accepts_max",
        kind: Kind::Integer {
            min: 1,
            max: 65_536,
            set: |draft, max| draft.hub.turn_accepts_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "256",
        example: "64",
        doc: "The connections that are accepted from one listener in one turn.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hub.join_time_max",
        kind: Kind::Time {
            min: Duration::ZERO,
            max: Duration::from_secs(60),
            set: |draft, max| draft.hub.join_time_max = max,
        },
        default: "1s",
        example: "3s",
        doc: "How long the answer to `!subscribe` waits for the bus to confirm that the channel is heard.",
        ..Setting::PLAIN
    },
];
