//! Who publishes numbered messages, and writes down all that it hears?

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::checker;
use crate::client::{Client, Heard};
use crate::limits;
use crate::original::OriginalPublisher;
use crate::raw::Frame;

/// How often a listening thread looks whether it is to stop.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A client that listens on a thread of its own, so that it can publish meanwhile.
#[derive(Debug)]
pub struct Participant {
    name: String,
    writer: TcpStream,
    log: Arc<Log>,
    listening: Option<JoinHandle<()>>,
}

/// What a participant heard.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// What.
    pub text: String,
}

#[derive(Debug, Default)]
struct Log {
    entries: Mutex<Vec<Entry>>,
    changed: Condvar,
    has_ended: AtomicBool,
    is_stopping: AtomicBool,
}

impl Participant {
    /// Connects, takes the name as its identity, and joins the channels.
    ///
    /// # Panics
    /// If the server refuses any of it.
    #[must_use]
    pub fn join(url: &str, name: &str, channels: &[&str]) -> Self {
        let mut client = Client::connect_to(url);
        client.authenticate(name);
        for channel in channels {
            client.subscribe(channel);
        }
        Self::listen(client, name)
    }

    /// Listens to what a client of this identity hears from now on.
    ///
    /// # Panics
    /// If no descriptor is left.
    #[must_use]
    pub fn listen(client: Client, name: &str) -> Self {
        let writer = client.stream().try_clone().expect("a descriptor is left");
        let log = Arc::new(Log::default());
        let listening = thread::spawn({
            let log = Arc::clone(&log);
            move || log.keep(client)
        });
        Self {
            name: name.to_owned(),
            writer,
            log,
            listening: Some(listening),
        }
    }

    /// Its identity.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server's end of its connection.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        self.writer.peer_addr().expect("the connection is up")
    }

    /// Sends a text; false if the connection has ended.
    pub fn send(&self, text: &str) -> bool {
        !self.has_ended() && (&self.writer).write_all(&Frame::text(text).to_bytes()).is_ok()
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.log.has_ended.load(SeqCst)
    }

    /// What it has heard of a channel so far.
    #[must_use]
    pub fn heard(&self, channel: &str) -> Vec<Entry> {
        let of_channel = |entry: &&Entry| is_of(channel, &entry.text);
        self.log.lock().iter().filter(of_channel).cloned().collect()
    }

    /// The texts of [`Participant::heard`].
    #[must_use]
    pub fn texts(&self, channel: &str) -> Vec<String> {
        self.heard(channel).into_iter().map(|entry| entry.text).collect()
    }

    /// Whether it has heard this message.
    #[must_use]
    pub fn has_heard(&self, channel: &str, publisher: &str, number: u64) -> bool {
        self.find(channel, publisher, number).is_some()
    }

    /// When it has first heard this message.
    #[must_use]
    pub fn heard_at(&self, channel: &str, publisher: &str, number: u64) -> Option<Instant> {
        self.find(channel, publisher, number).map(|entry| entry.at)
    }

    fn find(&self, channel: &str, publisher: &str, number: u64) -> Option<Entry> {
        let is_meant = |entry: &&Entry| {
            checker::mark(channel, &entry.text).is_some_and(|mark| mark.publisher == publisher && mark.number == number)
        };
        // The latest is looked for, as a rule.
        self.log.lock().iter().rev().find(is_meant).cloned()
    }

    /// Waits until it has heard so many messages of a channel.
    ///
    /// # Panics
    /// If they do not come.
    pub fn wait_for_count(&self, channel: &str, count: usize) {
        self.wait_for(&format!("{count} messages of {channel}"), limits::ANSWER, |entries| {
            entries.iter().filter(|entry| is_of(channel, &entry.text)).count() >= count
        });
    }

    /// Waits until what it has heard is enough.
    ///
    /// # Panics
    /// If it is not in time.
    pub fn wait_for(&self, what: &str, limit: Duration, mut is_enough: impl FnMut(&[Entry]) -> bool) {
        let deadline = Instant::now() + limit;
        let mut entries = self.log.lock();
        while !is_enough(&entries) {
            let left = deadline.saturating_duration_since(Instant::now());
            let last = entries.last().map(|entry| entry.text.clone());
            assert!(
                !left.is_zero(),
                "{} has not heard {what} within {limit:?}, but {} messages; the last is {last:?}",
                self.name,
                entries.len()
            );
            let woken = self.log.changed.wait_timeout(entries, left);
            entries = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        self.log.is_stopping.store(true, SeqCst);
        if let Some(listening) = self.listening.take() {
            let outcome = listening.join();
            assert!(
                outcome.is_ok() || thread::panicking(),
                "what {} heard was no WebSocket",
                self.name
            );
        }
    }
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, mut client: Client) {
        while !self.is_stopping.load(SeqCst) {
            match client.hear(LOOK_EVERY) {
                Heard::Text(text) => {
                    let at = Instant::now();
                    self.lock().push(Entry { at, text });
                    self.changed.notify_all();
                }
                Heard::Close(_) | Heard::End => {
                    self.has_ended.store(true, SeqCst);
                    return;
                }
                Heard::Pong(_) | Heard::Nothing => {}
            }
        }
    }
}

/// Who publishes numbered messages.
pub trait Publish: Send {
    /// What it calls itself in its messages.
    fn name(&self) -> &str;

    /// Publishes one; false if it could not be sent.
    fn publish(&mut self, channel: &str, number: u64) -> bool;
}

impl Publish for Participant {
    fn name(&self) -> &str {
        self.name()
    }

    fn publish(&mut self, channel: &str, number: u64) -> bool {
        self.send(&checker::text(channel, &self.name, number))
    }
}

/// A backend that publishes with the original's own function.
#[derive(Debug)]
pub struct Backend {
    name: String,
    publisher: OriginalPublisher,
}

impl Backend {
    /// A backend of this name, which has connected.
    ///
    /// # Panics
    /// If its publisher has not.
    #[must_use]
    pub fn new(name: &str, mut publisher: OriginalPublisher) -> Self {
        publisher.connect();
        Self {
            name: name.to_owned(),
            publisher,
        }
    }
}

impl Publish for Backend {
    fn name(&self) -> &str {
        &self.name
    }

    fn publish(&mut self, channel: &str, number: u64) -> bool {
        let payload = json!({"number": number});
        let request = json!({"channel": channel, "type": "numbered", "payload": payload, "sender": self.name});
        self.publisher.publish(&request)["ok"] == true
    }
}

fn is_of(channel: &str, text: &str) -> bool {
    text.strip_prefix(channel).is_some_and(|rest| rest.starts_with(':'))
}
