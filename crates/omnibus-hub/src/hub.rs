//! How do the parts of a node reach the shards?

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mio::{Poll, Waker};

use crate::config::Config;
use crate::counters::{Counter, Counters};
use crate::encoding::{EncodingId, Encodings};
use crate::engine::{Engine, Refused, Source};
use crate::inbox::{Inbox, Message};
use crate::peer::{Peer, PeerId};
use crate::publication::Publication;
use crate::sequencer::Sequencer;
use crate::shard::{Shard, WAKE};
use crate::stream::{Listener, Stream};
use crate::topic::Topic;

/// The handle to a node's shards; cheap to clone, usable from every thread.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    config: Config,
    encodings: Encodings,
    engine: Arc<dyn Engine>,
    sequencer: Sequencer,
    inboxes: Vec<Arc<Inbox>>,
    loads: Vec<AtomicUsize>,
    counters: Counters,
}

/// Makes the peer of a connection that a listener has accepted.
pub type Accept = Box<dyn FnMut(&Stream) -> (Box<dyn Peer>, EncodingId) + Send>;

/// The shard threads of a running hub.
pub struct Running {
    hub: Hub,
    threads: Vec<JoinHandle<()>>,
}

impl Hub {
    /// Starts the shards; the first of them also serves the listeners.
    ///
    /// # Errors
    /// The system gives no event loop or no thread.
    pub fn start(
        config: Config,
        encodings: Encodings,
        engine: Arc<dyn Engine>,
        listeners: Vec<(Listener, Accept)>,
    ) -> io::Result<Running> {
        let count = config.shards.clamp(1, Config::SHARDS_MAX);
        let mut polls = Vec::with_capacity(count);
        let mut inboxes = Vec::with_capacity(count);
        for _ in 0..count {
            let poll = Poll::new()?;
            let waker = Waker::new(poll.registry(), WAKE)?;
            inboxes.push(Arc::new(Inbox::new(
                waker,
                config.inbox_publications_max,
                config.inbox_bytes_max,
            )));
            polls.push(poll);
        }
        let hub = Self(Arc::new(Inner {
            encodings,
            engine,
            sequencer: Sequencer::new(),
            inboxes,
            loads: (0..count).map(|_| AtomicUsize::new(0)).collect(),
            counters: Counters::default(),
            config,
        }));
        let mut listeners = Some(listeners);
        let mut threads = Vec::with_capacity(count);
        for (number, poll) in polls.into_iter().enumerate() {
            let shard = Shard::new(hub.clone(), number, poll, listeners.take().unwrap_or_default())?;
            threads.push(
                std::thread::Builder::new()
                    .name(format!("shard-{number}"))
                    .spawn(move || shard.run())?,
            );
        }
        Ok(Running { hub, threads })
    }

    /// Publishes what a client or a backend of this node, or a node below it, has sent.
    ///
    /// # Errors
    /// It was not accepted, and nobody will get it; counted where that happens.
    pub fn publish(&self, publication: Publication, source: Source) -> Result<(), Refused> {
        self.0.engine.publish(self, Arc::new(publication), source)
    }

    /// Gives a publication its place on this node; for engines whose order is made here.
    ///
    /// # Errors
    /// [`Refused::Overloaded`], counted.
    pub fn sequence(&self, publication: Arc<Publication>) -> Result<(), Refused> {
        let placed = self.0.sequencer.publish(&publication, &self.0.inboxes);
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
        self.0.sequencer.deliver(&publication, &self.0.inboxes);
        self.counters().count(Counter::Published);
    }

    /// What is published to this topic from now on reaches this node: called by an engine that
    /// answered [`crate::Join::Later`].
    pub fn joined(&self, topic: Topic<'_>) {
        self.0.sequencer.joined(topic, &self.0.inboxes);
    }

    /// Gives a connection to the least loaded shard; false, and it is closed, when the node is full.
    pub fn adopt(&self, stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId) -> bool {
        let Some(shard) = self.least_loaded() else {
            self.counters().count(Counter::RefusedFull);
            return false;
        };
        self.0.loads[shard].fetch_add(1, Ordering::Relaxed);
        self.0.inboxes[shard].push(Message::Adopt { stream, peer, encoding });
        true
    }

    /// Calls the peer's `on_nudge` on its own thread, if it still lives.
    pub fn nudge(&self, peer: PeerId) {
        self.0.inboxes[usize::from(peer.shard)].push(Message::Nudge(peer));
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
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn encodings(&self) -> &Encodings {
        &self.0.encodings
    }

    pub(crate) fn engine(&self) -> &dyn Engine {
        &*self.0.engine
    }

    pub(crate) fn sequencer(&self) -> &Sequencer {
        &self.0.sequencer
    }

    pub(crate) fn inbox(&self, shard: usize) -> &Arc<Inbox> {
        &self.0.inboxes[shard]
    }

    pub(crate) fn connection_ended(&self, shard: usize) {
        self.0.loads[shard].fetch_sub(1, Ordering::Relaxed);
    }

    fn least_loaded(&self) -> Option<usize> {
        if self.connections() >= self.0.config.connections_max {
            return None;
        }
        (0..self.0.loads.len()).min_by_key(|&shard| self.0.loads[shard].load(Ordering::Relaxed))
    }
}

impl Running {
    /// The handle to these shards.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Stops: no more connections, what was published is written, every peer says farewell.
    /// Returns whether all had gone within `grace`; those that had not are cut.
    #[must_use]
    pub fn stop(self, grace: Duration) -> bool {
        let deadline = Instant::now() + grace;
        for inbox in &self.hub.0.inboxes {
            inbox.push(Message::Stop { deadline });
        }
        self.threads
            .into_iter()
            .map(JoinHandle::join)
            .all(|ended| ended.is_ok())
            && Instant::now() < deadline
    }
}
