//! Which choices does the ZeroMQ bus have?

use std::time::Duration;

use crate::address::Address;

/// The choices of a node on the bus.
#[derive(Debug, Clone)]
pub struct Config {
    /// What this node is on the bus.
    pub role: Role,
    /// Where subscribers come: legacy `SUB` sockets, and nodes below this one.
    pub subscriber_address: Address,
    /// Where publishers come: legacy `PUB` sockets, and nodes below this one.
    pub publisher_address: Address,
    /// What happens to publications while the link up is down.
    pub while_down: WhileDown,
    /// Which channels a forwarder asks its director for.
    pub interest: Interest,
    /// How long an interest outlives its last subscriber, so that a page reload costs nothing.
    pub interest_linger: Duration,
    /// The largest message, in bytes.
    pub message_bytes_max: usize,
    /// The longest subscription, in bytes.
    pub topic_bytes_max: usize,
    /// Subscriptions that one peer may hold.
    pub subscriptions_max: usize,
    /// Bytes that may wait for a legacy subscriber; past it the newest are dropped and counted.
    pub legacy_outbox_bytes_max: usize,
    /// Bytes that may wait for a node; past it its link is cut, and it comes back.
    pub link_outbox_bytes_max: usize,
    /// How often a node is asked for a sign of life.
    pub heartbeat_interval: Duration,
    /// How long a node may be silent before its link counts as down.
    pub heartbeat_timeout: Duration,
    /// The first pause before connecting again; it doubles, with jitter.
    pub reconnect_min: Duration,
    /// The longest pause before connecting again.
    pub reconnect_max: Duration,
    /// How long a peer may take for its greeting and handshake.
    pub handshake_time_max: Duration,
    /// Refuses bus addresses beyond loopback, as long as peers do not authenticate.
    pub require_auth: bool,
}

/// What a node is on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The hub: it binds both addresses and gives every publication its place.
    Director,
    /// A node below another: it binds both addresses for its own host, and holds one subscriber
    /// and one publisher connection to the node above.
    Forwarder {
        /// The subscriber address of the node above.
        subscriber_address: Address,
        /// The publisher address of the node above.
        publisher_address: Address,
    },
    /// Neither: it binds nothing, and its own two addresses are those of the node above.
    Direct,
}

/// What happens to publications while the link up is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhileDown {
    /// They wait for the link; past the bound the oldest are dropped and counted.
    Hold {
        /// Publications that wait at most.
        publications_max: usize,
        /// Bytes that wait at most.
        bytes_max: usize,
    },
    /// They are refused and counted.
    Refuse,
    /// They are delivered on this node at once and sent up later; a director of ours is needed.
    Local {
        /// Publications that wait at most.
        publications_max: usize,
        /// Bytes that wait at most.
        bytes_max: usize,
    },
}

/// Which channels a forwarder asks its director for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Those that someone on this node, or below it, has subscribed.
    Wanted,
    /// All, as the original does.
    All,
}

impl Default for WhileDown {
    fn default() -> Self {
        Self::Hold {
            publications_max: 1_000,
            bytes_max: 16 << 20,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            role: Role::Director,
            subscriber_address: Address::loopback(4243),
            publisher_address: Address::loopback(4244),
            while_down: WhileDown::default(),
            interest: Interest::Wanted,
            interest_linger: Duration::from_secs(2),
            message_bytes_max: 16 << 20,
            topic_bytes_max: 4_096,
            subscriptions_max: 100_000,
            legacy_outbox_bytes_max: 16 << 20,
            link_outbox_bytes_max: 64 << 20,
            heartbeat_interval: Duration::from_millis(500),
            heartbeat_timeout: Duration::from_millis(1_500),
            reconnect_min: Duration::from_millis(100),
            reconnect_max: Duration::from_secs(1),
            handshake_time_max: Duration::from_secs(10),
            require_auth: false,
        }
    }
}
