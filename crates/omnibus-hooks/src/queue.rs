//! How much may wait for the application?

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use foldhash::fast::RandomState;

use crate::batch::Batch;
use crate::lane::{Key, Lane, Share};

/// All that waits for the application, bounded in events and bytes. What is under way to it
/// counts until it is received or dropped.
#[derive(Debug)]
pub(crate) struct Queue {
    lanes: Box<[Lane]>,
    max: Share,
    events: AtomicUsize,
    bytes: AtomicUsize,
    hasher: RandomState,
    is_closed: AtomicBool,
}

/// Lanes, each with one request under way: a slow request holds up the connections of its own.
pub(crate) const LANES: usize = 8;

/// The part of each bound that one connection may fill: whoever joins and leaves as fast as they
/// can leaves room for the others.
const CONNECTION_PART: usize = 8;

/// Why an event was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// As much waits as may.
    Queue,
    /// Too much of it is of the same connection.
    Share,
}

impl Queue {
    pub(crate) fn new(events_max: usize, bytes_max: usize) -> Self {
        Self {
            lanes: (0..LANES).map(|_| Lane::default()).collect(),
            max: Share {
                events: events_max,
                bytes: bytes_max,
            },
            events: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            hasher: RandomState::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Puts an event behind those of its connection. Takes one short lock.
    ///
    /// A connection's end may be said even where nothing else may, so that nobody stays connected
    /// in the application's eyes because of what they did before.
    pub(crate) fn push(&self, connection: &str, object: Box<[u8]>, is_end: bool) -> Result<(), Full> {
        let bytes = object.len();
        self.reserve(bytes)?;
        let key = Key(self.hasher.hash_one(connection));
        let share = Share {
            events: (self.max.events / CONNECTION_PART).max(1) + usize::from(is_end),
            bytes: if is_end {
                self.max.bytes
            } else {
                self.max.bytes / CONNECTION_PART
            },
        };
        if !self.lane_of(key).push(key, object, share) {
            self.release(1, bytes);
            return Err(Full::Share);
        }
        Ok(())
    }

    /// The next events of a lane, as soon as there are some; `None` once the queue is closed and
    /// the lane empty.
    pub(crate) async fn next(&self, lane: usize, room: usize) -> Option<Batch> {
        let lane = &self.lanes[lane];
        loop {
            // Before the look, so that what comes between it and the wait is not missed.
            let changed = lane.changed.notified();
            if let Some(batch) = lane.take(room) {
                return Some(batch);
            }
            if self.is_closed.load(Ordering::Acquire) {
                return None;
            }
            changed.await;
        }
    }

    /// Events that were taken are received, or dropped.
    pub(crate) fn done(&self, batch: &Batch) {
        self.release(batch.events, batch.bytes);
    }

    /// Nothing will come any more.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.lanes.iter().for_each(|lane| lane.changed.notify_one());
    }

    /// Events that wait or are under way.
    pub(crate) fn events(&self) -> usize {
        self.events.load(Ordering::Relaxed)
    }

    fn reserve(&self, bytes: usize) -> Result<(), Full> {
        let events_before = self.events.fetch_add(1, Ordering::Relaxed);
        let bytes_before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if events_before >= self.max.events || bytes_before + bytes > self.max.bytes {
            self.release(1, bytes);
            return Err(Full::Queue);
        }
        Ok(())
    }

    fn release(&self, events: usize, bytes: usize) {
        self.events.fetch_sub(events, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn lane_of(&self, key: Key) -> &Lane {
        &self.lanes[key.0 as usize % LANES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &Queue, connection: u32) -> Result<(), Full> {
        queue.push(&format!("0-{connection}-1"), b"{\"id\":1}".as_slice().into(), false)
    }

    fn take_all(queue: &Queue) -> usize {
        let batches = queue
            .lanes
            .iter()
            .flat_map(|lane| std::iter::from_fn(|| lane.take(1 << 20)));
        batches
            .inspect(|batch| queue.done(batch))
            .map(|batch| batch.events)
            .sum()
    }

    #[test]
    fn what_waits_is_bounded_in_events_and_in_bytes() {
        for (queue, expected) in [(Queue::new(80, 1 << 20), 80), (Queue::new(1_000, 800), 100)] {
            let taken = (0..2_000)
                .filter(|&connection| push(&queue, connection).is_ok())
                .count();
            assert_eq!(taken, expected);
            assert_eq!(push(&queue, 7), Err(Full::Queue));
            assert_eq!(take_all(&queue), expected);
            assert_eq!((queue.events(), queue.bytes.load(Ordering::Relaxed)), (0, 0));
            assert_eq!(push(&queue, 7), Ok(()));
        }
    }

    #[test]
    fn one_connection_fills_an_eighth_and_its_end_is_told_all_the_same() {
        let queue = Queue::new(80, 1 << 20);
        assert_eq!((0..80).filter(|_| push(&queue, 1).is_ok()).count(), 10);
        assert_eq!(push(&queue, 1), Err(Full::Share));
        assert_eq!(push(&queue, 2), Ok(()));
        assert_eq!(queue.push("0-1-1", b"{}".as_slice().into(), true), Ok(()));
        assert_eq!(queue.push("0-1-1", b"{}".as_slice().into(), true), Err(Full::Share));
        assert_eq!(take_all(&queue), 12);
        assert_eq!(queue.events(), 0);
    }
}
