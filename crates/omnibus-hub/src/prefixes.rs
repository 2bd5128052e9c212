//! Which subscribers asked for a byte prefix of this frame?
//!
//! The prefixes stand in a hash table, and beside it how many there are of each length. The
//! prefixes of a frame are then found in one pass over it: its bytes are hashed one by one, and
//! at each length that exists the table is asked. What it costs depends on the number of
//! different lengths, not of prefixes; nothing is rebuilt when prefixes come and go.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};
use slab::Slab;

use crate::ids::IdSet;
use crate::shrink;

/// Subscribers by byte prefix, as legacy ZeroMQ peers have them.
#[derive(Default)]
pub(crate) struct PrefixIndex {
    hasher: RandomState,
    places: HashTable<u32>,
    prefixes: Slab<Prefix>,
    /// How many prefixes there are of each length.
    lengths: BTreeMap<usize, usize>,
    /// The prefixes of every subscriber, so that one that goes is not searched for.
    subscribers: HashMap<u32, IdSet, RandomState>,
}

struct Prefix {
    bytes: Box<[u8]>,
    subscribers: Vec<u32>,
}

impl PrefixIndex {
    pub(crate) fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// Adds a subscriber: whether it is new here, and whether the prefix is.
    pub(crate) fn insert(&mut self, prefix: &[u8], subscriber: u32) -> (bool, bool) {
        let hash = hash_of(&self.hasher, prefix);
        let (id, is_new_prefix) = match self.find(hash, prefix) {
            Some(id) => (id, false),
            None => (self.add(hash, prefix), true),
        };
        let is_new = self.subscribers.entry(subscriber).or_default().insert(id);
        if is_new {
            let subscribers = &mut self.prefixes[id as usize].subscribers;
            if let Err(at) = subscribers.binary_search(&subscriber) {
                subscribers.insert(at, subscriber);
            }
        }
        (is_new, is_new_prefix)
    }

    /// Takes a subscriber out: whether it was there, and whether the prefix is gone with it.
    pub(crate) fn remove(&mut self, prefix: &[u8], subscriber: u32) -> (bool, bool) {
        let hash = hash_of(&self.hasher, prefix);
        let Some(id) = self.find(hash, prefix) else {
            return (false, false);
        };
        let Some(ids) = self.subscribers.get_mut(&subscriber) else {
            return (false, false);
        };
        if !ids.remove(id) {
            return (false, false);
        }
        if ids.len() == 0 {
            self.subscribers.remove(&subscriber);
        }
        let subscribers = &mut self.prefixes[id as usize].subscribers;
        if let Ok(at) = subscribers.binary_search(&subscriber) {
            subscribers.remove(at);
        }
        let emptied = subscribers.is_empty();
        if emptied {
            self.take_out(hash, id);
        }
        (true, emptied)
    }

    pub(crate) fn contains(&self, prefix: &[u8], subscriber: u32) -> bool {
        let id = self.find(hash_of(&self.hasher, prefix), prefix);
        id.is_some_and(|id| self.subscribers.get(&subscriber).is_some_and(|ids| ids.contains(id)))
    }

    /// Every prefix that this subscriber has.
    pub(crate) fn of(&self, subscriber: u32) -> Vec<Box<[u8]>> {
        let ids = self.subscribers.get(&subscriber).map_or(&[][..], IdSet::as_slice);
        ids.iter().map(|&id| self.prefixes[id as usize].bytes.clone()).collect()
    }

    /// Calls `found` with the subscribers of every prefix of `frame`, the shortest first.
    // Per frame: a pass over as many bytes as the longest prefix has, one look-up per length.
    pub(crate) fn matches(&self, frame: &[u8], mut found: impl FnMut(&[u32])) {
        let mut hasher = self.hasher.build_hasher();
        let mut hashed = 0;
        for (&len, _) in self.lengths.range(..=frame.len()) {
            write_each(&mut hasher, &frame[hashed..len]);
            hashed = len;
            if let Some(id) = self.find(hasher.finish(), &frame[..len]) {
                found(&self.prefixes[id as usize].subscribers);
            }
        }
    }

    fn find(&self, hash: u64, prefix: &[u8]) -> Option<u32> {
        self.places
            .find(hash, |&id| *self.prefixes[id as usize].bytes == *prefix)
            .copied()
    }

    fn add(&mut self, hash: u64, prefix: &[u8]) -> u32 {
        let key = self.prefixes.insert(Prefix {
            bytes: prefix.into(),
            subscribers: Vec::new(),
        });
        let id = u32::try_from(key).expect("memory ends before four milliards of prefixes");
        let (hasher, prefixes) = (&self.hasher, &self.prefixes);
        self.places
            .insert_unique(hash, id, |&id| hash_of(hasher, &prefixes[id as usize].bytes));
        *self.lengths.entry(prefix.len()).or_default() += 1;
        id
    }

