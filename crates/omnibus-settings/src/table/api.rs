//! Which settings has the operators' side?

use super::Group;
use crate::kind::Kind;
use crate::setting::Setting;
use crate::texts;

/// The settings of the operators' side.
pub(super) const GROUP: Group = Group {
    name: "api",
    title: "Operators' side",
    doc: "Where metrics are read; [metrics.md](metrics.md) says which there are.",
    settings: &[Setting {
        key: "api.listen",
        kind: Kind::List {
            check: texts::socket_address,
            set: |draft, addresses| {
                draft.api.listen = addresses.iter().filter_map(|address| address.parse().ok()).collect();
            },
        },
        default: "",
        example: "127.0.0.1:4245",
        doc: "The IP addresses, each with its port, at which metrics are read. Empty, there is no such listener. \
              Whoever reaches it reads: keep it on loopback or in a network of your own.",
        everyday: true,
        ..Setting::PLAIN
    }],
};
