//! What does a client make of what comes?

use std::io;

use mio::event::Event;

use crate::bench::client::{Client, Role, State, Took};
use crate::bench::clock;
use crate::bench::decoder;
use crate::bench::figures::{Channels, count};
use crate::bench::frame::{self, Opcode};
use crate::bench::handshake::Answer;
use crate::bench::plan::Manner;

use super::joining::why;
use super::thread::{Phase, Swarm};

/// Reads of one client before others have their turn.
const READS_MAX: usize = 16;

/// What a report calls the end of a connection that no close frame went before.
const NO_CODE: &str = "1006";

/// What becomes of a client after what it was told.
#[derive(Debug, Default)]
enum Then {
    #[default]
    GoesOn,
    IsIn,
    IsRefused(&'static str),
    IsClosed(Option<u16>),
}

impl Swarm {
    /// Something has happened to a socket.
    pub(super) fn on_event(&mut self, token: usize, event: &Event) {
        let Some(client) = self.clients.get_mut(token) else {
            return;
        };
        if matches!(client.state, State::Connecting) {
            match client.is_connected() {
                Ok(true) => {
                    let request = &self.handshakes[usize::from(client.node)].request;
                    client.out.extend_from_slice(request);
                    client.state = State::Upgrading(Vec::new());
                }
                Ok(false) => return,
                Err(error) => return self.fail(token, &why(&error)),
            }
        }
        if event.is_writable() && !self.flush(token) {
            return;
        }
        if event.is_readable() || event.is_read_closed() {
            self.read(token, event.is_read_closed());
        }
    }

    /// Sends what waits; false if the client is gone.
    pub(super) fn flush(&mut self, token: usize) -> bool {
        let client = &mut self.clients[token];
        if client.out.is_empty() {
            return true;
        }
        match client.flush() {
            Ok(()) => true,
            Err(error) => {
                self.cut(token, &error);
                false
            }
        }
    }

    /// Reads what has come; `to_end` also looks for an end behind it.
    pub(super) fn read(&mut self, token: usize, to_end: bool) {
        for _ in 0..READS_MAX {
            let Some(client) = self.clients.get_mut(token) else {
                return;
            };
            if is_deaf(client) && !self.disturbing.reads_all {
                return;
            }
            match client.read(&mut self.scratch) {
                Ok(Took::Bytes(bytes)) => {
                    self.take(token, bytes);
                    if bytes < self.scratch.len() && !to_end {
                        return;
                    }
                }
                Ok(Took::Nothing) => return,
                Ok(Took::End) => return self.end_of(token),
                Err(error) => return self.cut(token, &error),
            }
        }
        self.unfinished.push(token);
    }

    /// Understands the first bytes of the scratch.
    pub(super) fn take(&mut self, token: usize, bytes: usize) {
        let client = &mut self.clients[token];
        let mut input = &self.scratch[..bytes];
        let rest;
        if let State::Upgrading(head) = &mut client.state {
            head.extend_from_slice(input);
            match self.handshakes[usize::from(client.node)].read(head) {
                Answer::Partial => return,
                Answer::Refused(reason) => return self.fail(token, &reason),
                Answer::Upgraded(length) => {
                    rest = head.split_off(length);
                    input = &rest;
                    Self::introduce(&self.plan, client);
                }
            }
        }
        let now = clock::now();
        let mut then = Then::default();
        let mut decoder = std::mem::take(&mut client.decoder);
        let (ledger, outstanding) = (&mut self.ledger, &mut self.disturbing.outstanding);
        let pushed = decoder.push(input, |event| match event {
            decoder::Event::Message { head, bytes } => match (&mut client.state, client.role) {
                (State::Joined, Role::Member(member)) => {
                    ledger.receive(member, usize::from(client.node), (head, bytes), now);
                }
                (State::Joining(left), _) => {
                    if let Some(next) = answered(head, left) {
                        if matches!(next, Then::IsIn) {
                            client.state = State::Joined;
                        }
                        then = next;
                    }
                }
                (State::Joined, Role::Mover) => moved(head, &mut ledger.figures.channels, outstanding),
                _ => {}
            },
            decoder::Event::Ping(payload) => frame::encode(Opcode::Pong, payload, frame::mask(), &mut client.out),
            decoder::Event::Pong => {}
            decoder::Event::Close(code) => then = Then::IsClosed(code),
        });
        client.decoder = decoder;
        if pushed.is_err() {
            return self.close(token, None, "broken_frame");
        }
        match then {
            Then::GoesOn => {}
            Then::IsIn => self.has_joined(token, now),
            Then::IsRefused(reason) => return self.fail(token, reason),
            Then::IsClosed(code) => {
                let payload = code.map(u16::to_be_bytes);
                frame::encode(
                    Opcode::Close,
                    payload.as_ref().map_or(&[], |code| code),
                    frame::mask(),
                    &mut client.out,
                );
                // Only a courtesy: the connection ends one way or the other.
                let _ = client.flush();
                return self.close(token, code, "closed");
            }
        }
        if self.clients.contains(token) {
            self.flush(token);
        }
    }

