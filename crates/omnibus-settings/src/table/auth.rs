//! Which settings decide who a client is?

use std::time::Duration;

use omnibus_session::Authenticator;

use super::Group;
use crate::kind::{Choice, Kind};
use crate::setting::Setting;
use crate::texts;

/// The settings of authentication.
pub(super) const GROUP: Group = Group {
    name: "auth",
    title: "Authentication",
    doc: "Who decides who a client is, and where a site's users are looked up.",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting {
        key: "auth.authenticator",
        kind: Kind::Factory {
            noun: "authenticator",
            choices: &[
                Choice {
                    word: "noop",
                    also: Some("omnibus.factories.noopauthenticator_factory"),
                    set: |draft| draft.front.rules.authenticator = Authenticator::NoOp,
                },
                Choice {
                    word: "django",
                    also: Some("omnibus.factories.userauthenticator_factory"),
                    set: |draft| draft.front.rules.authenticator = Authenticator::User,
                },
            ],
        },
        default: "noop",
        example: "django",
        doc: "Who decides who a client is. `noop` believes everybody; `django` knows the users of a Django site by \
              tokens that the site signs and by its user table. The original's dotted paths are taken too; in place \
              of an authenticator of your own, [namespaces](#namespaces) say who may do what where.",
        original: Some("OMNIBUS_AUTHENTICATOR_FACTORY"),
        everyday: true,
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.secret_key",
        kind: Kind::Secret {
            set: |draft, secret| draft.auth.secret_key = secret,
        },
        default: "",
        example: "the site's own SECRET_KEY",
        doc: "What the site signs tokens with. It is in no log; keep it in the environment or in a file of its own, \
              for flags can be read by everybody on the host.",
        original: Some("OMNIBUS_SECRET_KEY"),
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.secret_key_file",
        kind: Kind::OptionalText {
            check: |_| Ok(()),
            set: |draft, path| draft.auth.secret_key_file = path,
        },
        default: "",
        example: "/run/secrets/omnibus-key",
        doc: "A file that holds the same. A line end at its end is no part of it.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.previous_secret_key",
        kind: Kind::Secret {
            set: |draft, secret| draft.auth.previous_secret_key = secret,
        },
        default: "",
        example: "the SECRET_KEY before",
        doc: "What the site signed with before. Set it while tokens of that time are still about, so that a change of \
              the key logs nobody out.",
        original: Some("OMNIBUS_PREVIOUS_SECRET_KEY"),
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.previous_secret_key_file",
        kind: Kind::OptionalText {
            check: |_| Ok(()),
            set: |draft, path| draft.auth.previous_secret_key_file = path,
        },
        default: "",
        example: "/run/secrets/omnibus-previous-key",
        doc: "A file that holds the same.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.database_url",
        kind: Kind::Secret {
            set: |draft, url| draft.auth.database_url = url,
        },
        default: "",
        example: "sqlite:///srv/site/db.sqlite3",
        doc: "Where the site's users are looked up. A URL: `sqlite:///path`, `postgres://user:password@host/name` or \
              `mysql://user:password@host/name`. Unix sockets are `postgres:///name?host=/run/postgresql` and \
              `mysql://user@localhost/name?socket=/run/mysqld/mysqld.sock`. A user that may read the user table is \
              enough; nothing is written.",
        original: Some("OMNIBUS_DATABASE_URL"),
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.database_url_file",
        kind: Kind::OptionalText {
            check: |_| Ok(()),
            set: |draft, path| draft.auth.database_url_file = path,
        },
        default: "",
        example: "/run/secrets/omnibus-database",
        doc: "A file that holds the same.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.user_table",
        kind: Kind::Text {
            check: texts::user_table,
            set: |draft, table| draft.auth.user_table = table,
        },
        default: "auth_user",
        example: "accounts_user",
        doc: "The table of the users, or `schema.table`. A custom user model has its own.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.user_key",
        kind: Kind::Text {
            check: texts::column,
            set: |draft, column| draft.auth.user_key = column,
        },
        default: "id",
        example: "uuid",
        doc: "The column of the primary key, whose text stands in tokens: a number, a UUID or a text.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.active_column",
        kind: Kind::OptionalText {
            check: texts::column,
            set: |draft, column| draft.auth.active_column = column,
        },
        default: "is_active",
        example: "enabled",
        doc: "The column that says who may log in. Empty, everybody in the table may.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.staff_column",
        kind: Kind::OptionalText {
            check: texts::column,
            set: |draft, column| draft.auth.staff_column = column,
        },
        default: "is_staff",
        example: "is_editor",
        doc: "The column that says who is staff. Empty, nobody is.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.original_tokens",
        kind: Kind::Bool {
            set: |draft, taken| draft.auth.original_tokens = taken,
        },
        default: "false",
        example: "true",
        doc: "Whether the original's tokens are taken beside those that end. They never end, and one that was seen \
              once lets in for ever.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.cache_time",
        kind: Kind::Time {
            min: Duration::ZERO,
            max: Duration::from_secs(60),
            set: |draft, time| draft.auth.cache_time = time,
        },
        default: "2s",
        example: "0s",
        doc: "How long what the user table said is believed at another login of the same user.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.recheck_interval",
        kind: Kind::Time {
            min: Duration::from_millis(100),
            max: Duration::from_secs(3_600),
            set: |draft, interval| draft.auth.recheck_interval = interval,
        },
        default: "2s",
        example: "10s",
        doc: "How often the users of connected clients are looked up again. Who was deactivated is out after this \
              time and `auth.cache_time` at most.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.connections",
        kind: Kind::Integer {
            min: 1,
            max: 64,
            set: |draft, connections| draft.auth.connections = usize::try_from(connections).unwrap_or(1),
        },
        default: "2",
        example: "4",
        doc: "The connections to the database for logins. One more looks connected users up again.",
        ..Setting::PLAIN
    },
    Setting {
        key: "auth.logins_max",
        kind: Kind::Integer {
            min: 1,
            max: 1_000_000,
            set: |draft, max| draft.auth.logins_max = usize::try_from(max).unwrap_or(usize::MAX),
        },
        default: "10000",
        example: "1000",
        doc: "The logins that may wait for the database. Further ones are refused and counted.",
        ..Setting::PLAIN
    },
];
