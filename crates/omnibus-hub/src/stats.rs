//! How does a shard do, and how does it tell without losing time?
//!
//! A shard counts in plain numbers of its own, and writes them down once a turn, where others may
//! read them ([`crate::Hub::shards`]). Only what waits in outboxes is counted as it comes and goes,
//! since an outbox may end on another shard's thread than it began on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How a shard does.
#[derive(Debug, Clone, Default)]
pub struct ShardFigures {
    /// Connections that it holds, and sessions that have none for the moment.
    pub connections: usize,
    /// Channels that have subscribers here.
    pub channels: u64,
    /// Subscriptions of all its peers together.
    pub subscriptions: u64,
    /// Publications that it has fanned out.
    pub fanned_out: u64,
    /// Bytes that were read from sockets.
    pub received_bytes: u64,
    /// Bytes that sockets have taken.
    pub sent_bytes: u64,
    /// How long its turns were.
    pub turns: TurnLengths,
    /// Publications that wait for it, those that it fans out included.
    pub inbox_publications: usize,
    /// Their bytes.
    pub inbox_bytes: usize,
    /// Bytes that wait for peers whose sockets are full, or who have none for the moment.
    pub outbox_bytes: usize,
    /// Peers for which something waits.
    pub outbox_peers: usize,
    /// The most bytes that have waited for one peer lately: within the last [`WINDOW`], at least.
    pub outbox_largest_bytes: usize,
}

/// For how long the largest outbox is remembered; twice as long, at the most.
pub const WINDOW: Duration = Duration::from_secs(15);

/// How long the turns of a shard were.
#[derive(Debug, Clone, Default)]
pub struct TurnLengths {
    counts: [u64; BUCKETS],
    /// The time of all turns together.
    pub total: Duration,
}

impl TurnLengths {
    /// The bound up to which a bucket counts, the shortest first, and its turns alone; `None` is
    /// the bucket of all that are longer.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Duration>, u64)> + '_ {
        let bounds = (0..BUCKETS - 1).map(|bucket| Some(SHORTEST * (1 << bucket)));
        bounds.chain([None]).zip(self.counts)
    }

    /// Turns in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// The bound of the first bucket; that of each other one is twice that of the one before.
const SHORTEST: Duration = Duration::from_micros(10);

/// Buckets up to 1.3 s, and one for all that is longer.
const BUCKETS: usize = 19;

/// The bucket of the lowest bound that is not passed.
fn bucket_of(length: Duration) -> usize {
    let times = length.as_nanos().div_ceil(SHORTEST.as_nanos()).max(1);
    let doubled = (u128::BITS - (times - 1).leading_zeros()) as usize;
    doubled.min(BUCKETS - 1)
}

/// What a shard has written down for others. It has cache lines of its own: nobody else writes
/// there.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Published {
    channels: AtomicU64,
    subscriptions: AtomicU64,
    fanned_out: AtomicU64,
    received_bytes: AtomicU64,
    sent_bytes: AtomicU64,
    turn_nanoseconds: AtomicU64,
    turns: [AtomicU64; BUCKETS],
    waiting: Arc<Waiting>,
}

impl Published {
    /// What can be told from here; the rest is nought.
    pub(crate) fn figures(&self) -> ShardFigures {
        let waiting = &self.waiting;
        ShardFigures {
            channels: self.channels.load(Relaxed),
            subscriptions: self.subscriptions.load(Relaxed),
            fanned_out: self.fanned_out.load(Relaxed),
            received_bytes: self.received_bytes.load(Relaxed),
            sent_bytes: self.sent_bytes.load(Relaxed),
            turns: TurnLengths {
                counts: std::array::from_fn(|bucket| self.turns[bucket].load(Relaxed)),
                total: Duration::from_nanos(self.turn_nanoseconds.load(Relaxed)),
            },
            outbox_bytes: waiting.bytes.load(Relaxed),
            outbox_peers: waiting.peers.load(Relaxed),
            outbox_largest_bytes: waiting.largest.load(Relaxed).max(waiting.largest_before.load(Relaxed)),
            ..ShardFigures::default()
        }
    }
}

/// What a shard counts.
#[derive(Debug)]
pub(crate) struct Stats {
    pub(crate) subscriptions: u64,
    pub(crate) fanned_out: u64,
    pub(crate) received_bytes: u64,
    pub(crate) sent_bytes: u64,
    turn_nanoseconds: u64,
    turns: [u64; BUCKETS],
    window_began: Instant,
    published: Arc<Published>,
}

impl Stats {
    pub(crate) fn of(published: Arc<Published>, now: Instant) -> Self {
        Self {
            subscriptions: 0,
            fanned_out: 0,
            received_bytes: 0,
            sent_bytes: 0,
            turn_nanoseconds: 0,
            turns: [0; BUCKETS],
            window_began: now,
            published,
        }
    }

