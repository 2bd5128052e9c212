//! What was done, dropped and refused?

use std::sync::Arc;

use omnibus_counters::Countable;

use crate::shard_name::ShardName;

omnibus_counters::counters! {
    Accepted = "connections_accepted", "Connections taken in, browsers' and the bus's.";
    Closed = "connections_closed", "Connections that have ended, for whatever reason.";
    RefusedFull = "connections_refused_full", "Connections closed at once because the node holds as many as it may.";
    AcceptFailed = "accepts_failed", "Times that no connection could be accepted, for want of descriptors as a rule.";
    Published = "publications", "Publications that were given their place in a channel.";
    Delivered = "deliveries", "Publications put into outboxes, one for each subscriber.";
    RefusedOverloaded = "publications_refused_overloaded", "Publications refused because a shard's inbox was full.";
    ClosedSlow = "closed_slow", "Peers closed because they read too slowly.";
    DroppedSlow = "deliveries_dropped_slow", "Deliveries dropped at a full outbox of a peer that stays connected.";
    DroppedNotText = "deliveries_dropped_not_text", "Publications kept from browsers because they are not UTF-8.";
    IgnoredMessages = "client_messages_ignored", "Clients' messages that the protocol passes over in silence.";
    ClosedViolation = "closed_violation", "Connections closed because the peer broke its protocol.";
    ClosedSilent = "closed_silent", "Connections closed because nothing came from the peer, not even the answer to a ping.";
    ClosedPolicy = "closed_policy", "Clients closed for too many bad messages or for not authenticating in time.";
    HandshakesFailed = "tls_handshakes_failed", "Connections that ended before their TLS handshake: silent, broken, or not TLS at all.";
    Compressed = "publications_compressed", "Publications compressed, once for all who read them so.";
    CompressionBefore = "compression_bytes_before", "Bytes of the publications that were compressed.";
    CompressionAfter = "compression_bytes_after", "Bytes that they became.";
    Inflated = "messages_inflated", "Clients' compressed messages inflated.";
    InflationBefore = "inflation_bytes_before", "Bytes of clients' compressed messages, as they were sent.";
    InflationAfter = "inflation_bytes_after", "Bytes that they became.";
    RefusedRatio = "inflations_refused_ratio", "Compressed messages refused because they became too many times their bytes.";
    RefusedSize = "inflations_refused_size", "Compressed messages refused because they became larger than a message may be.";
    RefusedBlocks = "inflations_refused_blocks", "Compressed messages refused because they have more blocks than their size allows.";
    RefusedBroken = "inflations_refused_broken", "Compressed messages refused because they are no DEFLATE data, or not complete.";
    RefusedHeads = "heads_refused", "Requests answered with an error: bad heads, unknown paths, foreign origins.";
    RefusedOrigin = "origins_refused", "WebSocket requests refused because of their Origin.";
    SubscriptionsRefused = "subscriptions_refused", "Subscriptions refused because a peer holds as many as it may.";
    BusRefused = "bus_peers_refused", "Bus peers refused: garbage, wrong socket types, broken limits, silence.";
    BusDropped = "bus_messages_dropped", "Messages from the bus that no peer may get: reserved channels, more hops than allowed.";
    BusFramesDropped = "bus_frames_dropped", "Frames after the first of a multipart message, which the original drops too.";
    LinkHeldDropped = "link_publications_dropped", "Publications dropped because the link was down and as many held as may be, the oldest first, or because the node stopped before they could be sent.";
    LinkRefused = "link_publications_refused", "Publications refused because the link was down.";
    LinkUncertain = "link_publications_uncertain", "Publications sent up a link that broke, or whose node stopped, before they were acknowledged.";
    LinkDown = "link_downs", "Times that a link to another node went down.";
    JoinTimeouts = "join_timeouts", "Subscriptions answered before the bus had confirmed them.";
}

impl Counter {
    /// Whether shards count this, each for itself; the others are the node's.
    #[must_use]
    pub fn is_of_shards(self) -> bool {
        !matches!(
            self,
            Self::RefusedFull
                | Self::Published
                | Self::RefusedOverloaded
                | Self::Compressed
                | Self::CompressionBefore
                | Self::CompressionAfter
                | Self::LinkHeldDropped
                | Self::LinkRefused
                | Self::LinkUncertain
                | Self::LinkDown
        )
    }
}

/// The counters of a node: those of each shard, and its own.
#[derive(Debug)]
pub struct NodeCounters {
    own: Arc<Counters>,
    shards: Box<[Counters]>,
}

impl NodeCounters {
    /// The node's own, and those of so many shards, the bus's among them, at nought.
    #[must_use]
    pub fn new(own: Arc<Counters>, shards: usize) -> Self {
        Self {
            own,
            shards: (0..shards).map(|_| Counters::default()).collect(),
        }
    }

    /// Adds one to a counter that is the node's.
    pub fn count(&self, counter: Counter) {
        self.add(counter, 1);
    }

    /// Adds `amount` to a counter that is the node's.
    pub fn add(&self, counter: Counter, amount: u64) {
        debug_assert!(!counter.is_of_shards(), "{counter:?} is counted by shards");
        self.own.add(counter, amount);
    }

    /// The present value, of all shards together.
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.own.get(counter) + self.shards.iter().map(|shard| shard.get(counter)).sum::<u64>()
    }

    /// Every counter that is not nought, by name, of all shards together.
    pub fn nonzero(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Counter::ALL
            .iter()
            .map(|&counter| (counter.key(), self.get(counter)))
            .filter(|(_, value)| *value > 0)
    }

    /// The counters of each shard.
    pub fn shards(&self) -> impl Iterator<Item = (ShardName, &Counters)> {
        let name = |number| ShardName::of(number, self.shards.len());
        let shards = self.shards.iter().enumerate();
        shards.map(move |(number, counters)| (name(number), counters))
    }

    pub(crate) fn of_shard(&self, number: usize) -> &Counters {
        &self.shards[number]
    }
}
