//! What does a ZMTP connection make of a stream, and does it keep its promises on the way?

use std::time::{Duration, Instant};

use omnibus_zmtp::{Accepts, Config, Connection, Decoded, Error, Event, Heartbeat, Limits, Peer, SocketType};

use crate::pieces::Pieces;

/// Reading byte by byte is for short streams.
const SINGLE_BYTES_MAX: usize = 4096;
/// The longest header of a frame.
const HEADER_BYTES_MAX: usize = 9;
/// What a connection sends unasked: a greeting, a READY and an ERROR.
const UNASKED_BYTES_MAX: usize = 64 + 300 + 300;

/// Everything that decides what a stream means, beside the stream.
#[derive(Debug)]
pub struct Setting {
    /// Role, limits and heartbeat.
    pub config: Config,
    /// How many frames of a message are kept.
    pub keep_frames: u32,
}

/// What a peer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is ready.
    Ready,
    /// It sent a message.
    Message {
        /// The frames that were kept.
        frames: Vec<Vec<u8>>,
        /// How many arrived.
        frame_count: u32,
    },
    /// It subscribed.
    Subscribe(Vec<u8>),
    /// It took a subscription back.
    Cancel(Vec<u8>),
    /// It sent a command of its own making.
    Command(Vec<u8>, Vec<u8>),
}

/// How a stream was received.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// What the peer did.
    pub seen: Vec<Seen>,
    /// Why the connection ended, if it did.
    pub error: Option<Error>,
    /// What was sent to the peer.
    pub out: Vec<u8>,
    /// Who the peer is, and what we are to it, once it was ready.
    pub ready: Option<(Peer, SocketType)>,
}

impl Setting {
    /// Reads a byte of choices: who we are, how much may be sent, how many frames matter.
    pub fn of(choices: u8) -> Self {
        let mut config = match choices & 7 {
            0 | 1 => Config::listener(Accepts::everyone()),
            2 => Config::listener(Accepts::publishers()),
            3 => Config::listener(Accepts::subscribers()),
            4 => Config::connector(SocketType::Sub),
            5 => Config::connector(SocketType::XSub),
            6 => Config::connector(SocketType::Pub),
            _ => Config::connector(SocketType::XPub),
        };
        if choices & 8 == 0 {
            config.limits = Limits {
                message_bytes_max: 300,
                message_frames_max: 6,
                topic_bytes_max: 40,
                command_bytes_max: 100,
                handshake_bytes_max: 200,
                properties_max: 4,
                handshake_time_max: Duration::from_secs(10),
            };
        }
        if choices & 64 != 0 {
            config.heartbeat = Heartbeat::every(Duration::from_secs(5), Duration::from_secs(7));
        }
        assert_eq!(config.check(), Ok(()));
        Self {
            config,
            keep_frames: u32::from(choices >> 4 & 3) + 1,
        }
    }

    /// The most that a connection may hold: the frames of a message that are kept, what has come
    /// of one that is not, and a command between them.
    fn held_bytes_max(&self) -> usize {
        let limits = &self.config.limits;
        let headers = self.keep_frames as usize + 2;
        let command_bytes_max = limits.command_bytes_max.max(limits.handshake_bytes_max);
        limits.message_bytes_max + command_bytes_max + headers * HEADER_BYTES_MAX
    }
}

/// Receives a stream as a whole, and checks that other ways to cut it give the same.
pub fn receive_alike(setting: &Setting, stream: &[u8], pieces: Pieces<'_>) -> Received {
    let whole = receive(setting, stream, Pieces::WHOLE);
    assert_eq!(receive(setting, stream, pieces), whole);
    if stream.len() <= SINGLE_BYTES_MAX {
        assert_eq!(receive(setting, stream, Pieces::SINGLE), whole);
    }
    whole
}

/// Receives a stream in pieces while no time passes.
pub fn receive(setting: &Setting, stream: &[u8], pieces: Pieces<'_>) -> Received {
    let now = Instant::now();
    let mut receiver = Receiver::new(setting, now);
    for piece in pieces.cut(stream) {
        receiver.take(piece, now);
    }
    receiver.received
}

/// Receives a stream with a pause after each piece, ticking when the connection asks for it.
///
/// Checks that it never asks for a tick that it has just had or that does nothing, and that time
/// changes nothing but when it ends.
pub fn receive_slowly(setting: &Setting, stream: &[u8], pieces: Pieces<'_>, pause: Duration, untimed: &Received) {
    let mut now = Instant::now();
    let mut receiver = Receiver::new(setting, now);
    for piece in pieces.cut(stream) {
        receiver.take(piece, now);
        let next = now + pause;
        while let Some(deadline) = receiver.connection.next_deadline(&setting.config)
            && deadline <= next
        {
            // A peer's time to live of zero or a passed deadline is no reason to go back in time.
            now = now.max(deadline);
            receiver.tick_at_deadline(now);
        }
        now = next;
        let sent_bytes = receiver.received.out.len();
        receiver.tick(now);
        assert_eq!(
            receiver.received.out.len(),
            sent_bytes,
            "a tick before the deadline did something"
        );
    }
    assert!(untimed.seen.starts_with(&receiver.received.seen));
    let is_of_time = matches!(
        receiver.received.error,
        Some(Error::HandshakeTimeout { .. } | Error::PeerSilent { .. } | Error::PeerTtlExpired { .. })
    );
    if !is_of_time {
        assert_eq!(receiver.received.error, untimed.error);
        assert_eq!(receiver.received.seen, untimed.seen);
    }
}

