//! How do the parts of a node reach the shards?

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::Config;
use crate::counters::{Counter, Counters, NodeCounters};
use crate::encoding::{EncodingId, Encodings};
use crate::inbox::{HandedOver, Inbox, Message};
use crate::outcome::Refused;
use crate::peer::{Peer, PeerId, Post};
use crate::publication::Publication;
use crate::sequencer::Sequencer;
use crate::shard_name::ShardName;
use crate::stats::{Published, ShardFigures};
use crate::stream::Stream;
use crate::topic::Topic;

/// The handle to a node's shards; cheap to clone, usable from every thread.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    config: Config,
    encodings: Encodings,
    sequencer: Sequencer,
    inboxes: Vec<Arc<Inbox>>,
    loads: Vec<AtomicUsize>,
    counters: NodeCounters,
    published: Box<[Arc<Published>]>,
}

impl Hub {
    pub(crate) fn new(config: Config, encodings: Encodings, inboxes: Vec<Arc<Inbox>>) -> Self {
        Self(Arc::new(Inner {
            loads: inboxes.iter().map(|_| AtomicUsize::new(0)).collect(),
            counters: NodeCounters::new(encodings.counters(), inboxes.len()),
            published: inboxes.iter().map(|_| Arc::default()).collect(),
            config,
            encodings,
            sequencer: Sequencer::new(),
            inboxes,
        }))
    }

    /// Gives a publication its place on this node; for engines whose order is made here.
    ///
    /// # Errors
    /// [`Refused::Overloaded`], counted.
    pub fn sequence(&self, publication: Arc<Publication>) -> Result<(), Refused> {
        let placed = self.0.sequencer.publish(publication, &self.0.inboxes);
        self.counters().count(if placed.is_ok() {
            Counter::Published
        } else {
            Counter::RefusedOverloaded
        });
        placed
    }

    /// Delivers what came from above, where it already has its place. Never refused: who brings
    /// it stops reading while [`Hub::is_pressed`].
    pub fn deliver(&self, publication: Arc<Publication>) {
        self.0.sequencer.deliver(publication, &self.0.inboxes);
        self.counters().count(Counter::Published);
    }

    /// What is published to this topic from now on reaches this node: called by an engine that
    /// answered [`crate::Join::Later`].
    pub fn joined(&self, topic: Topic<'_>) {
        self.0.sequencer.joined(topic, &self.0.inboxes);
    }

    /// Gives a client's connection to the least loaded shard; false, and it is closed, when the
    /// node is full or has stopped.
    pub fn adopt(&self, stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId) -> bool {
        self.adopt_at(self.least_loaded(), stream, peer, encoding)
    }

    /// Gives a connection that this node has made itself to the bus's shard; false, and it is closed,
    /// when the node has stopped. However many others there are, it has room.
    pub fn adopt_on_bus(&self, stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId) -> bool {
        self.push_to(self.bus(), stream, peer, encoding)
    }

    /// Gives a connection that was accepted to a shard; false, and it is closed, where there is no
    /// room or the node has stopped.
    pub(crate) fn adopt_at(&self, shard: usize, stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId) -> bool {
        if !self.has_room(shard) {
            self.counters().count(Counter::RefusedFull);
            return false;
        }
        self.push_to(shard, stream, peer, encoding)
    }

    fn push_to(&self, shard: usize, stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId) -> bool {
        self.connection_began(shard);
        let taken = self.0.inboxes[shard].push(Message::Adopt { stream, peer, encoding });
        if !taken {
            self.connection_ended(shard);
        }
        taken
    }

    /// Calls the peer's `on_nudge` on its own thread, if it still lives.
    pub fn nudge(&self, peer: PeerId) {
        self.0.inboxes[usize::from(peer.shard)].push(Message::Nudge(peer));
    }

    /// Tells a peer something; see [`Post::tell`].
    pub fn tell(&self, peer: PeerId, told: Box<dyn Any + Send>) {
        self.0.tell(peer, told);
    }

