//! What does a shard do for its peers?

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use crate::connection::Phase;
use crate::counters::Counters;
use crate::encoding::EncodingId;
use crate::outcome::{Refused, Source, Subscribed};
use crate::peer::{Host, Peer, PeerId, Post};
use crate::publication::Publication;
use crate::topic::Topic;
use crate::turn::Span;

use super::Shard;

impl Host for Shard {
    fn now(&self) -> Instant {
        self.now
    }

    fn counters(&self) -> &Counters {
        self.hub.counters_of(self.number)
    }

    fn peer_id(&self, key: u32) -> PeerId {
        let shard = u16::try_from(self.number).expect("a node has at most 64 shards");
        let generation = self.connections[key as usize].generation;
        PeerId { shard, key, generation }
    }

    fn begin_send(&mut self, key: u32) -> Option<&mut Vec<u8>> {
        let connection = &self.connections[key as usize];
        (connection.phase == Phase::Open).then(|| self.turn.arena(connection.encoding))
    }

    fn end_send(&mut self, key: u32, start: usize) {
        let connection = &mut self.connections[key as usize];
        let end = self.turn.arena(connection.encoding).len();
        if end > start {
            self.turn.push(key, &mut connection.dirty, Span { start, end }, 1);
        }
    }

    fn outbox_len(&self, key: u32) -> usize {
        self.connections[key as usize].outbox_len()
    }

    fn has_unread(&self, key: u32) -> bool {
        let connection = &self.connections[key as usize];
        connection.is_ready || connection.is_held()
    }

    fn charge(&mut self, bytes: usize) {
        self.charged = self.charged.saturating_add(bytes);
    }

    fn set_encoding(&mut self, key: u32, encoding: EncodingId) {
        let connection = &mut self.connections[key as usize];
        self.turn
            .change_encoding(connection.dirty, connection.encoding, encoding);
        connection.encoding = encoding;
    }

    fn subscribe(&mut self, key: u32, topic: Topic<'_>) -> Subscribed {
        self.add_subscription(key, topic)
    }

    fn unsubscribe(&mut self, key: u32, topic: Topic<'_>) -> bool {
        self.end_subscription(key, topic)
    }

    fn unsubscribe_all(&mut self, key: u32) {
        self.end_subscriptions(key);
    }

    fn is_subscribed(&self, key: u32, channel: &[u8]) -> bool {
        let channels = &self.connections[key as usize].channels;
        self.channels.find(channel).is_some_and(|id| channels.contains(id))
    }

    fn subscribed(&self, key: u32) -> Vec<Box<[u8]>> {
        let channels = self.connections[key as usize].channels.as_slice();
        channels.iter().map(|&id| self.channels.name(id).into()).collect()
    }

    fn channels(&self, key: u32) -> usize {
        self.connections[key as usize].channels.len()
    }

    fn publish(&mut self, publication: Publication, source: Source) -> Result<(), Refused> {
        self.engine.publish(&self.hub, Arc::new(publication), source)
    }

    fn deliver(&mut self, publication: Publication) {
        self.hub.deliver(Arc::new(publication));
    }

    fn nudge(&mut self, key: u32) {
        self.hub.nudge(self.peer_id(key));
    }

    fn wake_at(&mut self, key: u32, moment: Instant) {
        self.set_wake(key, moment);
    }

    fn post(&self) -> Arc<dyn Post> {
        self.hub.post()
    }

    fn outlive_socket(&mut self, key: u32) {
        self.connections[key as usize].outlives_socket = true;
    }

    fn park(&mut self, key: u32, encoding: EncodingId) {
        self.begin_parking(key, encoding);
    }

    fn unpark(&mut self, key: u32, encoding: EncodingId) -> Vec<u8> {
        self.end_parking(key, encoding)
    }

    fn mark(&mut self, key: u32, bytes: u32, free: u8) {
        let connection = &mut self.connections[key as usize];
        connection.mark = bytes;
        connection.mark_free = free;
    }

    fn detach(&mut self, key: u32, peer: Box<dyn Peer>, parked: EncodingId) {
        self.part_from_socket(key, peer, parked);
    }

    fn hand_over(&mut self, key: u32, to: PeerId, request: Box<dyn Any + Send>) {
        self.give_away(key, to, request);
    }

    fn close(&mut self, key: u32) {
        self.begin_close(key);
    }

    fn abort(&mut self, key: u32) {
        self.abandon(key);
    }
}
