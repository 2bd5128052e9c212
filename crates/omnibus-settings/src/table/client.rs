//! Which settings bound what one client may ask for?

use std::time::Duration;

use super::Group;
use crate::kind::Kind;
use crate::setting::Setting;

/// The bounds of one client.
pub(super) const GROUP: Group = Group {
    name: "client",
    title: "Clients",
    doc: "What one client may send, hold and leave waiting. A client at a bound hurts only itself.",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting {
        key: "client.message_bytes_max",
        kind: Kind::Bytes {
            min: 64,
            max: 1 << 30,
            set: |draft, max| draft.front.rules.limits.message_bytes_max = max,
        },
        default: "1 MiB",
        example: "64 KiB",
        doc: "The largest message that a client may send, its channel included. A larger one closes the \
              connection with 1009.",
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "client.unauthenticated_message_bytes_max",
        kind: Kind::Bytes {
            min: 64,
            max: 1 << 30,
            set: |draft, max| draft.front.rules.limits.unauthenticated_message_bytes_max = max,
        },
        default: "16 KiB",
        example: "4 KiB",
        doc: "The same before the client has said who it is. Nothing but `!authenticate` is due then.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.message_time_max",
        kind: Kind::Time {
            min: Duration::from_millis(100),
            max: Duration::from_secs(3_600),
            set: |draft, max| draft.front.rules.limits.message_time_max = max,
        },
        default: "10s",
        example: "60s",
        doc: "How long a message may take from its first byte to its last. A slower one closes the connection with \
              1008.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.outbox_bytes_max",
        kind: Kind::Bytes {
            min: 4_096,
            max: 1 << 30,
            set: |draft, max| draft.front.rules.limits.outbox_bytes_max = max,
        },
        default: "1 MiB",
        example: "4 MiB",
        doc: "The bytes that may wait for a client that reads slowly. Past it the client is closed with \
              1013; a single larger message still goes out when nothing else waits.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.outbox_stall_max",
        kind: Kind::Time {
            min: Duration::from_millis(100),
            max: Duration::from_secs(600),
            set: |draft, max| draft.hub.outbox_stall_max = max,
        },
        default: "10s",
        example: "30s",
        doc: "How long a client may take no byte of what waits for it. Then it counts as slow and is closed.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.subscriptions_max",
        kind: Kind::Integer {
            min: 1,
            max: 1_000_000,
            set: |draft, max| draft.front.rules.limits.subscriptions_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "10000",
        example: "100",
        doc: "The channels that one client may be in. The next `!subscribe` is answered false.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.bad_messages_max",
        kind: Kind::Integer {
            min: 0,
            max: 65_535,
            set: |draft, max| draft.front.rules.limits.bad_messages_max = u16::try_from(max).unwrap_or(u16::MAX),
        },
        default: "100",
        example: "10",
        doc: "The malformed messages that a connection may send. The next one closes it with 1008.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.authentication_time_max",
        kind: Kind::Time {
            min: Duration::from_millis(100),
            max: Duration::from_secs(3_600),
            set: |draft, max| draft.front.rules.limits.authentication_time_max = max,
        },
        default: "10s",
        example: "5s",
        doc: "How long a connection may leave open who it is. Then it is closed with 1008.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.require_json",
        kind: Kind::Bool {
            set: |draft, require| draft.front.rules.body.require_json = require,
        },
        default: "true",
        example: "false",
        doc: "Whether messages that are not one JSON object are dropped. Off reproduces the original, where \
              one client's broken JSON throws inside the others' pages.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.head_bytes_max",
        kind: Kind::Bytes {
            min: 512,
            max: 1 << 20,
            set: |draft, max| draft.front.rules.limits.head_bytes_max = max,
        },
        default: "16 KiB",
        example: "32 KiB",
        doc: "The largest head of an HTTP request. Raise it where large cookies come along.",
        ..Setting::PLAIN
    },
    Setting {
        key: "client.head_time_max",
        kind: Kind::Time {
            min: Duration::from_millis(100),
            max: Duration::from_secs(600),
            set: |draft, max| draft.front.rules.limits.head_time_max = max,
        },
        default: "10s",
        example: "5s",
        doc: "How long a client may take to send the head of its request.",
        ..Setting::PLAIN
    },
];
