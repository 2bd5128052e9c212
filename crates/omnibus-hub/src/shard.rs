//! How does one shard live?
//!
//! A thread with a plain event loop. One turn: read what has arrived and let peers answer, fan
//! out what waits in the inbox, wake whose moment has come, and then write to every dirty peer
//! once. Peers never wait for anything; what can't go on now is remembered and done later.

mod fanout;
mod hosting;
mod lifecycle;
mod moving;
mod reading;
mod subscribing;
mod timing;
mod writing;

use std::any::Any;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use mio::event::Event;
use mio::{Events, Poll, Token};
use omnibus_uring::Volley;
use slab::Slab;
use tracing::error;

use crate::connection::{Connection, Phase};
use crate::counters::Counter;
use crate::engine::Engine;
use crate::hub::Hub;
use crate::inbox::{Inbox, JoinNumber, Message};
use crate::index::ChannelIndex;
use crate::peer::{Context, Peer, PeerId};
use crate::prefixes::PrefixIndex;
use crate::publication::Publication;
use crate::shrink::Needed;
use crate::stats::Stats;
use crate::stream::{Accept, Listener};
use crate::turn::Turn;
use crate::wheel::{TICK, Wheel};

/// The token of the inbox's waker.
pub(crate) const WAKE: Token = Token(usize::MAX);

/// Events taken from the system in one turn.
const EVENTS_MAX: usize = 1_024;

/// Bytes read at once; whatever a peer can't use now is copied out of it.
const SCRATCH_BYTES: usize = 64 << 10;

/// How long a shard sleeps at most while it must not read: others have to catch up.
const PRESSED_PAUSE: Duration = Duration::from_millis(1);

/// Between two turns there is a tick as a rule; after more than this, the process was stopped or
/// one turn took very long, and peers could do nothing about it.
const AWAY: Duration = Duration::from_secs(1);

pub(crate) struct Shard {
    hub: Hub,
    engine: Arc<dyn Engine>,
    number: usize,
    inbox: Arc<Inbox>,
    poll: Poll,
    entrances: Vec<Entrance>,
    now: Instant,
    /// The last turn is so long ago that silence of a socket says nothing about its peer.
    was_away: bool,
    wheel: Wheel,
    connections: Slab<Connection>,
    generation: u32,
    channels: ChannelIndex,
    prefixes: PrefixIndex,
    /// Who waits for the bus to confirm a topic, by the topic's prefix.
    joining: HashMap<Box<[u8]>, Joining, RandomState>,
    stamp: u32,
    turn: Turn,
    /// Messages taken from the inbox and not yet done.
    pending: VecDeque<Message>,
    run: Vec<Arc<Publication>>,
    spans: Vec<Option<fanout::Encoded>>,
    /// Connections that have, or may have, something to be read; those that waited first come first.
    ready: VecDeque<u32>,
    /// Connections that were found to read too slowly.
    slow: Vec<u32>,
    /// Connections that want to close once all is written.
    closing: Vec<u32>,
    /// Connections of which as much was sent as their peers wanted to be told of.
    passed: Vec<u32>,
    /// Sockets that leave their peers.
    leaving: Vec<moving::Departure>,
    /// Connections to be taken out at the end of the turn.
    gone: Vec<u32>,
    /// Bytes that count as read because what was read has cost as much.
    charged: usize,
    read_scratch: Vec<u8>,
    write_scratch: Vec<u8>,
    /// Absent where the system has none.
    volley: Option<Volley>,
    /// What the sockets of those that are dirty took in one volley.
    taken: Vec<usize>,
    taken_needed: Needed,
    delivered: u64,
    stats: Stats,
    stopping: bool,
}

/// A listening socket, and what is made of those who come there.
struct Entrance {
    listener: Listener,
    accept: Accept,
    /// There may be more to accept, without another event.
    is_ready: bool,
    /// Nothing is accepted before this moment, for want of descriptors.
    pause_until: Option<Instant>,
}

struct Joining {
    number: JoinNumber,
    deadline: Instant,
    waiting: HashSet<PeerId, RandomState>,
}

impl Shard {
    pub(crate) fn new(
        hub: Hub,
        engine: Arc<dyn Engine>,
        number: usize,
        poll: Poll,
        listeners: Vec<(Listener, Accept)>,
    ) -> io::Result<Self> {
        let now = Instant::now();
        let encodings = hub.encodings().len();
        let stats = Stats::of(Arc::clone(hub.published(number)), now);
        let mut shard = Self {
            inbox: Arc::clone(hub.inbox(number)),
            hub,
            engine,
            number,
            poll,
            entrances: Vec::new(),
            now,
            was_away: false,
            wheel: Wheel::new(now),
            connections: Slab::new(),
            generation: 0,
            channels: ChannelIndex::default(),
            prefixes: PrefixIndex::default(),
            joining: HashMap::default(),
            stamp: 0,
            turn: Turn::new(encodings),
            pending: VecDeque::new(),
            run: Vec::new(),
            spans: Vec::new(),
            ready: VecDeque::new(),
            slow: Vec::new(),
            closing: Vec::new(),
            passed: Vec::new(),
            leaving: Vec::new(),
            gone: Vec::new(),
            charged: 0,
            read_scratch: vec![0; SCRATCH_BYTES],
            write_scratch: Vec::new(),
            volley: Volley::new().ok(),
            taken: Vec::new(),
            taken_needed: Needed::default(),
            delivered: 0,
            stats,
            stopping: false,
        };
        for (listener, accept) in listeners {
            shard.open(listener, accept)?;
        }
        Ok(shard)
    }

