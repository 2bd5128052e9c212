//! What does it cost to bring publications to those who want them?
//!
//! A whole shard with real sockets, driven from inside: the [`Driver`] is a peer that publishes
//! some messages and asks to be called again, so that each turn of the shard fans out what the last
//! one published. No other thread has a part in it, and no clock.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use mio::net::TcpListener;
use omnibus_hub::{
    Accept, Config, Context, Encode, EncodingId, Encodings, Engine, Listener, Overflow, Peer, Publication, Source,
    Standalone, Stream, Topic, start,
};
use omnibus_websocket::{Opcode, encode_frame_header};

use crate::reader::{READY, Reader};

/// The channel of all publications that go to many.
pub(crate) const CHANNEL: &[u8] = b"bench";

/// Bytes of a publication behind its channel.
const BODY_BYTES: usize = 128;

/// Bytes that a subscriber is sent before the reader has to have read them: less than the system's
/// smallest buffers hold, so that no socket is ever full.
const WINDOW_BYTES_MAX: usize = 32 << 10;

/// Turns between two such moments at most, and with many subscribers: there a turn is long.
const WINDOW_TURNS_MAX: usize = 40;
const WINDOW_SENDS_MAX: usize = 10_000;

/// How long a run may take, under callgrind and on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(600);

/// Channels, and prefixes, that a subscriber has where it is found among many.
const NAMES: usize = 1_000;

/// Who subscribes to what, and what is published.
pub(crate) struct Scenario {
    subscribers: usize,
    /// What each of them subscribes to, as ZeroMQ prefixes.
    topics: Vec<Vec<u8>>,
    /// What is published in turn; all of one length.
    frames: Vec<Vec<u8>>,
    /// Publications that a turn fans out.
    at_once: usize,
    /// Whether every publication goes to every subscriber, or none to any.
    is_wanted: bool,
}

/// One channel with so many subscribers.
pub(crate) fn to(subscribers: usize, at_once: usize) -> Scenario {
    Scenario {
        subscribers,
        topics: vec![[CHANNEL, b":"].concat()],
        frames: vec![frame(CHANNEL)],
        at_once,
        is_wanted: true,
    }
}

/// One subscriber of many channels and prefixes, who wants each publication for its channel.
pub(crate) fn exact() -> Scenario {
    one_among_many("room", true)
}

/// The same, who wants each for a prefix.
pub(crate) fn prefix() -> Scenario {
    one_among_many("user", true)
}

/// The same, who wants none.
pub(crate) fn none() -> Scenario {
    one_among_many("none", false)
}

fn one_among_many(kind: &str, is_wanted: bool) -> Scenario {
    let channels = (0..NAMES).map(|number| format!("room-{number:04}:"));
    // The prefixes have five lengths, of which each is looked for in every publication.
    let prefixes = (0..NAMES).map(|number| format!("user-{number:04}{}", &"/all"[..number % 5]));
    let names = (0..NAMES).map(|number| format!("{kind}-{number:04}/all"));
    let names = names.map(|name| if kind == "room" { name[..9].to_owned() } else { name });
    Scenario {
        subscribers: 1,
        topics: channels.chain(prefixes).map(String::into_bytes).collect(),
        frames: names.map(|name| frame(name.as_bytes())).collect(),
        at_once: 16,
        is_wanted,
    }
}

/// What is published to a channel.
pub(crate) fn frame(channel: &[u8]) -> Vec<u8> {
    [channel, b":", &[b'x'; BODY_BYTES]].concat()
}

