//! Which settings decide what the application is told?

use omnibus_hooks::{EventSet, Kind as Event, ReceiverUrl, Secret};

use super::Group;
use crate::kind::Kind;
use crate::setting::Setting;
use crate::texts;

/// The settings of hooks.
pub(super) const GROUP: Group = Group {
    name: "hooks",
    title: "Hooks",
    doc: "What the application is told of its clients, by HTTP; [hooks.md](hooks.md) says how.",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting {
        key: "hooks.url",
        kind: Kind::OptionalText {
            check: texts::receiver_url,
            set: |draft, url| draft.hooks.url = url.and_then(|url| ReceiverUrl::parse(&url).ok()),
        },
        default: "",
        example: "http://127.0.0.1:8000/omnibus/hooks/",
        doc: "Where the application receives events. Empty tells nothing; redirects are not followed, and proxies \
              of the environment not used.",
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "hooks.secret",
        kind: Kind::Secret {
            set: |draft, secret| draft.hooks.secret = secret.map(|secret| Secret::new(secret.reveal())),
        },
        default: "",
        example: "32 random characters, as a rule",
        doc: "What requests to the application are signed with. Without it that is `auth.secret_key`. It stands in \
              no log; keep it in the environment, for flags can be read by everybody on the host.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hooks.events",
        kind: Kind::List {
            check: texts::hook_event,
            set: |draft, names| {
                let kinds = names.iter().filter_map(|name| Event::named(name));
                draft.hooks.events = kinds.fold(EventSet::NONE, EventSet::with);
            },
        },
        default: "connect, disconnect, subscribe, unsubscribe",
        example: "connect, disconnect",
        doc: "Which events are told. The others cost nothing.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hooks.queue_events_max",
        kind: Kind::Integer {
            min: 100,
            max: 10_000_000,
            set: |draft, max| draft.hooks.queue_events_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "100000",
        example: "10000",
        doc: "The events that may wait for the application. Past it new ones are dropped and counted; one \
              connection may fill an eighth.",
        ..Setting::PLAIN
    },
    Setting {
        key: "hooks.queue_bytes_max",
        kind: Kind::Bytes {
            min: 1 << 20,
            max: 1 << 34,
            set: |draft, max| draft.hooks.queue_bytes_max = max,
        },
        default: "32 MiB",
        example: "128 MiB",
        doc: "The bytes of events that may wait for the application.",
        ..Setting::PLAIN
    },
];
