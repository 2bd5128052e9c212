//! What is one connection doing, and what does it say next?

use std::time::Instant;

use crate::command::Command;
use crate::config::Config;
use crate::encode::encode_error;
use crate::error::Error;
use crate::event::{Decoded, Event};
use crate::gate::{Gate, GateStage};
use crate::greeting::{Greeting, Progress};
use crate::handshake::{Handshake, Outcome};
use crate::heartbeat::Pulse;
use crate::peer::Peer;
use crate::reader::Reader;
use crate::socket_type::SocketType;
use crate::traffic::{Meaning, Step, Traffic};

/// Speaks ZMTP on one connection: takes the peer's bytes, says what they mean and what to send.
///
/// ```text
///  new ──▶ Greeting ──64 bytes──▶ Handshake ──READY──▶ Traffic
///             │                       │                   │
///             └───────────────────────┴─────any error─────┴──▶ Failed
/// ```
///
/// It is below 256 bytes and has nothing allocated while nothing is incomplete, except the
/// peer's properties if it announced any. All that a peer may send is bounded by
/// [`Limits`](crate::Limits).
#[derive(Debug)]
pub struct Connection {
    stage: Stage,
    reader: Reader,
    /// When the connection was made: its handshake is timed from here.
    since: Instant,
}

#[derive(Debug)]
enum Stage {
    Greeting(Greeting),
    Handshake(Shaking),
    Traffic(Traffic),
    Failed,
}

/// A connection between the greetings and READY.
#[derive(Debug)]
struct Shaking {
    handshake: Handshake,
    /// The minor version that is spoken with the peer.
    minor: u8,
}

/// Says what [`Connection::advance`] came to.
enum Advance {
    Ready,
    Complete(Meaning),
}

impl Connection {
    /// Makes a connection whose handshake is timed from `now`.
    pub fn new(config: &Config, now: Instant) -> Self {
        Self {
            stage: Stage::Greeting(Greeting::new(config.mechanism)),
            reader: Reader::new(),
            since: now,
        }
    }

    /// Appends our greeting, all 64 bytes; to be called once, before anything is decoded.
    ///
    /// libzmq withholds most of its own until it has seen the version in ours.
    pub fn start(&mut self, out: &mut Vec<u8>) {
        if let Stage::Greeting(greeting) = &self.stage {
            greeting.push_ours(out);
        }
    }

    /// Takes bytes from the front of `input` until one event is complete or the input is used up.
    ///
    /// What must be sent at once (READY, PONG, ERROR) is appended to `out`: no more bytes than
    /// were taken in, besides one READY or ERROR. To be called again with the rest until the
    /// event is `Ok(None)`: that call lets go of what the last event was borrowed from. A message
    /// that is whole in `input` is neither copied nor allocated for.
    ///
    /// After an error the peer may still be sent `out`; then the socket is to be closed.
    pub fn decode<'a>(&'a mut self, config: &Config, input: &'a [u8], now: Instant, out: &mut Vec<u8>) -> Decoded<'a> {
        if let Stage::Traffic(traffic) = &mut self.stage
            && traffic.peer.socket_type.is_publisher()
            && let Some((message, consumed)) = self.reader.whole_message(input, &config.limits)
        {
            traffic.pulse.heard();
            return Decoded {
                consumed,
                event: Ok(Some(Event::Message(message))),
            };
        }
        let mut consumed = 0;
        let event = match self.advance((input, &mut consumed), config, now, out) {
            Ok(None) => Ok(None),
            Ok(Some(Advance::Ready)) => Ok(Some(Event::Ready)),
            Ok(Some(Advance::Complete(meaning))) => Ok(Some(meaning.into_event(&self.reader, input))),
            Err(error) => {
                self.fail();
                Err(error)
            }
        };
        Decoded { consumed, event }
    }

    /// Does what the time demands: sends a PING, gives up a dead peer or a slow handshake.
    ///
    /// To be called after what has arrived was decoded: a caller that slept through a time-out
    /// would else give up a peer whose bytes are waiting.
    ///
    /// # Errors
    /// [`Error::HandshakeTimeout`], [`Error::PeerSilent`], [`Error::PeerTtlExpired`].
    pub fn on_tick(&mut self, config: &Config, now: Instant, out: &mut Vec<u8>) -> Result<(), Error> {
        let result = match &mut self.stage {
            Stage::Greeting(_) | Stage::Handshake(_) => {
                let max = config.limits.handshake_time_max;
                if now.saturating_duration_since(self.since) >= max {
                    Err(Error::HandshakeTimeout { max })
                } else {
                    Ok(())
                }
            }
            Stage::Traffic(traffic) => {
                let pings = traffic.peer.knows_3_1_commands();
                traffic.pulse.on_tick(&config.heartbeat, pings, now, out)
            }
            Stage::Failed => Ok(()),
        };
        if result.is_err() {
            self.fail();
        }
        result
    }

    /// Notes that the peer is still taking what was sent to it, as good a sign of life as an answer:
    /// a PING would stand behind all that, and so may an earlier one.
    ///
    /// For a caller that sees its socket progress, instead of [`Connection::on_tick`] or before it.
    pub fn on_progress(&mut self, now: Instant) {
        if let Stage::Traffic(traffic) = &mut self.stage {
            traffic.pulse.taking(now);
        }
    }

    /// Notes that something of the peer's may have come that the caller has not read yet: it can't be
    /// called silent.
    ///
    /// For a caller that reads nothing for a while, before [`Connection::on_tick`].
    pub fn on_unread(&mut self) {
        if let Stage::Traffic(traffic) = &mut self.stage {
            traffic.pulse.heard();
        }
    }

