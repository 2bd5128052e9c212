//! How do the tests drive one end of a connection?

use std::time::{Duration, Instant};

use omnibus_zmtp::{Accepts, Config, Connection, Error, Event, SocketType};

/// An event with bytes of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Ready,
    Message { frames: Vec<Vec<u8>>, count: u32 },
    Subscribe(Vec<u8>),
    Cancel(Vec<u8>),
    Command(Vec<u8>, Vec<u8>),
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Ready => Self::Ready,
            Event::Message(message) => Self::Message {
                frames: message.frames().map(<[u8]>::to_vec).collect(),
                count: message.frame_count(),
            },
            Event::Subscribe(topic) => Self::Subscribe(topic.to_vec()),
            Event::Cancel(topic) => Self::Cancel(topic.to_vec()),
            Event::Command { name, body } => Self::Command(name.to_vec(), body.to_vec()),
        }
    }
}

/// A message of one frame.
pub(crate) fn message(frame: &[u8]) -> Seen {
    Seen::Message {
        frames: vec![frame.to_vec()],
        count: 1,
    }
}

/// One end: its connection, its clock, what it has seen and what it wants to send.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) config: Config,
    pub(crate) connection: Connection,
    pub(crate) now: Instant,
    pub(crate) out: Vec<u8>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) error: Option<Error>,
    /// Frames to keep from READY on.
    pub(crate) keep: u32,
}

impl End {
    pub(crate) fn new(config: Config, now: Instant) -> Self {
        assert_eq!(config.check(), Ok(()));
        let mut connection = Connection::new(&config, now);
        let mut out = Vec::new();
        connection.start(&mut out);
        Self {
            config,
            connection,
            now,
            out,
            seen: Vec::new(),
            error: None,
            keep: 1,
        }
    }

    /// A hub: serves publishers as SUB and subscribers as XPUB.
    pub(crate) fn hub() -> Self {
        Self::new(Config::listener(Accepts::everyone()), Instant::now())
    }

    pub(crate) fn connector(socket_type: SocketType) -> Self {
        Self::new(Config::connector(socket_type), Instant::now())
    }

    /// A hub that is ready with a peer of this minor version and type; nothing seen, nothing to send.
    pub(crate) fn hub_with(minor: u8, peer: &str) -> Self {
        Self::hub().readied(minor, peer)
    }

    pub(crate) fn readied(mut self, minor: u8, peer: &str) -> Self {
        self.feed(&opening(minor, peer));
        assert_eq!((&self.seen[..], &self.error), (&[Seen::Ready][..], &None));
        self.seen.clear();
        self.out.clear();
        self
    }

    /// Takes one piece of the stream, to its end or to an error.
    pub(crate) fn feed(&mut self, mut input: &[u8]) {
        while self.error.is_none() {
            let out = &mut self.out;
            let decoded = self.connection.decode(&self.config, input, self.now, out);
            assert!(decoded.consumed <= input.len());
            input = &input[decoded.consumed..];
            match decoded.event {
                Ok(Some(event)) => {
                    let seen = Seen::from(event);
                    if seen == Seen::Ready {
                        self.connection.keep_frames(self.keep);
                    }
                    self.seen.push(seen);
                }
                Ok(None) => {
                    assert_eq!(input, b"", "nothing more was found in this");
                    return;
                }
                Err(error) => self.error = Some(error),
            }
        }
    }

    pub(crate) fn advance(&mut self, time: Duration) {
        self.now += time;
    }

    pub(crate) fn tick(&mut self) {
        let result = self.connection.on_tick(&self.config, self.now, &mut self.out);
        if let Err(error) = result {
            self.error = Some(error);
        }
    }

    /// Takes what there is to send.
    pub(crate) fn sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub(crate) fn seen(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.seen)
    }
}

/// The greeting of a NULL peer of ZMTP 3.`minor`.
pub(crate) fn greeting(minor: u8) -> Vec<u8> {
    let mut bytes = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03".to_vec();
    bytes.push(minor);
    bytes.extend_from_slice(b"NULL");
    bytes.resize(64, 0);
    bytes
}

/// A READY as libzmq writes it: Socket-Type only.
pub(crate) fn ready(socket_type: &str) -> Vec<u8> {
    let mut data = b"\x05READY\x0bSocket-Type\0\0\0".to_vec();
    data.push(socket_type.len() as u8);
    data.extend_from_slice(socket_type.as_bytes());
    let mut bytes = vec![4, data.len() as u8];
    bytes.extend_from_slice(&data);
    bytes
}

/// Greeting and READY.
pub(crate) fn opening(minor: u8, socket_type: &str) -> Vec<u8> {
    [greeting(minor), ready(socket_type)].concat()
}