    /// Runs until it is told to stop and all peers are gone.
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS_MAX);
        loop {
            let timeout = self.timeout();
            if let Err(error) = self.poll.poll(&mut events, Some(timeout))
                && error.kind() != ErrorKind::Interrupted
            {
                error!(%error, shard = self.number, "the event loop failed; the shard ends");
                return;
            }
            self.inbox.wake_up();
            let before = std::mem::replace(&mut self.now, Instant::now());
            self.was_away = self.now - before > AWAY;
            for event in &events {
                self.on_event(event);
            }
            self.read_ready();
            self.move_sockets();
            self.take_messages();
            self.move_sockets();
            self.tick();
            self.flush();
            self.bury();
            self.end_turn();
            if self.is_finished() {
                return self.leave();
            }
        }
    }

    fn timeout(&self) -> Duration {
        if !self.pending.is_empty() || self.entrances.iter().any(|entrance| entrance.is_ready) {
            return Duration::ZERO;
        }
        if !self.ready.is_empty() {
            return if self.hub.is_pressed() {
                PRESSED_PAUSE
            } else {
                Duration::ZERO
            };
        }
        if self.inbox.fall_asleep() { TICK } else { Duration::ZERO }
    }

    /// Writes down how the shard does, so that others can read it.
    fn end_turn(&mut self) {
        let outboxes = self.connections.iter().map(|(_, connection)| connection.outbox_len());
        self.stats.turn_window(self.now, || outboxes.max().unwrap_or(0));
        self.stats.end_turn(self.now, self.channels.len());
    }

    fn on_event(&mut self, event: &Event) {
        let token = event.token().0;
        if let Some(entrance) = self.entrance_of(token) {
            return self.on_acceptable(entrance);
        }
        let Ok(key) = u32::try_from(token) else { return };
        if event.is_writable() {
            self.on_writable(key);
        }
        let has_hung_up = event.is_read_closed() || event.is_error();
        if has_hung_up && let Some(connection) = self.connections.get_mut(key as usize) {
            connection.has_hung_up = true;
        }
        if has_hung_up || event.is_readable() {
            self.make_ready(key);
        }
    }

    /// Does what waits in the inbox, as much as one turn may.
    fn take_messages(&mut self) {
        if self.pending.is_empty() {
            self.inbox.take(&mut self.pending);
        }
        let mut budget = fanout::Budget::of(self.hub.config());
        while !budget.is_spent() {
            let Some(message) = self.pending.pop_front() else {
                return;
            };
            match message {
                Message::Publication(publication) => self.fan_out_run(publication, &mut budget),
                Message::Adopt { stream, peer, encoding } => self.adopt(stream, peer, encoding),
                Message::Joined { prefix, number } => self.on_joined(&prefix, number),
                Message::Nudge(peer) => self.on_nudge(peer),
                Message::Tell(peer, told) => self.on_told(peer, told),
                Message::HandOver(handed_over) => self.on_handed_over(*handed_over),
                Message::Stop => self.stop(),
            }
        }
    }

    fn on_nudge(&mut self, peer: PeerId) {
        if self.is_alive(peer) {
            self.with_peer(peer.key, |peer, context| peer.on_nudge(context));
        }
    }

    fn on_told(&mut self, peer: PeerId, told: Box<dyn Any + Send>) {
        if self.is_alive(peer) {
            self.with_peer(peer.key, |peer, context| peer.on_told(told, context));
        }
    }

    fn is_alive(&self, peer: PeerId) -> bool {
        self.connections
            .get(peer.key as usize)
            .is_some_and(|connection| connection.generation == peer.generation && connection.phase == Phase::Open)
    }

    /// Calls the peer of a connection. A peer that panics loses its connection, and no other does.
    fn with_peer<T>(&mut self, key: u32, call: impl FnOnce(&mut dyn Peer, &mut Context<'_>) -> T) -> Option<T> {
        let mut peer = self.connections.get_mut(key as usize)?.peer.take()?;
        let mut context = Context::new(self, key);
        let outcome = catch_unwind(AssertUnwindSafe(|| call(&mut *peer, &mut context)));
        let replacement = context.into_replacement();
        let connection = &mut self.connections[key as usize];
        connection.peer = Some(replacement.unwrap_or(peer));
        // Whatever it was told may have been what it waited for.
        let is_held = connection.is_held();
        if is_held {
            self.make_ready(key);
        }
        if outcome.is_err() {
            error!(shard = self.number, "a peer panicked; its connection is closed");
            self.abandon(key);
        }
        outcome.ok()
    }

    fn count(&self, counter: Counter) {
        self.hub.counters_of(self.number).count(counter);
    }
}