    /// Says when [`Connection::on_tick`] will have something to do; `None` if only the peer can
    /// change that. Bytes of the peer may move it in either direction: a caller asks again after
    /// each call, or ticks often enough anyway.
    pub fn next_deadline(&self, config: &Config) -> Option<Instant> {
        match &self.stage {
            Stage::Greeting(_) | Stage::Handshake(_) => self.since.checked_add(config.limits.handshake_time_max),
            Stage::Traffic(traffic) => traffic
                .pulse
                .next_deadline(&config.heartbeat, traffic.peer.knows_3_1_commands()),
            Stage::Failed => None,
        }
    }

    /// Says who the peer is, once the handshake is over.
    pub fn peer(&self) -> Option<&Peer> {
        self.traffic().map(|traffic| &traffic.peer)
    }

    /// Says what we are to this peer, once the handshake is over.
    pub fn socket_type(&self) -> Option<SocketType> {
        self.traffic().map(|traffic| traffic.ours)
    }

    /// Keeps so many frames of each message from the next one on; 1 is the default and the least.
    ///
    /// To be called at [`Event::Ready`], when the peer's properties say that it sends more than
    /// one frame that matters. Frames beyond are read, counted and dropped.
    pub fn keep_frames(&mut self, frames: u32) {
        self.reader.keep_frames(frames);
    }

    /// Counts the bytes of an unfinished message that this connection holds, for a caller that
    /// bounds them over many connections.
    pub fn held_bytes(&self) -> usize {
        self.reader.held_bytes()
    }

    /// Appends a subscription to `topic`: a command to a 3.1 peer, a message to a 3.0 peer.
    ///
    /// For a SUB or XSUB after [`Event::Ready`]; before it, nothing is appended.
    pub fn encode_subscribe(&self, topic: &[u8], out: &mut Vec<u8>) {
        if let Some(traffic) = self.traffic() {
            traffic.push_subscribe(topic, out);
        }
    }

    /// Appends the end of one subscription to `topic`, in the form that the peer knows.
    ///
    /// For a SUB or XSUB after [`Event::Ready`]; before it, nothing is appended.
    pub fn encode_cancel(&self, topic: &[u8], out: &mut Vec<u8>) {
        if let Some(traffic) = self.traffic() {
            traffic.push_cancel(topic, out);
        }
    }

    fn traffic(&self) -> Option<&Traffic> {
        match &self.stage {
            Stage::Traffic(traffic) => Some(traffic),
            Stage::Greeting(_) | Stage::Handshake(_) | Stage::Failed => None,
        }
    }

    /// Moves on until something is complete; keeps `at` behind the last byte taken.
    fn advance(
        &mut self,
        (input, at): (&[u8], &mut usize),
        config: &Config,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<Option<Advance>, Error> {
        if let Stage::Traffic(traffic) = &mut self.stage
            && !input.is_empty()
        {
            traffic.pulse.heard();
        }
        loop {
            match &mut self.stage {
                Stage::Traffic(traffic) => match traffic.step(&mut self.reader, (input, at), config, now, out)? {
                    Step::Starved => return Ok(None),
                    Step::Silent => {}
                    Step::Complete(meaning) => return Ok(Some(Advance::Complete(meaning))),
                },
                Stage::Greeting(greeting) => {
                    let (taken, progress) = greeting.take(&input[*at..])?;
                    *at += taken;
                    let Progress::Complete { minor } = progress else {
                        return Ok(None);
                    };
                    self.stage = Stage::Handshake(Shaking {
                        handshake: Handshake::begin(config, out),
                        minor,
                    });
                }
                Stage::Handshake(shaking) => {
                    let (ours, peer) = match shaking.step(&mut self.reader, (input, at), config, out)? {
                        None => return Ok(None),
                        Some(ready) => ready,
                    };
                    let pulse = Pulse::new(now);
                    self.stage = Stage::Traffic(Traffic { ours, peer, pulse });
                    return Ok(Some(Advance::Ready));
                }
                Stage::Failed => return Err(Error::Closed),
            }
        }
    }

    /// Ends the connection and lets go of all that it held.
    fn fail(&mut self) {
        self.stage = Stage::Failed;
        self.reader = Reader::new();
    }
}

impl Shaking {
    /// Takes commands from `input[*at..]` until both ends are ready: then gives our socket type
    /// and the peer. What is wrong is also said to the peer, in an ERROR.
    fn step(
        &mut self,
        reader: &mut Reader,
        (input, at): (&[u8], &mut usize),
        config: &Config,
        out: &mut Vec<u8>,
    ) -> Result<Option<(SocketType, Peer)>, Error> {
        let result = self.command(reader, (input, at), config, out);
        match &result {
            // The peer has given up and would not read an answer.
            Ok(_) | Err(Error::Peer { .. }) => {}
            Err(error) => encode_error(&error.to_string(), out),
        }
        result
    }

    fn command(
        &mut self,
        reader: &mut Reader,
        (input, at): (&[u8], &mut usize),
        config: &Config,
        out: &mut Vec<u8>,
    ) -> Result<Option<(SocketType, Peer)>, Error> {
        let gate = Gate {
            limits: &config.limits,
            stage: GateStage::Handshake,
        };
        let Some(found) = reader.next(input, at, gate)? else {
            return Ok(None);
        };
        let command = Command::read(&reader.bytes(&found, input)[found.body])?;
        let Outcome::Done {
            ours,
            peers,
            properties,
        } = self.handshake.on_command(command, config, out)?;
        let peer = Peer {
            minor: self.minor,
            socket_type: peers,
            properties,
        };
        Ok(Some((ours, peer)))
    }
}
