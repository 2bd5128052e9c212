//! Which settings has the browsers' side?

use std::time::Duration;

use super::Group;
use crate::kind::{Choice, Kind};
use crate::setting::Setting;
use crate::texts;

/// The settings of the browsers' side.
pub(super) const GROUP: Group = Group {
    name: "server",
    title: "Browsers' side",
    doc: "Where browsers come in, and what a printed URL says.",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting {
        key: "server.listen",
        kind: Kind::Listeners {
            set: |draft, listeners| draft.listen = listeners,
        },
        default: "0.0.0.0, [::]",
        example: "127.0.0.1, [::1]:8080",
        doc: "The IP addresses that browsers are served on. An address without a port has that of \
              `server.port`; an IPv6 wildcard is left out where the system has no IPv6.",
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "server.port",
        kind: Kind::Integer {
            min: 0,
            max: 65_535,
            set: |draft, port| draft.endpoint.port = u16::try_from(port).unwrap_or(u16::MAX),
        },
        default: "4242",
        example: "80",
        doc: "The port that browsers come to, also in printed URLs. 0 lets the system choose one.",
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "server.host",
        kind: Kind::OptionalText {
            check: texts::host,
            set: |draft, host| draft.endpoint.host = host,
        },
        default: "",
        example: "realtime.example.org",
        doc: "The host in printed URLs, and nothing else. Empty, it is the host of the page's request. \
              Where the server listens is `server.listen`.",
        ..Setting::PLAIN
    },
    Setting {
        key: "server.endpoint_scheme",
        kind: Kind::Choice {
            choices: &[
                scheme("ws", |draft| draft.endpoint.scheme = "ws"),
                scheme("wss", |draft| draft.endpoint.scheme = "wss"),
                scheme("http", |draft| draft.endpoint.scheme = "http"),
                scheme("https", |draft| draft.endpoint.scheme = "https"),
            ],
        },
        default: "ws",
        example: "wss",
        doc: "The scheme in printed URLs, and nothing else. Write `wss` where a proxy in front of this \
              server speaks TLS; with `server.tls_certificate` it is `wss` unless it is set.",
        original: Some("OMNIBUS_ENDPOINT_SCHEME"),
        ..Setting::PLAIN
    },
    Setting {
        key: "server.tls_certificate",
        kind: Kind::OptionalText {
            check: |_| Ok(()),
            set: |draft, path| draft.tls.certificate = path,
        },
        default: "",
        example: "/etc/omnibus/fullchain.pem",
        doc: "The PEM file of the server's certificate, with those between it and the root behind it. With it and \
              `server.tls_key`, browsers are served by `wss://` and `https://` and by nothing else; see [TLS](tls.md).",
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "server.tls_key",
        kind: Kind::OptionalText {
            check: |_| Ok(()),
            set: |draft, path| draft.tls.key = path,
        },
        default: "",
        example: "/etc/omnibus/key.pem",
        doc: "The PEM file of the certificate's private key, not encrypted. Nobody but the server's user should be \
              able to read it.",
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "server.base_url",
        kind: Kind::Text {
            check: texts::base_url,
            set: |draft, path| draft.front.base_url = path,
        },
        default: "/ec",
        example: "/realtime",
        doc: "The path of the WebSocket. It is taken literally, where the original took a regular expression.",
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "server.allowed_origins",
        kind: Kind::List {
            check: texts::origin,
            // Browsers send origins in lower case, and entries are compared byte by byte.
            set: |draft, origins| {
                draft.front.allowed_origins = origins.iter().map(|origin| origin.to_ascii_lowercase()).collect();
            },
        },
        default: "",
        example: "https://example.org, http://localhost:8000",
        doc: "The origins whose pages may connect, beside those on the request's own host. An entry must \
              be the whole origin; `*` allows every page, as the original did.",
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "server.trusted_proxies",
        kind: Kind::List {
            check: texts::proxy,
            set: |draft, proxies| {
                draft.front.trusted_proxies = proxies.iter().filter_map(|proxy| texts::network(proxy)).collect();
            },
        },
        default: "",
        example: "127.0.0.1, 10.0.0.0/8",
        doc: "The proxies that are believed when they say in `X-Forwarded-For` where a client is. List those that \
              stand before this server and no others: who is believed can hide behind any address.",
        ..Setting::PLAIN
    },
    Setting {
        key: "server.page",
        kind: Kind::Bool {
            set: |draft, page| draft.front.page = page,
        },
        default: "true",
        example: "false",
        doc: "Whether `/` answers with a page on which the server can be tried.",
        ..Setting::PLAIN
    },
    Setting {
        key: "server.ping_interval",
        kind: Kind::Time {
            min: Duration::from_millis(100),
            max: Duration::from_secs(3_600),
            set: |draft, interval| draft.front.ping_interval = interval,
        },
        default: "25s",
        example: "10s",
        doc: "How often a silent client is pinged. One that stays silent for another interval is closed; \
              keep it below the idle time-out of proxies in between.",
        ..Setting::PLAIN
    },
    Setting {
        key: "server.shards",
        kind: Kind::Integer {
            min: 0,
            max: omnibus_hub::Config::SHARDS_MAX as u64,
            set: |draft, shards| draft.shards = usize::try_from(shards).unwrap_or(0),
        },
        default: "0",
        example: "4",
        doc: "The threads that serve clients' connections. 0 is one for each core. The bus has one more of its own.",
        short_flag: Some("--shards"),
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "server.connections_max",
        kind: Kind::Integer {
            min: 1,
            max: 100_000_000,
            set: |draft, max| draft.hub.connections_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "1000000",
        example: "20000",
        doc: "The clients' connections that the process holds at most. Past it new ones are closed at once; the \
              system's limit on open files may be lower.",
        ..Setting::PLAIN
    },
    Setting {
        key: "server.webapp_factory",
        kind: Kind::Factory {
            noun: "web application factory",
            choices: &[
                Choice {
                    word: "websocket",
                    also: Some("omnibus.factories.websocket_webapp_factory"),
                    set: |draft| draft.has_sockjs = false,
                },
                Choice {
                    word: "sockjs",
                    also: Some("omnibus.factories.sockjs_webapp_factory"),
                    set: |draft| draft.has_sockjs = true,
                },
            ],
        },
        default: "websocket",
        example: "omnibus.factories.sockjs_webapp_factory",
        doc: "How browsers are served. `websocket` is a WebSocket at the base URL alone, `sockjs` has SockJS below \
              it, too. The dotted paths of the original are taken; factories of your own are not.",
        original: Some("OMNIBUS_WEBAPP_FACTORY"),
        ..Setting::PLAIN
    },
    Setting {
        key: "server.connection_factory",
        kind: Kind::Factory {
            noun: "connection factory",
            choices: &[
                Choice {
                    word: "websocket",
                    also: Some("omnibus.factories.websocket_connection_factory"),
                    set: |_| {},
                },
                Choice {
                    word: "sockjs",
                    also: Some("omnibus.factories.sockjs_connection_factory"),
                    set: |_| {},
                },
            ],
        },
        default: "websocket",
        example: "omnibus.factories.sockjs_connection_factory",
        doc: "How a connection is served, for settings of the original. Either word serves what \
              `server.webapp_factory` says; factories of your own are not taken.",
        original: Some("OMNIBUS_CONNECTION_FACTORY"),
        ..Setting::PLAIN
    },
];

const fn scheme(word: &'static str, set: fn(&mut crate::draft::Draft)) -> Choice {
    Choice { word, also: None, set }
}
