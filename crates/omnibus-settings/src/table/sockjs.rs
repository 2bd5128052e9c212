//! Which settings has SockJS?

use omnibus_front::Transport;

use super::Group;
use crate::kind::Kind;
use crate::setting::Setting;
use crate::texts;

/// The settings of SockJS.
pub(super) const GROUP: Group = Group {
    name: "sockjs",
    title: "SockJS",
    doc: "How browsers are served below the base URL, where `server.webapp_factory` is `sockjs`; \
          [transports.md](transports.md) says what each transport can do.",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting {
        key: "sockjs.transports",
        kind: Kind::List {
            check: texts::transport,
            set: |draft, names| {
                let of = |name: &String| Transport::ALL.into_iter().find(|transport| transport.name() == name);
                draft.sockjs.transports = names.iter().filter_map(of).collect();
            },
        },
        default: "websocket, xhr_streaming, eventsource, xhr",
        example: "websocket, xhr_streaming, eventsource, xhr, htmlfile, jsonp",
        doc: "The transports that are served. `htmlfile` and `jsonp` have pages run what the server sends; \
              only browsers need them that have no other way.",
        ..Setting::PLAIN
    },
    Setting {
        key: "sockjs.sessions_max",
        kind: Kind::Integer {
            min: 1,
            max: 100_000_000,
            set: |draft, max| draft.sockjs.sessions_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "100000",
        example: "20000",
        doc: "The sessions at the same time, those on a WebSocket aside. Past it new ones are answered 503.",
        ..Setting::PLAIN
    },
    Setting {
        key: "sockjs.sessions_per_address_max",
        kind: Kind::Integer {
            min: 1,
            max: 100_000_000,
            set: |draft, max| draft.sockjs.sessions_per_address_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "1000",
        example: "100000",
        doc: "The sessions of one address, or of one IPv6 /64. Raise it where all clients come through one \
              proxy that `server.trusted_proxies` does not name.",
        ..Setting::PLAIN
    },
    Setting {
        key: "sockjs.stream_bytes_max",
        kind: Kind::Bytes {
            min: 1 << 10,
            max: 1 << 30,
            set: |draft, max| draft.sockjs.stream_bytes_max = u32::try_from(max).unwrap_or(u32::MAX),
        },
        default: "128 KiB",
        example: "1 MiB",
        doc: "The bytes after which a stream ends. Its client asks for the next then: browsers keep all that a \
              response has brought until its end.",
        ..Setting::PLAIN
    },
    Setting {
        key: "sockjs.cookie",
        kind: Kind::Bool {
            set: |draft, cookie| draft.sockjs.cookie = cookie,
        },
        default: "true",
        example: "false",
        doc: "Whether responses set the cookie `JSESSIONID`. By it a load balancer can keep a session at its server.",
        ..Setting::PLAIN
    },
    Setting {
        key: "sockjs.script_url",
        kind: Kind::Text {
            check: texts::script_url,
            set: |draft, url| draft.sockjs.script_url = url,
        },
        default: "https://cdn.jsdelivr.net/npm/sockjs-client@1.6.1/dist/sockjs.min.js",
        example: "https://example.org/static/omnibus/sockjs.min.js",
        doc: "Where frames get SockJS. Hidden pages in frames load its client from there; it must have the version \
              that the pages themselves use.",
        ..Setting::PLAIN
    },
];
