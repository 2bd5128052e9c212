//! How does a connection come, and how does it end?

use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use mio::{Interest, Token};
use tracing::{debug, error, warn};

use crate::connection::{Connection, Phase};
use crate::counters::Counter;
use crate::encoding::EncodingId;
use crate::inbox::Message;
use crate::peer::Peer;
use crate::shard_name::ShardName;
use crate::shrink;
use crate::stream::{Accept, Listener, Stream};
use crate::turn::Slot;

use super::{Entrance, Shard};

/// How long an entrance rests when the process has no descriptor left.
const DESCRIPTOR_PAUSE: Duration = Duration::from_millis(500);

impl Shard {
    pub(super) fn open(&mut self, mut listener: Listener, accept: Accept) -> io::Result<()> {
        self.poll
            .registry()
            .register(&mut listener, entrance_token(self.entrances.len()), Interest::READABLE)?;
        self.entrances.push(Entrance {
            listener,
            accept,
            is_ready: true,
            pause_until: None,
        });
        Ok(())
    }

    pub(super) fn entrance_of(&self, token: usize) -> Option<usize> {
        (0..self.entrances.len()).find(|&entrance| entrance_token(entrance).0 == token)
    }

    /// Connections wait at an entrance.
    pub(super) fn on_acceptable(&mut self, entrance: usize) {
        // While it rests, every newcomer would be one more failure, and one more line in the log.
        if self.entrances[entrance].pause_until.is_none() {
            self.entrances[entrance].is_ready = true;
            self.accept(entrance);
        }
    }

