//! Which settings has the WebSocket?

use super::Group;
use crate::kind::Kind;
use crate::setting::Setting;

/// The settings of the WebSocket.
pub(super) const GROUP: Group = Group {
    name: "websocket",
    title: "WebSocket",
    doc: "What WebSockets do that other transports don't; [compression.md](compression.md) says when \
          compression is worth it.",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting {
        key: "websocket.compression",
        kind: Kind::Bool {
            set: |draft, on| draft.has_compression = on,
        },
        default: "false",
        example: "true",
        doc: "Whether messages are compressed for clients that offer it (permessage-deflate). All browsers do. \
              Leave it off where one message may hold a secret and what a stranger wrote: its \
              length would tell of the secret.",
        ..Setting::PLAIN
    },
    Setting {
        key: "websocket.compression_bytes_min",
        kind: Kind::Bytes {
            min: 0,
            max: 1 << 30,
            set: |draft, bytes| draft.compression.bytes_min = bytes,
        },
        default: "256",
        example: "1 KiB",
        doc: "The size from which on a publication is compressed. Smaller ones go as they are.",
        ..Setting::PLAIN
    },
    Setting {
        key: "websocket.compression_level",
        kind: Kind::Integer {
            min: 1,
            max: 9,
            set: |draft, level| draft.compression.level = u32::try_from(level).unwrap_or(9),
        },
        default: "6",
        example: "1",
        doc: "How hard the server tries to make publications small. 1 is the fastest, 9 the smallest.",
        ..Setting::PLAIN
    },
    Setting {
        key: "websocket.inflated_ratio_max",
        kind: Kind::Integer {
            min: 1,
            max: 1_100,
            set: |draft, ratio| draft.compression.inflated_ratio_max = u32::try_from(ratio).unwrap_or(u32::MAX),
        },
        default: "100",
        example: "1100",
        doc: "How many times its bytes a client's compressed message may become, 4 KiB always. Past it the \
              client is closed with 1009. No message becomes more than 1,032 times its bytes, so that more is \
              no bound; that of `client.message_bytes_max` holds as well.",
        ..Setting::PLAIN
    },
];