/// Fans out as many windows of publications, and returns how many publications that were.
pub(crate) fn walk(scenario: Scenario, windows: u64) -> io::Result<u64> {
    let mut encodings = Encodings::default();
    let text = encodings.register(Text);
    let sent_bytes = sent_bytes(&scenario.frames[0]);
    let turns = (WINDOW_BYTES_MAX / (sent_bytes * scenario.at_once))
        .min(WINDOW_TURNS_MAX)
        .min(WINDOW_SENDS_MAX / scenario.subscribers);
    let publications = turns * scenario.at_once;
    let (said, heard) = channel();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let reader = Reader {
        address: listener.local_addr()?,
        subscribers: scenario.subscribers,
        window_bytes: publications * sent_bytes * scenario.subscribers,
    };
    let course = Course { windows, turns, said };
    let accept = accept(Arc::new(scenario), course, text);
    let config = Config {
        shards: 1,
        ..Config::default()
    };
    let engine: Arc<dyn Engine> = Arc::new(Standalone);
    let _running = start(
        config,
        encodings,
        &engine,
        vec![(Listener::Tcp(listener), accept)],
        Vec::new(),
    )?;
    let mut reader = reader.start()?;
    let outcome = heard.recv_timeout(PATIENCE).map_err(io::Error::other);
    // The driver sleeps for good, and its shard with it, so that nobody counts how the reader leaves.
    reader.kill()?;
    reader.wait()?;
    outcome?;
    Ok(windows * publications as u64)
}

/// The bytes that a subscriber is sent for a publication.
fn sent_bytes(frame: &[u8]) -> usize {
    let mut out = Vec::new();
    Text.encode(&Publication::new(frame.into()), &mut out);
    out.len()
}

/// How long the driver goes on.
struct Course {
    windows: u64,
    /// Turns in each.
    turns: usize,
    /// Told at the end.
    said: Sender<()>,
}

/// Takes the subscribers in, and the driver behind them.
fn accept(scenario: Arc<Scenario>, course: Course, text: EncodingId) -> Accept {
    let mut missing = scenario.subscribers;
    let mut course = Some(course);
    Box::new(move |_: &Stream, _address| {
        let scenario = Arc::clone(&scenario);
        let peer: Box<dyn Peer> = if missing > 0 {
            missing -= 1;
            Box::new(Subscriber { scenario })
        } else {
            let course = course
                .take()
                .expect("the reader connects once more than there are subscribers");
            Box::new(Driver {
                scenario,
                course,
                turns_left: 0,
                next: 0,
            })
        };
        (peer, text)
    })
}

/// What a browser reads: one text frame a publication.
pub(crate) struct Text;

impl Encode for Text {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        if !publication.is_text() || publication.is_reserved() {
            return false;
        }
        encode_frame_header(Opcode::Text, publication.frame().len(), out);
        out.extend_from_slice(publication.frame());
        true
    }
}

struct Subscriber {
    scenario: Arc<Scenario>,
}

impl Peer for Subscriber {
    fn on_open(&mut self, context: &mut Context<'_>) {
        for topic in &self.scenario.topics {
            context.subscribe(Topic::from_prefix(topic));
        }
        context.send(|out| out.extend_from_slice(&[READY]));
    }

    fn on_bytes(&mut self, input: &mut [u8], _context: &mut Context<'_>) -> usize {
        input.len()
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close { bytes_max: 1 << 20 }
    }
}

/// The peer that publishes.
struct Driver {
    scenario: Arc<Scenario>,
    course: Course,
    turns_left: usize,
    /// The number of the next frame.
    next: usize,
}

impl Driver {
    fn begin_window(&mut self, context: &mut Context<'_>) {
        if self.course.windows == 0 {
            self.course.said.send(()).expect("the main thread waits for it");
            loop {
                thread::park();
            }
        }
        self.course.windows -= 1;
        self.turns_left = self.course.turns;
        context.nudge();
    }

    fn publish(&mut self, context: &mut Context<'_>) {
        let frames = &self.scenario.frames;
        let publication = Publication::new(frames[self.next].as_slice().into()).known_as_text();
        self.next = (self.next + 1) % frames.len();
        context
            .publish(publication, Source::Local)
            .expect("an inbox has room for a few");
    }
}

impl Peer for Driver {
    fn on_open(&mut self, context: &mut Context<'_>) {
        self.begin_window(context);
    }

    fn on_nudge(&mut self, context: &mut Context<'_>) {
        if self.turns_left > 0 {
            self.turns_left -= 1;
            (0..self.scenario.at_once).for_each(|_| self.publish(context));
            context.nudge();
        } else if !self.scenario.is_wanted {
            // Nobody reads anything, so that nobody says that all is read.
            self.begin_window(context);
        }
    }

    /// The reader says that everybody has everything.
    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        self.begin_window(context);
        input.len()
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close { bytes_max: 1 << 20 }
    }
}
