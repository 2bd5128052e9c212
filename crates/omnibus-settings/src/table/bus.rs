//! Which settings has the bus?

use std::time::Duration;

use omnibus_bus_zmq::Interest;

use super::Group;
use crate::draft::{Draft, While};
use crate::kind::{Choice, Kind};
use crate::setting::Setting;

/// The settings of the bus.
pub(super) const GROUP: Group = Group {
    name: "bus",
    title: "Bus",
    doc: "How nodes and backends meet. A director is the hub; a forwarder holds one subscriber and one publisher \
          connection to it; with both switches off, a node connects straight to its two addresses.",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting {
        key: "bus.director",
        kind: Kind::Bool {
            set: |draft, director| draft.director = director,
        },
        default: "true",
        example: "false",
        doc: "Whether this node is the director. It binds both addresses and is the hub for backends and \
              forwarders.",
        original: Some("OMNIBUS_DIRECTOR_ENABLED"),
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.forwarder",
        kind: Kind::Bool {
            set: |draft, forwarder| draft.forwarder = forwarder,
        },
        default: "false",
        example: "true",
        doc: "Whether this node is a forwarder. It binds both addresses for backends on its own host and \
              connects to the director; `bus.director` must be off then, and both addresses of the director \
              given.",
        original: Some("OMNIBUS_FORWARDER_ENABLED"),
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.subscriber_address",
        kind: Kind::Address {
            set: |draft, address| draft.bus.subscriber_address = address,
        },
        default: "tcp://127.0.0.1:4243",
        example: "tcp://192.168.1.10:4243",
        doc: "Where subscribers come. It may be the same as `bus.publisher_address`, since one port serves \
              both; `inproc://` binds nothing.",
        original: Some("OMNIBUS_SUBSCRIBER_ADDRESS"),
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.publisher_address",
        kind: Kind::Address {
            set: |draft, address| draft.bus.publisher_address = address,
        },
        default: "tcp://127.0.0.1:4244",
        example: "tcp://192.168.1.10:4244",
        doc: "Where publishers come.",
        original: Some("OMNIBUS_PUBLISHER_ADDRESS"),
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.director_subscriber_address",
        kind: Kind::OptionalAddress {
            set: |draft, address| draft.director_subscriber_address = address,
        },
        default: "",
        example: "tcp://192.168.1.10:4243",
        doc: "The subscriber address of the director, for a forwarder.",
        original: Some("OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS"),
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.director_publisher_address",
        kind: Kind::OptionalAddress {
            set: |draft, address| draft.director_publisher_address = address,
        },
        default: "",
        example: "tcp://192.168.1.10:4244",
        doc: "The publisher address of the director, for a forwarder.",
        original: Some("OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS"),
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.while_down",
        kind: Kind::Choice {
            choices: &[
                word("hold", |draft| draft.while_down = While::Hold),
                word("refuse", |draft| draft.while_down = While::Refuse),
                word("local", |draft| draft.while_down = While::Local),
            ],
        },
        default: "hold",
        example: "refuse",
        doc: "What happens to publications while the link to the director is down. `hold` keeps them for its \
              return, the newest that fit; `refuse` refuses and counts them; `local` delivers them on this \
              node at once and sends them up later, behind a director of the same kind only.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.connections_max",
        kind: Kind::Integer {
            min: 1,
            max: 1_000_000,
            set: |draft, max| draft.hub.bus_connections_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "1024",
        example: "4096",
        doc: "The connections that others make to the bus at most. Backends have one each as a rule, nodes below \
              two. Past it new ones are closed at once. Clients have no part in them; nor has the node's own link. Where the \
              system's limit on open files is low, the bus gets an eighth of what that leaves.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.hold_publications_max",
        kind: Kind::Integer {
            min: 1,
            max: 10_000_000,
            set: |draft, max| draft.hold_publications_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "1000",
        example: "10000",
        doc: "The publications that are held at most while the link is down. Past it the oldest of them are \
              dropped and counted. What was taken before the link went down is never dropped for them.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.hold_bytes_max",
        kind: Kind::Bytes {
            min: 1_024,
            max: 64 << 30,
            set: |draft, max| draft.hold_bytes_max = max,
        },
        default: "16 MiB",
        example: "64 MiB",
        doc: "The bytes of publications that are held at most while the link is down. Past it the oldest of \
              them are dropped and counted; so they are where more than this and \
              `bus.link_outbox_bytes_max` waits in all.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.interest",
        kind: Kind::Choice {
            choices: &[
                word("wanted", |draft| draft.bus.interest = Interest::Wanted),
                word("all", |draft| draft.bus.interest = Interest::All),
            ],
        },
        default: "wanted",
        example: "all",
        doc: "Which channels a forwarder asks its director for. `wanted` are those that somebody below it has \
              subscribed; `all` is what the original does.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.interest_linger",
        kind: Kind::Time {
            min: Duration::ZERO,
            max: Duration::from_secs(600),
            set: |draft, linger| draft.bus.interest_linger = linger,
        },
        default: "2s",
        example: "10s",
        doc: "How long a channel is still asked for after its last subscriber has left. A reloaded page then \
              costs nothing.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.message_bytes_max",
        kind: Kind::Bytes {
            min: 1_024,
            max: 1 << 30,
            set: |draft, max| draft.bus.message_bytes_max = max,
        },
        default: "16 MiB",
        example: "4 MiB",
        doc: "The largest message on the bus. A peer that sends a larger one is disconnected.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.topic_bytes_max",
        kind: Kind::Bytes {
            min: 256,
            max: 16 << 10,
            set: |draft, max| draft.bus.topic_bytes_max = max,
        },
        default: "4 KiB",
        example: "512",
        doc: "The longest subscription of a peer. One that asks for a longer one is disconnected.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.subscriptions_max",
        kind: Kind::Integer {
            min: 1,
            max: 100_000_000,
            set: |draft, max| draft.bus.subscriptions_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "100000",
        example: "1000000",
        doc: "The subscriptions that one peer may hold.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.legacy_outbox_bytes_max",
        kind: Kind::Bytes {
            min: 4_096,
            max: 64 << 30,
            set: |draft, max| draft.bus.legacy_outbox_bytes_max = max,
        },
        default: "16 MiB",
        example: "64 MiB",
        doc: "The bytes that may wait for a plain ZeroMQ subscriber. Past it the newest are dropped and counted.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.link_outbox_bytes_max",
        kind: Kind::Bytes {
            min: 4_096,
            max: 64 << 30,
            set: |draft, max| draft.bus.link_outbox_bytes_max = max,
        },
        default: "64 MiB",
        example: "256 MiB",
        doc: "The bytes that may wait for another node. Past it its link is cut, and it comes back. While \
              half of them wait for the director, publishers and nodes below are not read; past all of \
              them clients are refused.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.heartbeat_interval",
        kind: Kind::Time {
            min: Duration::from_millis(10),
            max: Duration::from_secs(60),
            set: |draft, interval| draft.bus.heartbeat_interval = interval,
        },
        default: "500ms",
        example: "1s",
        doc: "How often another node is asked for a sign of life.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.heartbeat_timeout",
        kind: Kind::Time {
            min: Duration::from_millis(20),
            max: Duration::from_secs(600),
            set: |draft, timeout| draft.bus.heartbeat_timeout = timeout,
        },
        default: "1500ms",
        example: "5s",
        doc: "How long another node may be silent. Then its link counts as down.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.reconnect_min",
        kind: Kind::Time {
            min: Duration::from_millis(1),
            max: Duration::from_secs(60),
            set: |draft, pause| draft.bus.reconnect_min = pause,
        },
        default: "100ms",
        example: "250ms",
        doc: "The first pause before a lost link is made again. It doubles from try to try.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.reconnect_max",
        kind: Kind::Time {
            min: Duration::from_millis(1),
            max: Duration::from_secs(600),
            set: |draft, pause| draft.bus.reconnect_max = pause,
        },
        default: "1s",
        example: "5s",
        doc: "The longest pause before a lost link is made again.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.handshake_time_max",
        kind: Kind::Time {
            min: Duration::from_millis(100),
            max: Duration::from_secs(600),
            set: |draft, max| draft.bus.handshake_time_max = max,
        },
        default: "10s",
        example: "5s",
        doc: "How long a peer may take for its greeting and handshake.",
        ..Setting::PLAIN
    },
    Setting {
        key: "bus.require_auth",
        kind: Kind::Bool {
            set: |draft, require| draft.bus.require_auth = require,
        },
        default: "false",
        example: "true",
        doc: "Whether bus addresses that other hosts may reach are refused. Peers do not prove who they are yet: off, \
              such an address is taken with a warning, and whoever reaches it reads and writes everything.",
        everyday: true,
        ..Setting::PLAIN
    },
];

const fn word(word: &'static str, set: fn(&mut Draft)) -> Choice {
    Choice { word, also: None, set }
}
