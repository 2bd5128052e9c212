//! What can a peer do?

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use crate::counters::{Counter, Counters};
use crate::encoding::EncodingId;
use crate::outcome::{Refused, Source, Subscribed};
use crate::publication::Publication;
use crate::topic::Topic;

use super::{Peer, PeerId, Post};

/// What a shard does for the peer that is being called, whose connection is `key`.
pub(crate) trait Host {
    fn now(&self) -> Instant;
    fn counters(&self) -> &Counters;
    fn peer_id(&self, key: u32) -> PeerId;
    /// Where to append what is sent; `None` once the peer has closed.
    fn begin_send(&mut self, key: u32) -> Option<&mut Vec<u8>>;
    /// What was appended from `start` on is the peer's.
    fn end_send(&mut self, key: u32, start: usize);
    fn outbox_len(&self, key: u32) -> usize;
    fn has_unread(&self, key: u32) -> bool;
    fn charge(&mut self, bytes: usize);
    fn set_encoding(&mut self, key: u32, encoding: EncodingId);
    fn subscribe(&mut self, key: u32, topic: Topic<'_>) -> Subscribed;
    fn unsubscribe(&mut self, key: u32, topic: Topic<'_>) -> bool;
    fn unsubscribe_all(&mut self, key: u32);
    fn is_subscribed(&self, key: u32, channel: &[u8]) -> bool;
    fn subscribed(&self, key: u32) -> Vec<Box<[u8]>>;
    fn channels(&self, key: u32) -> usize;
    fn publish(&mut self, publication: Publication, source: Source) -> Result<(), Refused>;
    fn deliver(&mut self, publication: Publication);
    fn nudge(&mut self, key: u32);
    fn wake_at(&mut self, key: u32, moment: Instant);
    fn post(&self) -> Arc<dyn Post>;
    fn outlive_socket(&mut self, key: u32);
    fn park(&mut self, key: u32, encoding: EncodingId);
    fn unpark(&mut self, key: u32, encoding: EncodingId) -> Vec<u8>;
    fn mark(&mut self, key: u32, bytes: u32, free: u8);
    fn detach(&mut self, key: u32, peer: Box<dyn Peer>, parked: EncodingId);
    fn hand_over(&mut self, key: u32, to: PeerId, request: Box<dyn Any + Send>);
    fn close(&mut self, key: u32);
    fn abort(&mut self, key: u32);
}

/// What a peer can do while it is called: answer, subscribe, publish, close.
pub struct Context<'a> {
    host: &'a mut dyn Host,
    key: u32,
    replacement: Option<Box<dyn Peer>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(host: &'a mut dyn Host, key: u32) -> Self {
        Self {
            host,
            key,
            replacement: None,
        }
    }

    pub(crate) fn into_replacement(self) -> Option<Box<dyn Peer>> {
        self.replacement
    }

    pub(crate) fn is_replaced(&self) -> bool {
        self.replacement.is_some()
    }

    /// The moment at which this turn began.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.host.now()
    }