    /// The server has ended a connection.
    pub(super) fn end_of(&mut self, token: usize) {
        self.close(token, None, "cut");
    }

    /// A connection has failed.
    pub(super) fn cut(&mut self, token: usize, error: &io::Error) {
        self.close(token, None, &why(error));
    }

    /// A connection has ended; `what` says how, where the client was not in yet.
    fn close(&mut self, token: usize, code: Option<u16>, what: &str) {
        let client = &self.clients[token];
        let named = code.map_or_else(|| NO_CODE.to_owned(), |code| code.to_string());
        match (&client.state, client.role) {
            (State::Joined, Role::Member(member)) => {
                let node = usize::from(client.node);
                self.clients.remove(token);
                count(&mut self.ledger.group(member.manner, node).closed, named);
                self.ledger.leave(member);
                if let Some(publisher) = member.publisher {
                    self.publishers.left(&self.plan, member.room, publisher);
                }
            }
            (State::Leaving, _) => {
                self.clients.remove(token);
                self.visiting.is_gone();
            }
            (State::Joined, Role::Passenger { .. }) => {
                self.clients.remove(token);
                count(&mut self.ledger.figures.passengers.failed, format!("closed_{named}"));
                self.visiting.is_gone();
            }
            (State::Joined, Role::Mover) => {
                self.clients.remove(token);
                self.disturbing.mover = None;
                if !matches!(self.phase, Phase::Settling(_)) {
                    count(&mut self.ledger.figures.joining.failed, format!("closed_{named}"));
                }
            }
            _ => {
                let reason = code.map_or_else(|| what.to_owned(), |code| format!("closed_{code}"));
                self.fail(token, &reason);
            }
        }
    }
}

/// Whether a client does not read what comes by itself.
fn is_deaf(client: &Client) -> bool {
    matches!(client.role, Role::Member(member) if member.manner != Manner::Reads)
        && matches!(client.state, State::Joined)
}

/// What a message means to a client that waits for so many answers.
fn answered(message: &[u8], left: &mut u32) -> Option<Then> {
    let reason = if message.starts_with(b"!authenticate:") {
        "authentication_refused"
    } else if message.starts_with(b"!subscribe:") {
        "subscription_refused"
    } else {
        return None;
    };
    if !is_success(message) {
        return Some(Then::IsRefused(reason));
    }
    *left -= 1;
    (*left == 0).then_some(Then::IsIn)
}

fn moved(message: &[u8], channels: &mut Channels, outstanding: &mut u64) {
    let done = if message.starts_with(b"!subscribe:") {
        &mut channels.made
    } else if message.starts_with(b"!unsubscribe:") {
        &mut channels.left
    } else {
        return;
    };
    *outstanding = outstanding.saturating_sub(1);
    if is_success(message) {
        *done += 1;
    } else {
        channels.refused += 1;
    }
}

/// An answer is JSON, with the original's spaces or without.
fn is_success(answer: &[u8]) -> bool {
    [&br#""success": true"#[..], br#""success":true"#]
        .iter()
        .any(|part| memchr::memmem::find(answer, part).is_some())
}
