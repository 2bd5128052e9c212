//! What can a peer do?

use std::time::Instant;

use crate::connection::Phase;
use crate::counters::{Counter, Counters};
use crate::encoding::EncodingId;
use crate::hub::Hub;
use crate::peer::{Peer, PeerId};
use crate::topic::Topic;
use crate::turn::Span;

use super::Shard;

/// What a peer can do while it is called: answer, subscribe, publish, close.
pub struct Context<'a> {
    shard: &'a mut Shard,
    key: u32,
    replacement: Option<Box<dyn Peer>>,
}

/// What came of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscribed {
    /// It was there before.
    Already,
    /// It carries: nothing that is published from now on is missed.
    Now,
    /// It will carry; [`Peer::on_joined`] comes within [`crate::Config::join_time_max`].
    Joining,
}

impl<'a> Context<'a> {
    pub(super) fn new(shard: &'a mut Shard, key: u32) -> Self {
        Self {
            shard,
            key,
            replacement: None,
        }
    }

    pub(super) fn into_replacement(self) -> Option<Box<dyn Peer>> {
        self.replacement
    }

    /// The moment at which this turn began.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.shard.now
    }

    /// The handle to all shards.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.shard.hub
    }

    /// The node's counters.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.shard.hub.counters()
    }

    /// Raises a counter by one.
    pub fn count(&self, counter: Counter) {
        self.counters().count(counter);
    }

    /// Where this peer lives.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.shard.peer_id(self.key)
    }

    /// Sends what `write` appends, in this turn, behind whatever was sent before.
    /// Nothing is sent once the peer has closed.
    pub fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let connection = &mut self.shard.connections[self.key as usize];
        if connection.phase != Phase::Open {
            return;
        }
        let arena = self.shard.turn.arena(connection.encoding);
        let start = arena.len();
        write(arena);
        let end = arena.len();
        if end > start {
            self.shard
                .turn
                .push(self.key, &mut connection.dirty, Span { start, end }, 1);
        }
    }

    /// Bytes that wait because the socket is full.
    #[must_use]
    pub fn outbox_len(&self) -> usize {
        self.shard.connections[self.key as usize].outbox_len()
    }

    /// Chooses the encoding in which this peer reads publications from now on.
    pub fn set_encoding(&mut self, encoding: EncodingId) {
        let connection = &mut self.shard.connections[self.key as usize];
        debug_assert!(
            connection.dirty == crate::turn::Slot::CLEAN,
            "what is sent already stands in the other encoding's arena"
        );
        connection.encoding = encoding;
    }

    /// Subscribes this peer to a topic. It may still get what was published just before.
    pub fn subscribe(&mut self, topic: Topic<'_>) -> Subscribed {
        self.shard.subscribe(self.key, topic)
    }

    /// Ends a subscription; false if there was none.
    pub fn unsubscribe(&mut self, topic: Topic<'_>) -> bool {
        self.shard.unsubscribe(self.key, topic)
    }

    /// Ends all subscriptions.
    pub fn unsubscribe_all(&mut self) {
        self.shard.unsubscribe_all(self.key);
    }

    /// Whether this peer has subscribed exactly this channel.
    #[must_use]
    pub fn is_subscribed(&self, channel: &[u8]) -> bool {
        let channels = &self.shard.connections[self.key as usize].channels;
        self.shard
            .channels
            .find(channel)
            .is_some_and(|id| channels.contains(id))
    }

    /// Channels that this peer has subscribed.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.shard.connections[self.key as usize].channels.len()
    }

    /// Asks for [`Peer::on_wake`] at `moment`; the last call counts.
    pub fn wake_at(&mut self, moment: Instant) {
        self.shard.wake_at(self.key, moment);
    }

    /// Goes on with input that [`Peer::on_bytes`] left, at the end of this turn.
    pub fn resume(&mut self) {
        self.shard.make_ready(self.key);
    }

    /// Puts another peer in this one's place once the present call returns; it gets the rest of
    /// the input.
    pub fn replace_peer(&mut self, peer: Box<dyn Peer>) {
        self.replacement = Some(peer);
    }

    pub(super) fn is_replaced(&self) -> bool {
        self.replacement.is_some()
    }

    /// Closes once all that was sent is written. Nothing is read or delivered any more.
    pub fn close(&mut self) {
        self.shard.close(self.key);
    }

    /// Ends the connection with this turn, whatever waits.
    pub fn abort(&mut self) {
        self.shard.abandon(self.key);
    }
}
