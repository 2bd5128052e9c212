//! Which events wait, and for which connections?

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use tokio::sync::Notify;

use crate::batch::Batch;

/// Events of some connections, in their order. Each connection is always in the same lane.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    waiting: Mutex<Waiting>,
    /// Something has come, or nothing will come any more.
    pub(crate) changed: Notify,
}

/// A connection, by the hash of its name. Two of one hash share what one may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(pub(crate) u64);

/// What of the whole may wait, or waits, for one connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<(Key, Box<[u8]>)>,
    /// What waits of each connection that has something waiting.
    shares: HashMap<Key, Share, RandomState>,
}

/// Room for events that an empty lane keeps.
const KEPT_ROOM: usize = 64;

impl Lane {
    /// Puts an event behind the others, unless that is more than its connection may have waiting.
    pub(crate) fn push(&self, key: Key, object: Box<[u8]>, max: Share) -> bool {
        let mut waiting = self.lock();
        let share = waiting.shares.entry(key).or_default();
        if share.events >= max.events || share.bytes + object.len() > max.bytes {
            if share.events == 0 {
                waiting.shares.remove(&key);
            }
            return false;
        }
        share.events += 1;
        share.bytes += object.len();
        waiting.events.push_back((key, object));
        drop(waiting);
        self.changed.notify_one();
        true
    }

    /// Takes as many events as one body has room for, in bytes; `None` where none waits.
    pub(crate) fn take(&self, room: usize) -> Option<Batch> {
        let mut waiting = self.lock();
        let mut batch = Batch::default();
        while let Some((key, object)) = waiting.events.front()
            && batch.has_room(object.len(), room)
        {
            batch.push(object);
            let (key, bytes) = (*key, object.len());
            waiting.events.pop_front();
            waiting.give_back(key, bytes);
        }
        if waiting.events.is_empty() {
            waiting.events.shrink_to(KEPT_ROOM);
            waiting.shares.shrink_to(KEPT_ROOM);
        }
        (batch.events > 0).then_some(batch)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn give_back(&mut self, key: Key, bytes: usize) {
        if let Some(share) = self.shares.get_mut(&key) {
            share.events -= 1;
            share.bytes -= bytes;
            if share.events == 0 {
                self.shares.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: Share = Share { events: 2, bytes: 10 };

    #[test]
    fn a_connection_has_its_share_and_no_more_until_some_of_it_is_taken() {
        let lane = Lane::default();
        assert!(lane.push(Key(1), b"one".as_slice().into(), MAX));
        assert!(lane.push(Key(1), b"two".as_slice().into(), MAX));
        assert!(!lane.push(Key(1), b"x".as_slice().into(), MAX), "too many events");
        assert!(
            !lane.push(Key(2), b"eleven more".as_slice().into(), MAX),
            "too many bytes"
        );
        assert!(lane.push(Key(2), b"three".as_slice().into(), MAX));

        let batch = lane.take(100).unwrap();
        assert_eq!((batch.events, batch.bytes), (3, 11));
        assert!(lane.take(100).is_none());
        assert!(lane.push(Key(1), b"four".as_slice().into(), MAX));
    }

    #[test]
    fn nothing_is_remembered_of_connections_that_have_nothing_waiting() {
        let lane = Lane::default();
        for key in 0..1_000 {
            assert!(lane.push(Key(key), b"{}".as_slice().into(), MAX));
            assert!(!lane.push(Key(key + 1_000), b"far too large".as_slice().into(), MAX));
        }
        while lane.take(1 << 20).is_some() {}
        let waiting = lane.lock();
        assert_eq!(waiting.shares.len(), 0);
        assert!(waiting.events.capacity() <= 2 * KEPT_ROOM);
    }
}
