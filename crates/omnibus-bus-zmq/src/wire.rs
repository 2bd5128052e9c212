//! How does this node present itself on the bus?

use std::time::Duration;

use omnibus_zmtp::{Accepts, Config as Zmtp, Heartbeat, Limits, SocketType};

use crate::config::Config;
use crate::node::{Node, PROPERTY};

/// How often a legacy peer is asked for a sign of life, and how long it may keep silent: it may be
/// a Python program that is busy with something else.
const LEGACY_HEARTBEAT: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(30));

/// The codec's configurations for one kind of connection: as it begins and with a legacy peer, and
/// once the peer has shown itself to be a node of ours.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) legacy: Zmtp,
    pub(crate) node: Zmtp,
}

impl Wire {
    pub(crate) fn listener(accepts: Accepts, node: Node, config: &Config) -> Self {
        Self::new(Zmtp::listener(accepts), node, config)
    }

    pub(crate) fn connector(socket_type: SocketType, node: Node, config: &Config) -> Self {
        Self::new(Zmtp::connector(socket_type), node, config)
    }

    /// The one that holds for a peer, which is a node of ours or is not.
    pub(crate) fn of(&self, is_node: bool) -> &Zmtp {
        if is_node { &self.node } else { &self.legacy }
    }

    fn new(base: Zmtp, node: Node, config: &Config) -> Self {
        let (interval, timeout) = LEGACY_HEARTBEAT;
        let legacy = Zmtp {
            properties: vec![(PROPERTY.to_owned(), node.to_property())],
            limits: Limits {
                message_bytes_max: config.message_bytes_max,
                topic_bytes_max: config.topic_bytes_max,
                handshake_time_max: config.handshake_time_max,
                ..Limits::default()
            },
            heartbeat: Heartbeat::every(interval, timeout),
            ..base
        };
        let node = Zmtp {
            heartbeat: Heartbeat::every(config.heartbeat_interval, config.heartbeat_timeout),
            ..legacy.clone()
        };
        debug_assert_eq!((legacy.check(), node.check()), (Ok(()), Ok(())));
        Self { legacy, node }
    }
}
