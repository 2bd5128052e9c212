//! Is no bound beyond the one that it lives within?

use super::Found;
use crate::draft::Draft;

/// Two settings of which one must not be above the other.
struct Ordered {
    lesser: &'static str,
    greater: &'static str,
    holds: fn(&Draft) -> bool,
    why: &'static str,
}

const ORDERED: [Ordered; 5] = [
    Ordered {
        lesser: "client.message_bytes_max",
        greater: "bus.message_bytes_max",
        holds: |draft| draft.front.rules.limits.message_bytes_max <= draft.bus.message_bytes_max,
        why: "what a client may send could not cross the bus",
    },
    Ordered {
        lesser: "bus.message_bytes_max",
        greater: "hub.inbox_bytes_max",
        holds: |draft| draft.bus.message_bytes_max <= draft.hub.inbox_bytes_max,
        why: "the largest message would be refused by every shard",
    },
    Ordered {
        lesser: "bus.message_bytes_max",
        greater: "bus.link_outbox_bytes_max",
        holds: |draft| draft.bus.message_bytes_max <= draft.bus.link_outbox_bytes_max,
        why: "the largest message would cut every link",
    },
    Ordered {
        lesser: "bus.heartbeat_interval",
        greater: "bus.heartbeat_timeout",
        holds: |draft| draft.bus.heartbeat_interval < draft.bus.heartbeat_timeout,
        why: "every link would count as down between two signs of life",
    },
    Ordered {
        lesser: "bus.reconnect_min",
        greater: "bus.reconnect_max",
        holds: |draft| draft.bus.reconnect_min <= draft.bus.reconnect_max,
        why: "the first pause would be longer than the longest",
    },
];

/// Finds pairs that are in the wrong order.
pub(super) fn check(draft: &Draft, found: &mut Found<'_>) {
    for Ordered {
        lesser,
        greater,
        holds,
        why,
    } in ORDERED
    {
        if holds(draft) {
            continue;
        }
        let (value, _) = found.origins.of(greater);
        let value = value.unwrap_or_default();
        // Told where somebody changed something, not at a default that was there before.
        let (key, mend) = match found.origins.is_given(lesser) {
            true => (lesser, format!("lower it, or raise {greater}, which is {value}")),
            false => (greater, format!("raise it, or lower {lesser}")),
        };
        found.conflict(
            key,
            &[lesser, greater],
            format!("{lesser} is beyond {greater}: {why}"),
            mend,
        );
    }
}
