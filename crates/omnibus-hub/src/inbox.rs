//! How do other threads reach a shard?

use std::any::Any;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use mio::Waker;

use crate::encoding::EncodingId;
use crate::outbox::Outbox;
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
    Joined { prefix: Box<[u8]>, number: JoinNumber },
    /// Call the peer's `on_nudge`.
    Nudge(PeerId),
    /// Call the peer's `on_told` with this.
    Tell(PeerId, Box<dyn Any + Send>),
    /// Give a peer the socket of another.
    HandOver(Box<HandedOver>),
    /// Let all peers say farewell, then end.
    Stop,
}

/// A socket on its way from one peer to another, which may not take it.
pub(crate) struct HandedOver {
    pub(crate) to: PeerId,
    pub(crate) socket: Socket,
    /// The peer that gives it away: it gets it back if the other does not take it.
    pub(crate) from: Box<dyn Peer>,
    pub(crate) encoding: EncodingId,
    /// What it says to the other.
    pub(crate) request: Box<dyn Any + Send>,
}

/// A socket and what belongs to it.
pub(crate) struct Socket {
    pub(crate) stream: Stream,
    /// What it has not taken yet.
    pub(crate) outbox: Option<Box<Outbox>>,
    /// What came from it and was not used yet.
    pub(crate) held: Option<Box<[u8]>>,
}

/// Tells one join of a topic from an earlier one that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JoinNumber(pub(crate) u32);

/// The bounded queue into a shard.
///
/// Publications take room before they are pushed, so that the sequencer can refuse one before
/// it has its place. Everything else is bounded by what sends it: adoptions by the listener's
/// own check of [`Inbox::is_pressed`], joins by the topics a shard wants, nudges by one a peer,
/// what peers are told by whoever tells it, handed-over sockets by the connections there are.
pub(crate) struct Inbox {
    queue: Mutex<Queue>,
    publications: AtomicUsize,
    bytes: AtomicUsize,
    publications_max: usize,
    bytes_max: usize,
    asleep: AtomicBool,
    /// By when the shard must have ended; it holds also while a backlog is in front of the stop.
    deadline: OnceLock<Instant>,
    waker: Waker,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Message>,
    /// The shard has ended, and takes nothing any more.
    is_closed: bool,
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
            deadline: OnceLock::new(),
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

    /// Gives back the room of so many publications, which have so many bytes together.
    pub(crate) fn release(&self, publications: usize, bytes: usize) {
        self.publications.fetch_sub(publications, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether half of the room is taken: time to stop reading from those who fill it.
    pub(crate) fn is_pressed(&self) -> bool {
        self.publications.load(Ordering::Relaxed) > self.publications_max / 2
            || self.bytes.load(Ordering::Relaxed) > self.bytes_max / 2
    }

    /// Publications and bytes that wait, or are being fanned out.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (
            self.publications.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        )
    }

    /// Appends a message, and wakes the shard if it sleeps; false, and it is dropped with the room
    /// it had taken, once the shard has ended.
    pub(crate) fn push(&self, message: Message) -> bool {
        let mut queue = self.lock();
        if queue.is_closed {
            drop(queue);
            if let Message::Publication(publication) = message {
                self.release(1, publication.frame().len());
            }
            return false;
        }
        queue.messages.push_back(message);
        drop(queue);
        if self.asleep.load(Ordering::SeqCst) {
            match WAKES.get() {
                Wakes::AtOnce => self.wake(),
                Wakes::Held | Wakes::Owed => WAKES.set(Wakes::Owed),
            }
        }
        true
    }

    /// Wakes the shard if it sleeps and something waits: what [`end_of_burst`] owes.
    pub(crate) fn wake_if_waiting(&self) {
        if self.asleep.load(Ordering::SeqCst) && !self.lock().messages.is_empty() {
            self.wake();
        }
    }

    fn wake(&self) {
        if self.asleep.swap(false, Ordering::SeqCst) {
            // Waking fails only where the event loop is gone; then nobody is left to be told.
            let _loop_is_gone = self.waker.wake();
        }
    }

    /// Moves everything that waits into `taken`, which is empty.
    pub(crate) fn take(&self, taken: &mut VecDeque<Message>) {
        let mut queue = self.lock();
        if taken.capacity() > KEEP_MESSAGES && queue.messages.len() < taken.capacity() / 8 {
            taken.shrink_to(KEEP_MESSAGES);
        }
        std::mem::swap(&mut queue.messages, taken);
    }

    /// Takes nothing any more; returns what waits.
    pub(crate) fn close(&self) -> VecDeque<Message> {
        let mut queue = self.lock();
        queue.is_closed = true;
        std::mem::take(&mut queue.messages)
    }

    /// Asks the shard to stop, and to have ended by `deadline`.
    pub(crate) fn stop(&self, deadline: Instant) {
        // A second stop changes nothing.
        let _first_counts = self.deadline.set(deadline);
        self.push(Message::Stop);
    }