    /// Accepts what waits at an entrance, as much as one turn may.
    pub(super) fn accept(&mut self, entrance: usize) {
        for _ in 0..self.hub.config().turn_accepts_max {
            let Entrance {
                listener,
                accept,
                is_ready,
                pause_until,
            } = &mut self.entrances[entrance];
            if self.inbox.is_pressed() {
                return;
            }
            match listener.accept() {
                Ok((stream, address)) => {
                    let Ok((peer, encoding)) = catch_unwind(AssertUnwindSafe(|| accept(&stream, address))) else {
                        error!("what takes a listener's connections panicked; the connection is closed");
                        continue;
                    };
                    let is_taken = match self.hub.name_of(self.number) {
                        ShardName::Clients(_) => self.hub.adopt(stream, peer, encoding),
                        ShardName::Bus => self.hub.adopt_at(self.number, stream, peer, encoding),
                    };
                    if is_taken {
                        self.count(Counter::Accepted);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    *is_ready = false;
                    return;
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::Interrupted | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
                    ) => {}
                Err(error) => {
                    *is_ready = false;
                    *pause_until = Some(self.now + DESCRIPTOR_PAUSE);
                    self.count(Counter::AcceptFailed);
                    warn!(%error, connections = self.hub.connections(), "no connection can be accepted for the moment; raise the limit of open files");
                    return;
                }
            }
        }
    }

    /// Goes on at entrances that had more, or that have rested.
    pub(super) fn accept_again(&mut self) {
        for entrance in 0..self.entrances.len() {
            let Entrance {
                is_ready, pause_until, ..
            } = &mut self.entrances[entrance];
            if pause_until.is_some_and(|until| until <= self.now) {
                *pause_until = None;
                *is_ready = true;
            }
            if *is_ready {
                self.accept(entrance);
            }
        }
    }

    /// Takes a connection in.
    pub(super) fn adopt(&mut self, stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId) {
        let Some(key) = self.enter(stream, peer, encoding) else {
            return;
        };
        self.with_peer(key, |peer, context| peer.on_open(context));
        if self.stopping {
            self.say_stop(key);
        }
    }

    /// Makes an entry for a socket that is counted already; `None`, and it is closed, where it
    /// can't be watched.
    pub(super) fn enter(&mut self, stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId) -> Option<u32> {
        self.generation = self.generation.wrapping_add(1);
        let connection = Connection::new(stream, peer, encoding, self.generation);
        let key = u32::try_from(self.connections.insert(connection)).expect("a shard has fewer connections than this");
        self.watch(key).then_some(key)
    }

    /// Has the system tell what happens at a connection's socket; false, and it is ended, where it
    /// will not.
    pub(super) fn watch(&mut self, key: u32) -> bool {
        let Some(stream) = &mut self.connections[key as usize].stream else {
            return false;
        };
        let interests = Interest::READABLE | Interest::WRITABLE;
        let watched = self.poll.registry().register(stream, Token(key as usize), interests);
        if let Err(error) = &watched {
            debug!(%error, "a connection could not be watched");
            self.abandon(key);
        }
        watched.is_ok()
    }

    /// The system need not tell of this socket any more.
    pub(super) fn forget(&self, stream: &mut Stream) {
        // It fails only for a socket that was never registered, and then nothing is lost.
        let _never_registered = self.poll.registry().deregister(stream);
    }

    /// Closes once all is written.
    pub(super) fn begin_close(&mut self, key: u32) {
        if self.connections[key as usize].phase == Phase::Open {
            self.leave_open(key, Phase::Closing);
        }
    }

    /// The peer sends no more. It may still read: what waits is written.
    pub(super) fn end(&mut self, key: u32) {
        let connection = &self.connections[key as usize];
        if connection.outlives_socket && connection.phase == Phase::Open {
            return self.lose_socket(key);
        }
        if connection.dirty == Slot::CLEAN && connection.outbox_len() == 0 {
            return self.abandon(key);
        }
        match connection.phase {
            Phase::Open => self.leave_open(key, Phase::Ended),
            Phase::Closing => {
                self.connections[key as usize].phase = Phase::Ended;
                self.closing.push(key);
            }
            Phase::Ended | Phase::Gone => {}
        }
    }

    fn leave_open(&mut self, key: u32, phase: Phase) {
        let connection = &mut self.connections[key as usize];
        connection.phase = phase;
        drop(connection.take_held());
        if std::mem::take(&mut connection.is_parked) {
            drop(connection.take_outbox());
        }
        if connection.stream.is_none() {
            return self.abandon(key);
        }
        self.closing.push(key);
        self.limit_close(key);
        self.end_subscriptions(key);
    }

    /// Ends a connection with this turn.
    pub(super) fn abandon(&mut self, key: u32) {
        if let Some(connection) = self.connections.get_mut(key as usize)
            && connection.phase != Phase::Gone
        {
            connection.phase = Phase::Gone;
            self.gone.push(key);
        }
    }

    /// The time for farewells is over: ends every connection. What still waits goes to nobody, and
    /// so takes no time.
    pub(super) fn cut(&mut self) {
        self.stopping = true;
        self.entrances.clear();
        for key in self.keys() {
            self.abandon(key);
        }
    }

    /// Gives back what a message that is not carried out has taken.
    fn discard(&self, message: Message) {
        match message {
            Message::Publication(publication) => self.inbox.release(1, publication.frame().len()),
            Message::Adopt { .. } | Message::HandOver(_) => self.hub.connection_ended(self.number),
            Message::Joined { .. } | Message::Nudge(_) | Message::Tell(..) | Message::Stop => {}
        }
    }

    fn keys(&self) -> Vec<u32> {
        let key = |(key, _)| u32::try_from(key).expect("keys are 32 bits wide");
        self.connections.iter().map(key).collect()
    }

    /// Takes out those that have ended. Not before all is written: until then a key stands in the
    /// list of dirty peers, and must not be another's.
    pub(super) fn bury(&mut self) {
        while let Some(key) = self.gone.pop() {
            self.end_subscriptions(key);
            self.with_peer(key, |peer, context| peer.on_gone(context));
            let mut connection = self.connections.remove(key as usize);
            if let Some(mut stream) = connection.stream.take() {
                self.forget(&mut stream);
                self.count(Counter::Closed);
                if stream.is_shaking_hands() {
                    self.count(Counter::HandshakesFailed);
                }
            }
            self.hub.connection_ended(self.number);
            shrink::slab(&mut self.connections);
        }
    }

    /// Stops accepting, and lets every peer say farewell behind what was published before.
    pub(super) fn stop(&mut self) {
        self.entrances.clear();
        self.stopping = true;
        for key in self.keys() {
            self.say_stop(key);
        }
    }

    pub(super) fn say_stop(&mut self, key: u32) {
        if self.connections[key as usize].phase == Phase::Open {
            self.with_peer(key, |peer, context| peer.on_stop(context));
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.stopping && self.connections.is_empty() && self.pending.is_empty()
    }

    /// Nobody can reach this shard any more; what had come just before goes no further.
    pub(super) fn leave(&self) {
        self.inbox.close().into_iter().for_each(|message| self.discard(message));
    }
}

fn entrance_token(entrance: usize) -> Token {
    Token(super::WAKE.0 - 1 - entrance)
}
