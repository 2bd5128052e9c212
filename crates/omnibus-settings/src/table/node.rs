//! Which settings has the process as a whole?

use std::time::Duration;

use super::Group;
use crate::kind::{Choice, Kind};
use crate::setting::Setting;
use crate::settings::LogFormat;
use crate::texts;

/// The settings of the log.
pub(super) const LOG: Group = Group {
    name: "log",
    title: "Log",
    doc: "What is logged, and how.",
    settings: &[
        Setting {
            key: "log.format",
            kind: Kind::Choice {
                choices: &[
                    Choice {
                        word: "text",
                        also: None,
                        set: |draft| draft.log.format = LogFormat::Text,
                    },
                    Choice {
                        word: "json",
                        also: None,
                        set: |draft| draft.log.format = LogFormat::Json,
                    },
                ],
            },
            default: "text",
            example: "json",
            doc: "How a line of the log is written. `text` is for people, `json` is one object for each line.",
            everyday: true,
            ..Setting::PLAIN
        },
        Setting {
            key: "log.level",
            kind: Kind::Text {
                check: texts::log_level,
                set: |draft, level| draft.log.level = level,
            },
            default: "info",
            example: "info,omnibus_hub=debug",
            doc: "What is logged. One of `off`, `error`, `warn`, `info`, `debug` and `trace`, for everything \
                  or behind `module=`, with commas between them.",
            everyday: true,
            ..Setting::PLAIN
        },
    ],
};

/// The settings of the end.
pub(super) const STOP: Group = Group {
    name: "stop",
    title: "Stopping",
    doc: "What happens after SIGTERM.",
    settings: &[Setting {
        key: "stop.grace",
        kind: Kind::Time {
            min: Duration::ZERO,
            max: Duration::from_secs(3_600),
            set: |draft, grace| draft.stop_grace = grace,
        },
        default: "10s",
        example: "30s",
        doc: "How long a stopping node lets its clients leave. What they have published goes up to its \
              director in the same time. What is still connected then is closed.",
        ..Setting::PLAIN
    }],
};
