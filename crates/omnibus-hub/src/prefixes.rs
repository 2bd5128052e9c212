//! Which subscribers asked for a byte prefix of this frame?
//!
//! The prefixes stand sorted in one vector, each with the place of the longest other prefix that
//! it starts with. The prefixes of a frame are then a chain of those places: one binary search,
//! no recursion, nothing that grows with the length of a hostile topic.

/// Subscribers by byte prefix, as legacy ZeroMQ peers have them.
#[derive(Debug, Default)]
pub(crate) struct PrefixIndex {
    entries: Vec<Entry>,
    chained: bool,
}

#[derive(Debug)]
struct Entry {
    prefix: Box<[u8]>,
    parent: u32,
    subscribers: Vec<u32>,
}

const NO_PARENT: u32 = u32::MAX;

impl PrefixIndex {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a subscriber: whether it is new here, and whether the prefix is.
    pub(crate) fn insert(&mut self, prefix: &[u8], subscriber: u32) -> (bool, bool) {
        match self.find(prefix) {
            Ok(at) => {
                let subscribers = &mut self.entries[at].subscribers;
                match subscribers.binary_search(&subscriber) {
                    Ok(_) => (false, false),
                    Err(place) => {
                        subscribers.insert(place, subscriber);
                        (true, false)
                    }
                }
            }
            Err(at) => {
                self.entries.insert(
                    at,
                    Entry {
                        prefix: prefix.into(),
                        parent: NO_PARENT,
                        subscribers: vec![subscriber],
                    },
                );
                self.chained = false;
                (true, true)
            }
        }
    }

    /// Takes a subscriber out: whether it was there, and whether the prefix is gone with it.
    pub(crate) fn remove(&mut self, prefix: &[u8], subscriber: u32) -> (bool, bool) {
        let Ok(at) = self.find(prefix) else {
            return (false, false);
        };
        let subscribers = &mut self.entries[at].subscribers;
        let Ok(place) = subscribers.binary_search(&subscriber) else {
            return (false, false);
        };
        subscribers.remove(place);
        let emptied = subscribers.is_empty();
        if emptied {
            self.entries.remove(at);
            self.chained = false;
        }
        (true, emptied)
    }

    /// Every prefix that this subscriber has.
    pub(crate) fn of(&self, subscriber: u32) -> Vec<Box<[u8]>> {
        let has = |entry: &&Entry| entry.subscribers.binary_search(&subscriber).is_ok();
        self.entries
            .iter()
            .filter(has)
            .map(|entry| entry.prefix.clone())
            .collect()
    }

    /// Calls `found` with the subscribers of every prefix of `frame`, the longest first.
    pub(crate) fn matches(&mut self, frame: &[u8], mut found: impl FnMut(&[u32])) {
        if !self.chained {
            self.chain();
        }
        // Whatever stands between a prefix of the frame and the frame itself starts with that
        // prefix: so the greatest entry at or below the frame has all of them in its chain.
        let mut at = match self.find(frame) {
            Ok(at) => at,
            Err(0) => return,
            Err(at) => at - 1,
        };
        let shared = shared_len(&self.entries[at].prefix, frame);
        loop {
            let entry = &self.entries[at];
            if entry.prefix.len() <= shared {
                found(&entry.subscribers);
            }
            if entry.parent == NO_PARENT {
                return;
            }
            at = entry.parent as usize;
        }
    }

    fn chain(&mut self) {
        let mut open: Vec<u32> = Vec::new();
        for at in 0..self.entries.len() {
            while let Some(&last) = open.last() {
                if self.entries[at].prefix.starts_with(&self.entries[last as usize].prefix) {
                    break;
                }
                open.pop();
            }
            self.entries[at].parent = open.last().copied().unwrap_or(NO_PARENT);
            open.push(u32::try_from(at).expect("memory ends before four milliards of prefixes"));
        }
        self.chained = true;
    }

    fn find(&self, prefix: &[u8]) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| (*entry.prefix).cmp(prefix))
    }
}

fn shared_len(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn matched(index: &mut PrefixIndex, frame: &[u8]) -> BTreeSet<u32> {
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
            assert_eq!(matched(&mut index, &frame), expected);
        }
    }

    #[test]
    fn a_long_chain_of_prefixes_is_walked_without_recursion() {
        let mut index = PrefixIndex::default();
        let topic = vec![b'x'; 20_000];
        for len in 0..topic.len() {
            index.insert(&topic[..len], 1);
        }
        let mut visited = 0;
        index.matches(&topic, |_| visited += 1);
        assert_eq!(visited, topic.len());
    }
}