/// A connection and what came of it.
struct Receiver<'a> {
    setting: &'a Setting,
    connection: Connection,
    taken_bytes: usize,
    pings_bytes: usize,
    received: Received,
}

impl<'a> Receiver<'a> {
    fn new(setting: &'a Setting, now: Instant) -> Self {
        let mut connection = Connection::new(&setting.config, now);
        let mut out = Vec::new();
        connection.start(&mut out);
        Self {
            setting,
            connection,
            taken_bytes: 0,
            pings_bytes: 0,
            received: Received {
                seen: Vec::new(),
                error: None,
                out,
                ready: None,
            },
        }
    }

    /// Decodes a piece to its end.
    fn take(&mut self, piece: &[u8], now: Instant) {
        if self.received.error.is_some() {
            return;
        }
        let config = &self.setting.config;
        let mut rest = piece;
        loop {
            let Decoded { consumed, event } = self.connection.decode(config, rest, now, &mut self.received.out);
            let event = event.map(|event| event.map(|event| own(event, self.setting)));
            self.taken_bytes += consumed;
            rest = &rest[consumed..];
            let sent_bytes_max = self.taken_bytes + self.pings_bytes + UNASKED_BYTES_MAX;
            assert!(self.received.out.len() <= sent_bytes_max);
            assert!(self.connection.held_bytes() <= self.setting.held_bytes_max());
            match event {
                Ok(Some(seen)) => self.note(seen),
                Ok(None) => {
                    assert_eq!(rest.len(), 0);
                    return;
                }
                Err(error) => {
                    self.end(error, now);
                    return;
                }
            }
        }
    }

    fn note(&mut self, seen: Seen) {
        assert_eq!(
            seen == Seen::Ready,
            self.received.seen.is_empty(),
            "READY comes once, and first"
        );
        if seen == Seen::Ready {
            self.connection.keep_frames(self.setting.keep_frames);
            let peer = self.connection.peer().expect("a peer that is ready is known");
            let ours = self.connection.socket_type().expect("a peer that is ready is known");
            assert!(ours.talks_to(peer.socket_type) && peer.minor <= 1);
            assert!(peer.properties.len() < self.setting.config.limits.properties_max);
            self.received.ready = Some((peer.clone(), ours));
        }
        if matches!(seen, Seen::Subscribe(_) | Seen::Cancel(_)) {
            let peer = self.connection.peer().expect("a peer that subscribes is known");
            assert!(peer.socket_type.is_subscriber());
        }
        self.received.seen.push(seen);
    }

    /// Checks that nothing is left of a connection that ended.
    fn end(&mut self, error: Error, now: Instant) {
        assert!(!error.to_string().chars().any(char::is_control));
        let config = &self.setting.config;
        let mut out = Vec::new();
        let again = self.connection.decode(config, b"x", now, &mut out);
        assert!(matches!(again.event, Err(Error::Closed)));
        assert_eq!(self.connection.held_bytes(), 0);
        assert!(out.is_empty() && self.connection.peer().is_none());
        assert_eq!(self.connection.next_deadline(config), None);
        self.received.error = Some(error);
    }

    fn tick(&mut self, now: Instant) {
        let config = &self.setting.config;
        let ticked = self.connection.on_tick(config, now, &mut self.received.out);
        match ticked {
            Ok(()) => {
                let deadline = self.connection.next_deadline(config);
                assert!(
                    deadline.is_none_or(|deadline| deadline > now),
                    "a tick would follow at once"
                );
            }
            Err(error) => self.end(error, now),
        }
    }

    /// Ticks when it is asked for, and checks that it was needed.
    fn tick_at_deadline(&mut self, now: Instant) {
        let sent_bytes = self.received.out.len();
        self.tick(now);
        let pinged_bytes = self.received.out.len() - sent_bytes;
        self.pings_bytes += pinged_bytes;
        assert!(
            pinged_bytes > 0 || self.received.error.is_some(),
            "a tick was asked for and did nothing"
        );
    }
}

/// Checks an event against the limits and copies it.
fn own(event: Event<'_>, setting: &Setting) -> Seen {
    let limits = &setting.config.limits;
    match event {
        Event::Ready => Seen::Ready,
        Event::Message(message) => {
            let frames: Vec<Vec<u8>> = message.frames().map(<[u8]>::to_vec).collect();
            let kept = message.frame_count().min(setting.keep_frames);
            assert_eq!(frames.len(), kept as usize);
            assert_eq!(frames[0], message.first());
            assert_eq!(frames.get(1).map(Vec::as_slice), message.second());
            assert!(message.frame_count() <= limits.message_frames_max);
            assert!(frames.concat().len() <= limits.message_bytes_max);
            Seen::Message {
                frames,
                frame_count: message.frame_count(),
            }
        }
        Event::Subscribe(topic) => {
            assert!(topic.len() <= limits.topic_bytes_max);
            Seen::Subscribe(topic.to_vec())
        }
        Event::Cancel(topic) => {
            assert!(topic.len() <= limits.topic_bytes_max);
            Seen::Cancel(topic.to_vec())
        }
        Event::Command { name, body } => {
            assert!((1..=255).contains(&name.len()) && name.iter().all(u8::is_ascii_graphic));
            assert!(name.len() + body.len() < limits.command_bytes_max);
            let of_the_rfc: [&[u8]; 6] = [b"READY", b"ERROR", b"SUBSCRIBE", b"CANCEL", b"PING", b"PONG"];
            assert!(!of_the_rfc.contains(&name));
            Seen::Command(name.to_vec(), body.to_vec())
        }
    }
}
