//! How does a socket move from one peer to another?
//!
//! A peer may outlive its sockets: then it is a connection without one for a while, and what is
//! sent to it is *parked* in its outbox. Whatever was said to a socket before it leaves is written
//! or goes with it, so that nothing of one peer's reaches the socket of another.

use std::any::Any;

use crate::connection::{Arena, Phase};
use crate::counters::Counter;
use crate::encoding::EncodingId;
use crate::inbox::{HandedOver, Socket};
use crate::outbox::Outbox;
use crate::peer::{Host, Peer, PeerId, SocketEvent};
use crate::stream::Stream;

use super::Shard;

/// A socket that has left its peer; it moves once the peer's call is over, and the rest of the
/// input is known.
pub(super) struct Departure {
    from: PeerId,
    stream: Stream,
    outbox: Option<Box<Outbox>>,
    to: Destination,
}

enum Destination {
    /// A peer of its own, on this shard.
    New(Box<dyn Peer>, EncodingId),
    /// Another peer, wherever it is.
    Other(PeerId, Box<dyn Any + Send>),
}

impl Shard {
    /// What is sent to this peer waits from now on.
    pub(super) fn begin_parking(&mut self, key: u32, encoding: EncodingId) {
        if !self.connections[key as usize].is_parked {
            self.settle(key);
            let connection = &mut self.connections[key as usize];
            connection.is_parked = true;
            connection.stall_tick = 0;
        }
        self.set_encoding(key, encoding);
    }

    /// What is sent to this peer goes to its socket from now on; returns what has waited.
    pub(super) fn end_parking(&mut self, key: u32, encoding: EncodingId) -> Vec<u8> {
        let connection = &mut self.connections[key as usize];
        let mut waited = Vec::new();
        if std::mem::take(&mut connection.is_parked) {
            if let Some(outbox) = connection.take_outbox() {
                outbox.append_to(&mut waited);
            }
            if let Some(dirty) = self.turn.withdraw(&mut connection.dirty) {
                let arena = self.turn.arena(connection.encoding);
                for span in dirty.spans() {
                    waited.extend_from_slice(&arena[span.start..span.end]);
                }
            }
        }
        self.set_encoding(key, encoding);
        waited
    }

    /// Writes now what this turn has said to a socket; what it does not take waits for it.
    fn settle(&mut self, key: u32) {
        let connection = &mut self.connections[key as usize];
        let Some(dirty) = self.turn.withdraw(&mut connection.dirty) else {
            return;
        };
        let place = self.turn.arena(connection.encoding);
        let mut arena = Arena::Owned(std::mem::take(place));
        // A socket that fails says so when it is read the next time.
        let written = connection.write(&dirty, arena.as_slice(), 0, &mut self.write_scratch);
        let written = written.unwrap_or(dirty.len());
        self.stats.sent_bytes += written as u64;
        if written < dirty.len() {
            connection.queue(&dirty, &mut arena, written, self.stats.waiting());
        }
        // Others have spans in it.
        *place = match arena {
            Arena::Owned(bytes) => bytes,
            Arena::Frozen(bytes) => bytes.to_vec(),
        };
    }

    /// Takes a peer's socket away, with what it has not taken yet.
    fn take_socket(&mut self, key: u32) -> Option<(Stream, Option<Box<Outbox>>)> {
        if self.connections[key as usize].phase != Phase::Open {
            return None;
        }
        if !self.connections[key as usize].is_parked {
            self.settle(key);
        }
        let connection = &mut self.connections[key as usize];
        let mut stream = connection.stream.take()?;
        let outbox = if connection.is_parked {
            None
        } else {
            connection.take_outbox()
        };
        connection.stall_tick = 0;
        connection.mark = 0;
        self.forget(&mut stream);
        Some((stream, outbox))
    }

    /// A peer that lives on gives its socket to a new one.
    pub(super) fn part_from_socket(&mut self, key: u32, peer: Box<dyn Peer>, parked: EncodingId) {
        let taken = self.take_socket(key);
        self.connections[key as usize].is_parked = true;
        self.set_encoding(key, parked);
        if let Some((stream, outbox)) = taken {
            self.leaving.push(Departure {
                from: self.peer_id(key),
                stream,
                outbox,
                to: Destination::New(peer, parked),
            });
        }
    }

    /// A peer gives its socket to another, and goes along.
    pub(super) fn give_away(&mut self, key: u32, to: PeerId, request: Box<dyn Any + Send>) {
        if let Some((stream, outbox)) = self.take_socket(key) {
            self.leaving.push(Departure {
                from: self.peer_id(key),
                stream,
                outbox,
                to: Destination::Other(to, request),
            });
        }
    }

