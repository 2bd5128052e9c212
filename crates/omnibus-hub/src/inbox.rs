//! How do other threads reach a shard?

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Instant;

use mio::Waker;

use crate::encoding::EncodingId;
use crate::peer::{Peer, PeerId};
use crate::publication::Publication;
use crate::stream::Stream;

/// What a shard is told.
pub(crate) enum Message {
    /// Fan this out to its subscribers.
    Publication(Arc<Publication>),
    /// Take this connection.
    Adopt {
        stream: Stream,
        peer: Box<dyn Peer>,
        encoding: EncodingId,
    },
    /// What is published to this topic (as a ZeroMQ prefix) now arrives.
    Joined(Box<[u8]>),
    /// Call the peer's `on_nudge`.
    Nudge(PeerId),
    /// Let all peers say farewell, then end.
    Stop { deadline: Instant },
}

/// The bounded queue into a shard.
///
/// Publications take room before they are pushed, so that the sequencer can refuse one before
/// it has its place. Everything else is bounded by what sends it: adoptions by the listener's
/// own check of [`Inbox::is_pressed`], joins by the topics a shard wants, nudges by one a peer.
pub(crate) struct Inbox {
    queue: Mutex<VecDeque<Message>>,
    publications: AtomicUsize,
    bytes: AtomicUsize,
    publications_max: usize,
    bytes_max: usize,
    asleep: AtomicBool,
    waker: Waker,
}

impl Inbox {
    pub(crate) fn new(waker: Waker, publications_max: usize, bytes_max: usize) -> Self {
        Self {
            queue: Mutex::default(),
            publications: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            publications_max,
            bytes_max,
            asleep: AtomicBool::new(false),
            waker,
        }
    }

    /// Takes room for one publication; false, and nothing taken, where there is none.
    pub(crate) fn reserve(&self, bytes: usize) -> bool {
        if self.publications.load(Ordering::Relaxed) >= self.publications_max
            || self.bytes.load(Ordering::Relaxed) >= self.bytes_max
        {
            return false;
        }
        self.reserve_always(bytes);
        true
    }

    /// Takes room whether there is some or not, for what must not be refused.
    pub(crate) fn reserve_always(&self, bytes: usize) {
        self.publications.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Gives back the room of one publication.
    pub(crate) fn release(&self, bytes: usize) {
        self.publications.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether half of the room is taken: time to stop reading from those who fill it.
    pub(crate) fn is_pressed(&self) -> bool {
        self.publications.load(Ordering::Relaxed) > self.publications_max / 2
            || self.bytes.load(Ordering::Relaxed) > self.bytes_max / 2
    }

    /// Appends a message, and wakes the shard if it sleeps.
    pub(crate) fn push(&self, message: Message) {
        self.lock().push_back(message);
        if self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst) {
            // Waking fails only where the event loop is gone; then nobody is left to be told.
            let _loop_is_gone = self.waker.wake();
        }
    }

    /// Moves everything that waits into `taken`, which is empty.
    pub(crate) fn take(&self, taken: &mut VecDeque<Message>) {
        std::mem::swap(&mut *self.lock(), taken);
    }

    /// Announces that the shard is going to sleep; false if something waits, so that it must not.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        if self.lock().is_empty() {
            return true;
        }
        self.asleep.store(false, Ordering::SeqCst);
        false
    }

    /// The shard is awake: no need to wake it.
    pub(crate) fn wake_up(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Message>> {
        // A panic while pushing leaves the queue whole: it is only ever pushed to and swapped.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
