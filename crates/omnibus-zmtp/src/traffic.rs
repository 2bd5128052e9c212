//! What do messages and commands mean between two ends that are ready?

use std::time::Instant;

use crate::command::{self, Command, Ping};
use crate::config::Config;
use crate::encode::{encode_command, push_subscription_message};
use crate::error::Error;
use crate::event::Event;
use crate::gate::{Gate, GateStage};
use crate::heartbeat::Pulse;
use crate::message::Message;
use crate::peer::Peer;
use crate::reader::{Found, Reader, What};
use crate::socket_type::SocketType;

/// First byte of a subscription that is a message (RFC 23, "The Publish-Subscribe Pattern").
const SUBSCRIBE_PREFIX: u8 = 1;
const CANCEL_PREFIX: u8 = 0;

/// Everything that is known of a connection from READY on.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) ours: SocketType,
    pub(crate) peer: Peer,
    pub(crate) pulse: Pulse,
}

/// What was found, and what it is to the caller: an [`Event`] that borrows nothing yet.
#[derive(Debug)]
pub(crate) struct Meaning {
    kind: Kind,
    found: Found,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Message {
        frame_count: u32,
    },
    /// The topic lies behind so many bytes of the body.
    Subscribe {
        skip: usize,
    },
    Cancel {
        skip: usize,
    },
    /// The data lies behind so many bytes of the body, the name between it and the first byte.
    Command {
        skip: usize,
    },
}

/// Says how one step through the traffic ended.
#[derive(Debug)]
pub(crate) enum Step {
    /// The input is used up.
    Starved,
    /// A heartbeat was answered or noted; the caller need not know.
    Silent,
    /// Something is complete.
    Complete(Meaning),
}

impl Traffic {
    /// Takes the next message or command from `input[*at..]`.
    pub(crate) fn step(
        &mut self,
        reader: &mut Reader,
        (input, at): (&[u8], &mut usize),
        config: &Config,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<Step, Error> {
        let subscriber = self.peer.socket_type.is_subscriber();
        let gate = Gate {
            limits: &config.limits,
            stage: GateStage::Traffic { subscriber },
        };
        let Some(found) = reader.next(input, at, gate)? else {
            return Ok(Step::Starved);
        };
        let body = &reader.bytes(&found, input)[found.body.clone()];
        let kind = match (found.what, body.first()) {
            (What::Command, _) => {
                let command = Command::read(body)?;
                if command.name == command::PING {
                    self.pulse.on_ping(Ping::read(command.data)?, now, out);
                    if *at < input.len() {
                        // What follows the PING is the further traffic that its TTL asks for.
                        self.pulse.heard();
                    }
                    return Ok(Step::Silent);
                }
                match command_kind(command, subscriber, config)? {
                    Some(kind) => kind,
                    None => return Ok(Step::Silent),
                }
            }
            (What::Message { .. }, Some(&SUBSCRIBE_PREFIX)) if subscriber => Kind::Subscribe { skip: 1 },
            (What::Message { .. }, Some(&CANCEL_PREFIX)) if subscriber => Kind::Cancel { skip: 1 },
            (What::Message { frame_count }, _) => Kind::Message { frame_count },
        };
        Ok(Step::Complete(Meaning { kind, found }))
    }

    /// Appends a subscription in the form that the peer knows.
    pub(crate) fn push_subscribe(&self, topic: &[u8], out: &mut Vec<u8>) {
        if self.peer.knows_3_1_commands() {
            encode_command(command::SUBSCRIBE, topic, out);
        } else {
            push_subscription_message(SUBSCRIBE_PREFIX, topic, out);
        }
    }

    /// Appends the end of a subscription in the form that the peer knows.
    pub(crate) fn push_cancel(&self, topic: &[u8], out: &mut Vec<u8>) {
        if self.peer.knows_3_1_commands() {
            encode_command(command::CANCEL, topic, out);
        } else {
            push_subscription_message(CANCEL_PREFIX, topic, out);
        }
    }
}

impl Meaning {
    /// Turns it into an event that borrows from where it was found.
    pub(crate) fn into_event<'a>(self, reader: &'a Reader, input: &'a [u8]) -> Event<'a> {
        let bytes = reader.bytes(&self.found, input);
        let body = &bytes[self.found.body];
        match self.kind {
            Kind::Message { frame_count } => Event::Message(Message {
                first: body,
                rest: &bytes[self.found.rest],
                frame_count,
            }),
            Kind::Subscribe { skip } => Event::Subscribe(&body[skip..]),
            Kind::Cancel { skip } => Event::Cancel(&body[skip..]),
            Kind::Command { skip } => Event::Command {
                name: &body[1..skip],
                body: &body[skip..],
            },
        }
    }
}

/// Tells what a command other than PING is to the caller; `None` is nothing.
fn command_kind(command: Command<'_>, subscriber: bool, config: &Config) -> Result<Option<Kind>, Error> {
    let skip = 1 + command.name.len();
    match command.name {
        command::SUBSCRIBE | command::CANCEL if !subscriber => Err(command.unexpected("from a publisher")),
        command::SUBSCRIBE | command::CANCEL => {
            let (bytes, max) = (command.data.len(), config.limits.topic_bytes_max);
            if bytes > max {
                let bytes = bytes as u64;
                return Err(Error::TopicTooLong { bytes, max });
            }
            Ok(Some(if command.name == command::SUBSCRIBE {
                Kind::Subscribe { skip }
            } else {
                Kind::Cancel { skip }
            }))
        }
        // Its bytes were the sign of life; the context is ours to send and we send none.
        command::PONG => Ok(None),
        command::ERROR => Err(Error::Peer {
            reason: command::error_reason(command.data),
        }),
        command::READY => Err(command.unexpected("after READY")),
        _ => Ok(Some(Kind::Command { skip })),
    }
}