    /// By when the shard must have ended, once it was asked to stop.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline.get().copied()
    }

    /// Announces that the shard is going to sleep; false if something waits, so that it must not.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        if self.lock().messages.is_empty() {
            return true;
        }
        self.asleep.store(false, Ordering::SeqCst);
        false
    }

    /// The shard is awake: no need to wake it.
    pub(crate) fn wake_up(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic while pushing leaves the queue whole: it is only ever pushed to and swapped.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When this thread wakes a sleeping shard to which it has pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wakes {
    AtOnce,
    /// When its burst ends.
    Held,
    /// The same, and there is one to be woken.
    Owed,
}

thread_local! {
    static WAKES: Cell<Wakes> = const { Cell::new(Wakes::AtOnce) };
}

/// From now on, this thread wakes nobody: a shard that is woken for the first message of a burst
/// writes it to all its subscribers alone, and pays for them twice.
pub(crate) fn begin_burst() {
    WAKES.set(Wakes::Held);
}

/// The burst is over; true if [`Inbox::wake_if_waiting`] is to be called on all inboxes.
pub(crate) fn end_of_burst() -> bool {
    WAKES.replace(Wakes::AtOnce) == Wakes::Owed
}

/// Messages for which memory is kept, so that a burst does not stay in its size for ever.
const KEEP_MESSAGES: usize = 1 << 10;

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use mio::{Events, Poll, Token};

    use super::*;

    fn new(publications_max: usize, bytes_max: usize) -> (Poll, Inbox) {
        let poll = Poll::new().unwrap();
        let waker = Waker::new(poll.registry(), Token(0)).unwrap();
        (poll, Inbox::new(waker, publications_max, bytes_max))
    }

    fn publication(bytes: usize) -> Message {
        Message::Publication(Arc::new(Publication::new(vec![b'x'; bytes].into())))
    }

    /// The next message is pushed while the shard is awake, about to sleep, or asleep: wherever
    /// two random pauses put it.
    #[test]
    fn no_message_is_slept_through() {
        const COUNT: usize = 50_000;
        const LONG: Duration = Duration::from_secs(10);
        let (mut poll, inbox) = new(10, 10);
        let done = AtomicUsize::new(0);
        let pause = |random: &mut fastrand::Rng| (0..random.u32(0..300)).for_each(|_| std::hint::spin_loop());
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut random = fastrand::Rng::with_seed(1);
                for pushed in 0..COUNT {
                    while done.load(Ordering::Acquire) < pushed {
                        std::hint::spin_loop();
                    }
                    pause(&mut random);
                    inbox.push(Message::Stop);
                }
            });
            let mut random = fastrand::Rng::with_seed(2);
            let mut events = Events::with_capacity(4);
            let mut taken = VecDeque::new();
            while done.load(Ordering::Relaxed) < COUNT {
                if inbox.fall_asleep() {
                    poll.poll(&mut events, Some(LONG)).unwrap();
                    if events.is_empty() {
                        done.store(COUNT, Ordering::Release);
                        panic!("a message was slept through");
                    }
                }
                inbox.wake_up();
                inbox.take(&mut taken);
                done.fetch_add(taken.drain(..).count(), Ordering::Release);
                pause(&mut random);
            }
        });
    }

    #[test]
    fn a_burst_wakes_a_sleeping_shard_once_it_is_over() {
        let (mut poll, inbox) = new(10, 10);
        let mut events = Events::with_capacity(4);
        let mut is_woken = || {
            poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
            !events.is_empty()
        };
        assert!(inbox.fall_asleep());
        begin_burst();
        assert!(inbox.push(Message::Stop) && inbox.push(Message::Stop));
        assert!(!is_woken());
        assert!(end_of_burst());
        inbox.wake_if_waiting();
        assert!(is_woken());
        begin_burst();
        assert!(inbox.push(Message::Stop) && !end_of_burst(), "it is awake");
        inbox.take(&mut VecDeque::new());
        assert!(inbox.fall_asleep() && inbox.push(Message::Stop) && is_woken());
    }

    /// The one interleaving that random pauses don't meet: a message comes just before the look.
    #[test]
    fn sleep_is_announced_before_the_last_look_for_messages() {
        let (_poll, inbox) = new(10, 10);
        thread::scope(|scope| {
            let mut queue = inbox.lock();
            let sleeper = scope.spawn(|| inbox.fall_asleep());
            let begin = Instant::now();
            while !inbox.asleep.load(Ordering::SeqCst) && begin.elapsed() < Duration::from_secs(10) {
                thread::yield_now();
            }
            let is_announced = inbox.asleep.load(Ordering::SeqCst);
            queue.messages.push_back(Message::Stop);
            drop(queue);
            assert!(is_announced, "whoever pushes now would not wake it");
            assert!(!sleeper.join().unwrap(), "it must not sleep");
        });
    }

    #[test]
    fn what_is_reserved_is_released_once_also_where_nobody_takes_it() {
        let (_poll, inbox) = new(3, 100);
        assert!(inbox.reserve(60) && inbox.reserve(60), "one may pass the bound");
        assert!(!inbox.reserve(1) && inbox.is_pressed());
        assert!(inbox.push(publication(60)));
        assert_eq!(inbox.close().len(), 1);
        inbox.release(1, 60);
        assert!(!inbox.push(publication(60)), "the shard has ended");
        assert_eq!(inbox.publications.load(Ordering::Relaxed), 0);
        assert_eq!(inbox.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_burst_leaves_no_memory_behind() {
        let (_poll, inbox) = new(10, 10);
        let mut taken = VecDeque::new();
        for count in [50_000, 1, 1, 1] {
            (0..count).for_each(|_| assert!(inbox.push(Message::Stop)));
            inbox.take(&mut taken);
            assert_eq!(taken.len(), count);
            taken.clear();
        }
        assert!(taken.capacity() < 5_000 && inbox.lock().messages.capacity() < 5_000);
    }
}
