//! How does a connection come, and how does it end?

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use mio::{Interest, Token};
use tracing::{debug, warn};

use crate::connection::{Connection, Phase};
use crate::counters::Counter;
use crate::encoding::EncodingId;
use crate::peer::Peer;
use crate::stream::{Accept, Listener, Stream};

use super::{Door, Shard};

/// How long a listener rests when the process has no descriptor left.
const DESCRIPTOR_PAUSE: Duration = Duration::from_millis(500);

impl Shard {
    pub(super) fn open(&mut self, mut listener: Listener, accept: Accept) -> io::Result<()> {
        self.poll
            .registry()
            .register(&mut listener, door_token(self.listeners.len()), Interest::READABLE)?;
        self.listeners.push(Door {
            listener,
            accept,
            is_ready: true,
            pause_until: None,
        });
        Ok(())
    }

    pub(super) fn door_of(&self, token: usize) -> Option<usize> {
        (0..self.listeners.len()).find(|&door| door_token(door).0 == token)
    }

    /// Accepts what waits at a listener, as much as one turn may.
    pub(super) fn accept(&mut self, door: usize) {
        for _ in 0..self.hub.config().turn_accepts_max {
            let Door {
                listener,
                accept,
                is_ready,
                pause_until,
            } = &mut self.listeners[door];
            if self.inbox.is_pressed() {
                return;
            }
            match listener.accept() {
                Ok(stream) => {
                    let (peer, encoding) = accept(&stream);
                    self.hub.counters().count(Counter::Accepted);
                    self.hub.adopt(stream, peer, encoding);
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

    /// Goes on at listeners that had more, or that have rested.
    pub(super) fn accept_again(&mut self) {
        for door in 0..self.listeners.len() {
            if self.listeners[door].pause_until.is_some_and(|until| until <= self.now) {
                self.listeners[door].pause_until = None;
                self.listeners[door].is_ready = true;
            }
            if self.listeners[door].is_ready {
                self.accept(door);
            }
        }
    }

    /// Takes a connection in.
    pub(super) fn adopt(&mut self, stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId) {
        self.generation = self.generation.wrapping_add(1);
        let entry = self.connections.vacant_entry();
        let key = u32::try_from(entry.key()).expect("a shard has fewer connections than this");
        let connection = entry.insert(Connection::new(stream, peer, encoding, self.generation));
        if let Err(error) = self.poll.registry().register(
            &mut connection.stream,
            Token(key as usize),
            Interest::READABLE | Interest::WRITABLE,
        ) {
            debug!(%error, "a connection could not be watched");
            return self.abandon(key);
        }
        self.with_peer(key, |peer, context| peer.on_open(context));
        if self.stopping.is_some() {
            self.with_peer(key, |peer, context| peer.on_stop(context));
        }
    }

    /// Closes once all is written.
    pub(super) fn begin_close(&mut self, key: u32) {
        let connection = &mut self.connections[key as usize];
        if connection.phase == Phase::Open {
            connection.phase = Phase::Closing;
            self.closing.push(key);
            self.watch_close(key);
            self.end_subscriptions(key);
        }
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

    pub(super) fn abandon_all(&mut self) {
        let keys: Vec<usize> = self.connections.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.abandon(u32::try_from(key).expect("keys are 32 bits wide"));
        }
    }

    /// Takes out those that have ended. Not before all is written: until then a key stands in the
    /// list of dirty peers, and must not be another's.
    pub(super) fn bury(&mut self) {
        while let Some(key) = self.gone.pop() {
            self.end_subscriptions(key);
            self.with_peer(key, |peer, context| peer.on_gone(context));
            let mut connection = self.connections.remove(key as usize);
            // It fails only for a socket that was never registered, and then nothing is lost.
            let _never_registered = self.poll.registry().deregister(&mut connection.stream);
            self.hub.connection_ended(self.number);
            self.count(Counter::Closed);
        }
    }

    /// Stops accepting, and lets every peer say farewell behind what was published before.
    pub(super) fn stop(&mut self, deadline: Instant) {
        self.listeners.clear();
        self.stopping = Some(deadline);
        let keys: Vec<usize> = self.connections.iter().map(|(key, _)| key).collect();
        for key in keys {
            let key = u32::try_from(key).expect("keys are 32 bits wide");
            if self.connections[key as usize].phase == Phase::Open {
                self.with_peer(key, |peer, context| peer.on_stop(context));
            }
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.stopping.is_some() && self.connections.is_empty() && self.pending.is_empty()
    }
}

fn door_token(door: usize) -> Token {
    Token(super::WAKE.0 - 1 - door)
}
