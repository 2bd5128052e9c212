//! Which bounds does the hub keep?

use std::time::Duration;

/// The bounds of shards, inboxes and outboxes.
#[derive(Debug, Clone)]
pub struct Config {
    /// Shards for clients, each one thread; at most [`Config::SHARDS_MAX`]. The bus has one more.
    pub shards: usize,
    /// Publications that may wait in one shard's inbox; past it a publication is refused as
    /// `overloaded`, and long before it the shards stop reading.
    pub inbox_publications_max: usize,
    /// Bytes that may wait in one shard's inbox.
    pub inbox_bytes_max: usize,
    /// Publications that a shard takes from its inbox in one turn.
    pub turn_publications_max: usize,
    /// Bytes times subscribers that a shard fans out in one turn; one publication always goes.
    pub turn_bytes_max: usize,
    /// Bytes read from one connection in one turn.
    pub turn_read_bytes_max: usize,
    /// Connections accepted from one listener in one turn.
    pub turn_accepts_max: usize,
    /// Clients' connections that this process holds at most; past it new ones are closed at once.
    pub connections_max: usize,
    /// The same for connections that others make to the bus.
    pub bus_connections_max: usize,
    /// How long a socket may take no byte of what waits for it before its peer counts as slow.
    pub outbox_stall_max: Duration,
    /// How long a subscriber's answer waits for the bus to confirm its interest.
    pub join_time_max: Duration,
}

impl Config {
    /// The most shards a hub can have for clients: the sequencer keeps the shards of a channel, and
    /// the bus's is one of them, in 64 bits.
    pub const SHARDS_MAX: usize = 63;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            shards: std::thread::available_parallelism().map_or(1, |cores| cores.get().min(Self::SHARDS_MAX)),
            inbox_publications_max: 65_536,
            inbox_bytes_max: 64 << 20,
            turn_publications_max: 1_024,
            turn_bytes_max: 16 << 20,
            turn_read_bytes_max: 256 << 10,
            turn_accepts_max: 256,
            connections_max: 1_000_000,
            bus_connections_max: 1_024,
            outbox_stall_max: Duration::from_secs(10),
            join_time_max: Duration::from_secs(1),
        }
    }
}