    /// The node's counters.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.host.counters()
    }

    /// Raises a counter by one.
    pub fn count(&self, counter: Counter) {
        self.counters().count(counter);
    }

    /// Where this peer lives.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.host.peer_id(self.key)
    }

    /// Sends what `write` appends, in this turn, behind whatever was sent before.
    /// Nothing is sent, and `write` not called, once the peer has closed.
    pub fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(out) = self.host.begin_send(self.key) else {
            return;
        };
        let start = out.len();
        write(out);
        self.host.end_send(self.key, start);
    }

    /// What was just read has cost as much as so many bytes more would have: they count for what
    /// its sender may bring in this turn.
    pub fn charge(&mut self, bytes: usize) {
        self.host.charge(bytes);
    }

    /// Bytes that wait because the socket is full.
    #[must_use]
    pub fn outbox_len(&self) -> usize {
        self.host.outbox_len(self.key)
    }

    /// Whether something of this peer's may have come that was not read, or not used, yet: its
    /// silence says nothing then.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        self.host.has_unread(self.key)
    }

    /// Chooses the encoding in which this peer reads publications from now on.
    pub fn set_encoding(&mut self, encoding: EncodingId) {
        self.host.set_encoding(self.key, encoding);
    }

    /// Subscribes this peer to a topic. It may still get what was published just before.
    pub fn subscribe(&mut self, topic: Topic<'_>) -> Subscribed {
        self.host.subscribe(self.key, topic)
    }

    /// Ends a subscription; false if there was none.
    pub fn unsubscribe(&mut self, topic: Topic<'_>) -> bool {
        self.host.unsubscribe(self.key, topic)
    }

    /// Ends all subscriptions.
    pub fn unsubscribe_all(&mut self) {
        self.host.unsubscribe_all(self.key);
    }

    /// Whether this peer has subscribed exactly this channel.
    #[must_use]
    pub fn is_subscribed(&self, channel: &[u8]) -> bool {
        self.host.is_subscribed(self.key, channel)
    }

    /// The names of the channels that this peer has subscribed. Copies them.
    #[must_use]
    pub fn subscribed(&self) -> Vec<Box<[u8]>> {
        self.host.subscribed(self.key)
    }

    /// Channels that this peer has subscribed.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.host.channels(self.key)
    }

    /// Publishes: takes the publication to where it gets its place.
    ///
    /// # Errors
    /// It was not accepted, and nobody will get it; counted where that happens.
    pub fn publish(&mut self, publication: Publication, source: Source) -> Result<(), Refused> {
        self.host.publish(publication, source)
    }

    /// Delivers what has its place already, on the node above.
    pub fn deliver(&mut self, publication: Publication) {
        self.host.deliver(publication);
    }

    /// Asks for [`Peer::on_nudge`] in one of the next turns.
    pub fn nudge(&mut self) {
        self.host.nudge(self.key);
    }

    /// Asks for [`Peer::on_wake`] at `moment`; the last call counts.
    pub fn wake_at(&mut self, moment: Instant) {
        self.host.wake_at(self.key, moment);
    }

    /// Puts another peer in this one's place once the present call returns; it gets the rest of
    /// the input.
    pub fn replace_peer(&mut self, peer: Box<dyn Peer>) {
        self.replacement = Some(peer);
    }

    /// What tells peers something, from any thread.
    #[must_use]
    pub fn post(&self) -> Arc<dyn Post> {
        self.host.post()
    }

    /// From now on this peer lives on where its socket ends, and may get others.
    pub fn outlive_socket(&mut self) {
        self.host.outlive_socket(self.key);
    }

    /// From now on what is sent or delivered waits, in this encoding and within the bound of
    /// [`Peer::outbox`], until [`Context::unpark`].
    pub fn park(&mut self, encoding: EncodingId) {
        self.host.park(self.key, encoding);
    }

    /// From now on what is sent or delivered goes to the socket, in this encoding. Returns what
    /// has waited.
    pub fn unpark(&mut self, encoding: EncodingId) -> Vec<u8> {
        self.host.unpark(self.key, encoding)
    }

    /// Asks for [`SocketEvent::Passed`](super::SocketEvent::Passed) once `bytes` more were sent or
    /// parked, of which `free` bytes a message do not count; the last call counts, and 0 takes it
    /// back.
    pub fn mark(&mut self, bytes: u32, free: u8) {
        self.host.mark(self.key, bytes, free);
    }

    /// Gives the socket, with what it has not taken yet and the rest of the input, to a new peer,
    /// and parks what is sent from now on. This peer must outlive its sockets.
    pub fn detach(&mut self, peer: Box<dyn Peer>, parked: EncodingId) {
        self.host.detach(self.key, peer, parked);
    }

    /// Gives the socket and the rest of the input to a peer that outlives its sockets, wherever it
    /// is, and says something to it. This peer goes along: it is dropped if the socket is taken;
    /// else it has the socket again and is told so ([`Peer::on_socket`]).
    pub fn hand_over(&mut self, to: PeerId, request: Box<dyn Any + Send>) {
        self.host.hand_over(self.key, to, request);
    }

    /// Closes once all that was sent is written. Nothing is read or delivered any more.
    pub fn close(&mut self) {
        self.host.close(self.key);
    }

    /// Ends the connection with this turn, whatever waits.
    pub fn abort(&mut self) {
        self.host.abort(self.key);
    }
}
