//! How is a bus spoken to as a ZeroMQ socket does?

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use omnibus_zmtp::{Config, Connection, Event, Heartbeat, SocketType, encode_command, encode_message};

use crate::deadline::{Awaited, Deadline};
use crate::error::{Error, is_timeout};
use crate::socket;
use crate::target::BusAddress;

/// The largest message that is taken: a node lets 16 MiB pass by default.
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;

/// How often a silent bus is asked for a sign of life, and how long one may take.
const HEARTBEAT: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(10));

/// The answer to a PING, without its context (RFC 37, "Connection Heartbeating").
const PONG: &[u8] = b"\x04PONG";

/// A connection to one address of a bus.
pub(crate) struct Bus {
    socket: TcpStream,
    target: String,
    config: Config,
    connection: Connection,
    input: Vec<u8>,
    /// Bytes of `input` that are taken.
    taken: usize,
}

/// What the bus did.
#[derive(Debug)]
pub(crate) enum Did {
    /// It is ready: the handshake is over.
    Ready,
    /// It sent a message; this is its first frame.
    Message(Vec<u8>),
    /// It wants what begins with this.
    Subscribe(Vec<u8>),
    /// Something that no one here asked for.
    Other,
}

impl Bus {
    /// Connects as this type of socket, and waits until both ends are ready.
    ///
    /// # Errors
    /// [`Error::Unreachable`] also if the address is the one for the other type of socket,
    /// [`Error::TimedOut`].
    pub(crate) fn connect(address: &BusAddress, socket_type: SocketType, deadline: Deadline) -> Result<Self, Error> {
        let socket = socket::connect(&address.text, &address.at, deadline)?;
        let mut config = Config::connector(socket_type);
        config.limits.message_bytes_max = MESSAGE_BYTES_MAX;
        config.heartbeat = Heartbeat::every(HEARTBEAT.0, HEARTBEAT.1);
        let connection = Connection::new(&config, Instant::now());
        let mut bus = Self {
            socket,
            target: address.text.clone(),
            config,
            connection,
            input: Vec::new(),
            taken: 0,
        };
        let mut greeting = Vec::new();
        bus.connection.start(&mut greeting);
        bus.write(&greeting, deadline, socket::CONNECTING)?;
        loop {
            match bus.next(deadline, socket::CONNECTING) {
                Ok(Did::Ready) => return Ok(bus),
                Ok(_) => {}
                // Whoever never was there was not lost.
                Err(Error::Lost { target, reason }) => {
                    let reason = format!("{reason} (publishers and subscribers may have an address each)");
                    return Err(Error::Unreachable { target, reason });
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks for what begins with `topic`.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::TimedOut`].
    pub(crate) fn subscribe(&mut self, topic: &[u8], deadline: Deadline, awaited: Awaited) -> Result<(), Error> {
        let mut out = Vec::new();
        self.connection.encode_subscribe(topic, &mut out);
        self.write(&out, deadline, awaited)
    }

    /// Sends a message of one frame.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::TimedOut`].
    pub(crate) fn send(&mut self, frame: &[u8], deadline: Deadline, awaited: Awaited) -> Result<(), Error> {
        let mut out = Vec::new();
        encode_message(&[frame], &mut out);
        self.write(&out, deadline, awaited)
    }

    /// Waits until the bus has read all that was sent: a peer of ZMTP 3.1 answers a PING behind
    /// it, an older one closes after the end that it reads.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::TimedOut`].
    pub(crate) fn confirm(mut self, deadline: Deadline, awaited: Awaited) -> Result<(), Error> {
        let pings = self
            .connection
            .peer()
            .is_some_and(omnibus_zmtp::Peer::knows_3_1_commands);
        let context = fastrand::u64(..).to_be_bytes();
        if pings {
            let mut out = Vec::new();
            encode_command(b"PING", &[&[0, 0][..], &context].concat(), &mut out);
            self.write(&out, deadline, awaited)?;
        } else {
            self.socket
                .shutdown(Shutdown::Write)
                .map_err(|error| self.lost(error.to_string()))?;
        }
        let answer = [PONG, &context].concat();
        // Subscriptions may come before the answer; nothing else does, so this stays small.
        let mut heard = self.input.split_off(self.taken);
        self.input.clear();
        loop {
            if memchr::memmem::find(&heard, &answer).is_some() {
                return Ok(());
            }
            let keep = heard.len().saturating_sub(answer.len());
            heard.drain(..keep);
            match self.read(deadline, awaited)? {
                0 if pings => return Err(self.lost("the bus closed it".to_owned())),
                0 => return Ok(()),
                _ => heard.append(&mut self.input),
            }
        }
    }

    /// Waits for what the bus does next.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::TimedOut`].
    pub(crate) fn next(&mut self, deadline: Deadline, awaited: Awaited) -> Result<Did, Error> {
        loop {
            let mut out = Vec::new();
            let decoded = self
                .connection
                .decode(&self.config, &self.input[self.taken..], Instant::now(), &mut out);
            self.taken += decoded.consumed;
            let did = decoded.event.map(|event| event.map(did));
            let written = self.write(&out, deadline, awaited);
            match did {
                Ok(Some(did)) => return written.map(|()| did),
                Ok(None) => written?,
                Err(error) => return Err(self.lost(error.to_string())),
            }
            self.input.clear();
            self.taken = 0;
            if self.read(deadline, awaited)? == 0 {
                return Err(self.lost("the bus closed it".to_owned()));
            }
        }
    }

    /// Appends what comes to the input; 0 is the end. Heartbeats go out meanwhile.
    fn read(&mut self, deadline: Deadline, awaited: Awaited) -> Result<usize, Error> {
        loop {
            let now = Instant::now();
            let mut out = Vec::new();
            let alive = self.connection.on_tick(&self.config, now, &mut out);
            alive.map_err(|error| self.lost(error.to_string()))?;
            self.write(&out, deadline, awaited)?;
            let tick = self.connection.next_deadline(&self.config);
            let tick = tick.map_or(HEARTBEAT.0, |at| at.saturating_duration_since(now));
            let left = deadline.left(awaited)?.unwrap_or(Duration::MAX);
            let wait = left.min(tick).max(Duration::from_millis(1));
            self.socket
                .set_read_timeout(Some(wait))
                .map_err(|error| self.lost(error.to_string()))?;

            let before = self.input.len();
            self.input.resize(before + READ_BYTES, 0);
            let read = self.socket.read(&mut self.input[before..]);
            self.input.truncate(before + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(bytes) => return Ok(bytes),
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.lost(error.to_string())),
            }
        }
    }

    fn write(&mut self, bytes: &[u8], deadline: Deadline, awaited: Awaited) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        let left = deadline.left(awaited)?;
        let written = self
            .socket
            .set_write_timeout(left)
            .and_then(|()| self.socket.write_all(bytes));
        written.map_err(|error| match is_timeout(&error) {
            true => deadline.timed_out(awaited),
            false => self.lost(error.to_string()),
        })
    }

    fn lost(&self, reason: String) -> Error {
        Error::Lost {
            target: self.target.clone(),
            reason,
        }
    }
}

fn did(event: Event<'_>) -> Did {
    match event {
        Event::Ready => Did::Ready,
        Event::Message(message) => Did::Message(message.first().to_vec()),
        Event::Subscribe(topic) => Did::Subscribe(topic.to_vec()),
        Event::Cancel(_) | Event::Command { .. } => Did::Other,
    }
}