    fn take_out(&mut self, hash: u64, id: u32) {
        if let Ok(entry) = self.places.find_entry(hash, |&found| found == id) {
            entry.remove();
        }
        let len = self.prefixes.remove(id as usize).bytes.len();
        if let Some(count) = self.lengths.get_mut(&len) {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&len);
            }
        }
        if shrink::slab(&mut self.prefixes) {
            let (hasher, prefixes) = (&self.hasher, &self.prefixes);
            self.places
                .shrink_to(prefixes.len(), |&id| hash_of(hasher, &prefixes[id as usize].bytes));
        }
    }
}

fn hash_of(state: &RandomState, bytes: &[u8]) -> u64 {
    let mut hasher = state.build_hasher();
    write_each(&mut hasher, bytes);
    hasher.finish()
}

/// Byte by byte, so that the hash of a prefix does not depend on where the pass stopped before.
fn write_each(hasher: &mut impl Hasher, bytes: &[u8]) {
    bytes.iter().for_each(|&byte| hasher.write_u8(byte));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn matched(index: &PrefixIndex, frame: &[u8]) -> BTreeSet<u32> {
        let mut all = BTreeSet::new();
        index.matches(frame, |subscribers| all.extend(subscribers));
        all
    }

    #[test]
    fn matches_are_those_of_comparing_every_prefix() {
        let mut random = fastrand::Rng::with_seed(11);
        let mut index = PrefixIndex::default();
        let mut plain: BTreeSet<(Vec<u8>, u32)> = BTreeSet::new();
        let word = |random: &mut fastrand::Rng| {
            (0..random.usize(0..6))
                .map(|_| random.u8(b'a'..=b'c'))
                .collect::<Vec<u8>>()
        };
        for _ in 0..5_000 {
            let (prefix, subscriber) = (word(&mut random), random.u32(0..4));
            if random.bool() {
                assert_eq!(index.insert(&prefix, subscriber).0, plain.insert((prefix, subscriber)));
            } else {
                assert_eq!(index.remove(&prefix, subscriber).0, plain.remove(&(prefix, subscriber)));
            }
            let frame = word(&mut random);
            let expected: BTreeSet<u32> = plain
                .iter()
                .filter(|(prefix, _)| frame.starts_with(prefix))
                .map(|(_, subscriber)| *subscriber)
                .collect();
            assert_eq!(matched(&index, &frame), expected);
        }
    }

    #[test]
    fn every_prefix_of_a_long_topic_is_found_without_recursion() {
        let mut index = PrefixIndex::default();
        let topic = vec![b'x'; 4_096];
        for len in 0..topic.len() {
            index.insert(&topic[..len], 1);
        }
        let mut visited = 0;
        index.matches(&topic, |_| visited += 1);
        assert_eq!(visited, topic.len());
    }

    #[test]
    fn a_subscriber_that_goes_takes_all_its_prefixes_and_no_others() {
        let mut index = PrefixIndex::default();
        for number in 0..5_000_u32 {
            index.insert(&number.to_le_bytes(), number % 2);
        }
        let mine = index.of(0);
        assert_eq!(mine.len(), 2_500);
        assert!(mine.iter().all(|prefix| index.remove(prefix, 0) == (true, true)));
        assert!(!index.contains(&4_u32.to_le_bytes(), 0) && index.contains(&5_u32.to_le_bytes(), 1));
        assert_eq!((index.of(0).len(), index.of(1).len()), (0, 2_500));
        for prefix in index.of(1) {
            index.remove(&prefix, 1);
        }
        assert!(index.is_empty() && index.lengths.is_empty() && index.subscribers.is_empty());
        assert!(index.prefixes.capacity() < 2_000 && index.places.capacity() < 2_000);
    }

    /// A peer may hold a hundred thousand: none of them may cost the more the more there are.
    #[test]
    fn prefixes_that_come_and_go_cost_the_same_however_many_there_are() {
        let mut index = PrefixIndex::default();
        let before = std::time::Instant::now();
        for number in 0..200_000_u32 {
            index.insert(&number.to_be_bytes(), 1);
            index.matches(b"frame", |_| {});
        }
        for prefix in index.of(1) {
            index.remove(&prefix, 1);
            index.matches(b"frame", |_| {});
        }
        // A fraction of a second, and two minutes where each change moves the others.
        assert!(before.elapsed() < std::time::Duration::from_secs(30));
    }
}