    /// What waits for this shard's peers.
    pub(crate) fn waiting(&self) -> &Arc<Waiting> {
        &self.published.waiting
    }

    /// A turn that began at `began` is over: writes everything down.
    // Once a turn: the clock, and eight plain stores into cache lines that no other thread writes.
    pub(crate) fn end_turn(&mut self, began: Instant, channels: usize) {
        let length = began.elapsed();
        let bucket = bucket_of(length);
        self.turns[bucket] += 1;
        // 584 years fit.
        self.turn_nanoseconds += length.as_nanos() as u64;
        let published = &*self.published;
        published.turns[bucket].store(self.turns[bucket], Relaxed);
        published.turn_nanoseconds.store(self.turn_nanoseconds, Relaxed);
        published.channels.store(channels as u64, Relaxed);
        published.subscriptions.store(self.subscriptions, Relaxed);
        published.fanned_out.store(self.fanned_out, Relaxed);
        published.received_bytes.store(self.received_bytes, Relaxed);
        published.sent_bytes.store(self.sent_bytes, Relaxed);
    }

    /// Begins another window for the largest outbox, if it is time for one: `largest` finds the
    /// one that is the largest now.
    pub(crate) fn turn_window(&mut self, now: Instant, largest: impl FnOnce() -> usize) {
        if now - self.window_began < WINDOW {
            return;
        }
        self.window_began = now;
        let waiting = self.waiting();
        // Nobody is looked at where nobody waits.
        let largest = if waiting.peers.load(Relaxed) == 0 { 0 } else { largest() };
        waiting
            .largest_before
            .store(waiting.largest.swap(largest, Relaxed), Relaxed);
    }
}

/// What waits in the outboxes of a shard.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    peers: AtomicUsize,
    bytes: AtomicUsize,
    /// The largest outbox of this window, and of the one before.
    largest: AtomicUsize,
    largest_before: AtomicUsize,
}

impl Waiting {
    /// There is another outbox.
    pub(crate) fn begin(&self) {
        self.peers.fetch_add(1, Relaxed);
    }

    /// An outbox holds more, and so much in all.
    pub(crate) fn grow(&self, bytes: usize, in_all: usize) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.largest.fetch_max(in_all, Relaxed);
    }

    /// An outbox holds less.
    pub(crate) fn shrink(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Relaxed);
    }

    /// An outbox that held so much is gone.
    pub(crate) fn end(&self, bytes: usize) {
        self.shrink(bytes);
        self.peers.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_counts_in_the_bucket_of_the_lowest_bound_that_it_does_not_pass() {
        let bounds: Vec<Option<Duration>> = TurnLengths::default().buckets().map(|(bound, _)| bound).collect();
        assert_eq!(bounds[0], Some(Duration::from_micros(10)));
        assert_eq!(bounds[17], Some(Duration::from_nanos(1_310_720_000)));
        assert_eq!(bounds[18], None);
        let nanosecond = Duration::from_nanos(1);
        assert_eq!(bucket_of(Duration::ZERO), 0);
        for (bucket, bound) in bounds.into_iter().flatten().enumerate() {
            assert_eq!(bucket_of(bound - nanosecond), bucket, "{bound:?}");
            assert_eq!(bucket_of(bound), bucket, "{bound:?}");
            assert_eq!(bucket_of(bound + nanosecond), bucket + 1, "{bound:?}");
        }
        assert_eq!(bucket_of(Duration::MAX), 18);
    }

    #[test]
    fn the_largest_outbox_is_remembered_for_a_window_and_forgotten_after_two() {
        let published = Arc::new(Published::default());
        let begin = Instant::now();
        let mut stats = Stats::of(Arc::clone(&published), begin);
        let largest = || published.figures().outbox_largest_bytes;
        stats.waiting().begin();
        stats.waiting().grow(500, 500);
        stats.waiting().shrink(400);
        assert_eq!(largest(), 500);
        stats.turn_window(begin + WINDOW / 2, || panic!("too early"));
        stats.turn_window(begin + WINDOW, || 100);
        assert_eq!(largest(), 500, "it was that large a moment ago");
        stats.turn_window(begin + WINDOW * 2, || 100);
        assert_eq!(largest(), 100, "what stands still is still there");
        stats.waiting().end(100);
        stats.turn_window(begin + WINDOW * 3, || panic!("nobody waits"));
        stats.turn_window(begin + WINDOW * 4, || panic!("nobody waits"));
        let figures = published.figures();
        assert_eq!((largest(), figures.outbox_bytes, figures.outbox_peers), (0, 0, 0));
    }
}