    /// Takes every socket that has left its peer to where it goes.
    pub(super) fn move_sockets(&mut self) {
        for departure in std::mem::take(&mut self.leaving) {
            let Departure {
                from,
                stream,
                outbox,
                to,
            } = departure;
            // A peer that panicked in the call takes its socket with it.
            let held = match self.is_alive(from) {
                true => self.connections[from.key as usize].take_held(),
                false => {
                    self.count(Counter::Closed);
                    continue;
                }
            };
            let socket = Socket { stream, outbox, held };
            match to {
                Destination::New(peer, encoding) => self.begin(socket, peer, encoding),
                Destination::Other(to, request) => self.send_away(from.key, socket, to, request),
            }
        }
    }

    /// A new peer goes on with a socket.
    fn begin(&mut self, socket: Socket, peer: Box<dyn Peer>, encoding: EncodingId) {
        if !self.hub.has_room(self.number) {
            self.count(Counter::RefusedFull);
            return self.count(Counter::Closed);
        }
        self.hub.connection_began(self.number);
        if let Some(key) = self.settle_in(socket, peer, encoding) {
            self.with_peer(key, |peer, context| peer.on_open(context));
            if self.stopping {
                self.say_stop(key);
            }
        }
    }

    /// Makes an entry for a socket that has moved, and is counted; what came from it is read again.
    fn settle_in(&mut self, socket: Socket, peer: Box<dyn Peer>, encoding: EncodingId) -> Option<u32> {
        let key = self.enter(socket.stream, peer, encoding)?;
        let is_waiting = socket.outbox.is_some();
        self.connections[key as usize].restore(socket.outbox, socket.held, self.stats.waiting());
        if is_waiting {
            self.watch_stall(key);
        }
        self.make_ready(key);
        Some(key)
    }

    fn send_away(&mut self, key: u32, socket: Socket, to: PeerId, request: Box<dyn Any + Send>) {
        self.end_subscriptions(key);
        let connection = self.connections.remove(key as usize);
        self.hub.connection_ended(self.number);
        let Some(from) = connection.peer else {
            return self.count(Counter::Closed);
        };
        let handed_over = HandedOver {
            to,
            socket,
            from,
            encoding: connection.encoding,
            request,
        };
        if !self.hub.hand_over(handed_over) {
            self.count(Counter::Closed);
        }
    }

    /// A socket has come for one of this shard's peers, which takes it if it has none.
    pub(super) fn on_handed_over(&mut self, handed_over: HandedOver) {
        let HandedOver {
            to,
            socket,
            from,
            encoding,
            request,
        } = handed_over;
        let place = self.connections.get(to.key as usize).filter(|_| self.is_alive(to));
        let event = match place {
            // What the socket still has to take would come behind what the peer says to it.
            Some(place) if place.outlives_socket && place.stream.is_none() && socket.outbox.is_none() => {
                return self.attach(to.key, socket, request);
            }
            Some(place) if place.outlives_socket => SocketEvent::Refused(request),
            _ => SocketEvent::Unknown(request),
        };
        if let Some(key) = self.settle_in(socket, from, encoding) {
            self.tell_of_socket(key, event);
            if self.stopping {
                self.say_stop(key);
            }
        }
    }

    fn attach(&mut self, key: u32, socket: Socket, request: Box<dyn Any + Send>) {
        // One entry is enough for both.
        self.hub.connection_ended(self.number);
        let connection = &mut self.connections[key as usize];
        connection.stream = Some(socket.stream);
        connection.has_hung_up = false;
        connection.hold_back(socket.held);
        if self.watch(key) {
            self.tell_of_socket(key, SocketEvent::Attached(request));
            self.make_ready(key);
        }
    }

    /// A connection's socket has failed; its peer may live on.
    pub(super) fn fail(&mut self, key: u32) {
        let connection = &self.connections[key as usize];
        if connection.outlives_socket && connection.phase == Phase::Open {
            self.lose_socket(key);
        } else {
            self.abandon(key);
        }
    }

    /// The socket of a peer that lives on has ended.
    pub(super) fn lose_socket(&mut self, key: u32) {
        let connection = &mut self.connections[key as usize];
        let Some(mut stream) = connection.stream.take() else {
            return;
        };
        drop(connection.take_held());
        connection.stall_tick = 0;
        connection.mark = 0;
        if !connection.is_parked {
            // It was meant for this socket.
            drop(connection.take_outbox());
            drop(self.turn.withdraw(&mut connection.dirty));
        }
        self.forget(&mut stream);
        self.count(Counter::Closed);
        self.tell_of_socket(key, SocketEvent::Lost);
    }

    pub(super) fn tell_of_socket(&mut self, key: u32, event: SocketEvent) {
        let connection = self.connections.get(key as usize);
        if connection.is_some_and(|connection| connection.phase == Phase::Open) {
            self.with_peer(key, |peer, context| peer.on_socket(event, context));
        }
    }
}