    pub(crate) fn post(&self) -> Arc<dyn Post> {
        Arc::clone(&self.0) as Arc<dyn Post>
    }

    /// Takes a socket to the shard of the peer that may get it; false, and it is closed, once that
    /// has ended.
    pub(crate) fn hand_over(&self, handed_over: HandedOver) -> bool {
        let shard = usize::from(handed_over.to.shard);
        // It counts there from now on, as its own entry or not.
        self.connection_began(shard);
        let taken = self.0.inboxes[shard].push(Message::HandOver(Box::new(handed_over)));
        if !taken {
            self.connection_ended(shard);
        }
        taken
    }

    /// Whether some shard's inbox is half full: a moment to read less.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.0.inboxes.iter().any(|inbox| inbox.is_pressed())
    }

    /// Connections of all shards.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.loads.iter().map(|load| load.load(Ordering::Relaxed)).sum()
    }

    /// What was done, dropped and refused.
    #[must_use]
    pub fn counters(&self) -> &NodeCounters {
        &self.0.counters
    }

    /// How each shard does, as it was at the end of its last turn.
    pub fn shards(&self) -> impl Iterator<Item = (ShardName, ShardFigures)> + '_ {
        let shards = self.0.published.iter().zip(&self.0.loads).zip(&self.0.inboxes);
        shards.enumerate().map(|(number, ((published, load), inbox))| {
            let (inbox_publications, inbox_bytes) = inbox.waiting();
            let figures = ShardFigures {
                connections: load.load(Ordering::Relaxed),
                inbox_publications,
                inbox_bytes,
                ..published.figures()
            };
            (self.name_of(number), figures)
        })
    }

    /// Clients' connections that this node holds at most.
    #[must_use]
    pub fn connections_max(&self) -> usize {
        self.0.config.connections_max
    }

    pub(crate) fn counters_of(&self, shard: usize) -> &Counters {
        self.0.counters.of_shard(shard)
    }

    pub(crate) fn published(&self, shard: usize) -> &Arc<Published> {
        &self.0.published[shard]
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn encodings(&self) -> &Encodings {
        &self.0.encodings
    }

    pub(crate) fn sequencer(&self) -> &Sequencer {
        &self.0.sequencer
    }

    pub(crate) fn inboxes(&self) -> &[Arc<Inbox>] {
        &self.0.inboxes
    }

    pub(crate) fn inbox(&self, shard: usize) -> &Arc<Inbox> {
        &self.0.inboxes[shard]
    }

    pub(crate) fn connection_began(&self, shard: usize) {
        self.0.loads[shard].fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a shard may have another connection. Clients have no part in the bus's room, so that
    /// they can't keep a node from its neighbours.
    pub(crate) fn has_room(&self, shard: usize) -> bool {
        let bus = self.bus();
        let loads = |shards: &[AtomicUsize]| -> usize { shards.iter().map(|load| load.load(Ordering::Relaxed)).sum() };
        if shard == bus {
            loads(&self.0.loads[bus..]) < self.0.config.bus_connections_max
        } else {
            loads(&self.0.loads[..bus]) < self.0.config.connections_max
        }
    }

    pub(crate) fn connection_ended(&self, shard: usize) {
        self.0.loads[shard].fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn name_of(&self, shard: usize) -> ShardName {
        ShardName::of(shard, self.0.inboxes.len())
    }

    /// The number of the bus's shard.
    pub(crate) fn bus(&self) -> usize {
        ShardName::bus(self.0.inboxes.len())
    }

    fn least_loaded(&self) -> usize {
        let load = |&shard: &usize| self.0.loads[shard].load(Ordering::Relaxed);
        (0..self.bus()).min_by_key(load).unwrap_or_default()
    }
}

impl Post for Inner {
    fn tell(&self, peer: PeerId, told: Box<dyn Any + Send>) {
        self.inboxes[usize::from(peer.shard)].push(Message::Tell(peer, told));
    }
}
