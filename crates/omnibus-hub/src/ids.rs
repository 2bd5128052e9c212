//! Which channels does a connection have? A sorted set that needs no memory for a few.

const INLINE: usize = 5;

/// A sorted set of numbers, the first five of them in place.
#[derive(Debug)]
pub(crate) enum IdSet {
    Inline {
        len: u8,
        ids: [u32; INLINE],
    },
    // Boxed, so that the set is no larger than its inline form.
    #[expect(clippy::box_collection, reason = "the set must stay at 24 bytes")]
    Heap(Box<Vec<u32>>),
}

impl Default for IdSet {
    fn default() -> Self {
        Self::Inline {
            len: 0,
            ids: [0; INLINE],
        }
    }
}

impl IdSet {
    pub(crate) fn as_slice(&self) -> &[u32] {
        match self {
            Self::Inline { len, ids } => &ids[..usize::from(*len)],
            Self::Heap(ids) => ids,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(crate) fn contains(&self, id: u32) -> bool {
        self.as_slice().binary_search(&id).is_ok()
    }

    /// Adds `id`; false if it was there.
    pub(crate) fn insert(&mut self, id: u32) -> bool {
        let Err(at) = self.as_slice().binary_search(&id) else {
            return false;
        };
        match self {
            Self::Inline { len, ids } if usize::from(*len) < INLINE => {
                ids.copy_within(at..usize::from(*len), at + 1);
                ids[at] = id;
                *len += 1;
            }
            Self::Inline { ids, .. } => {
                let mut heap = Vec::with_capacity(INLINE * 2);
                heap.extend_from_slice(ids);
                heap.insert(at, id);
                *self = Self::Heap(Box::new(heap));
            }
            Self::Heap(ids) => ids.insert(at, id),
        }
        true
    }

    /// Takes `id` out; false if it was not there.
    pub(crate) fn remove(&mut self, id: u32) -> bool {
        let Ok(at) = self.as_slice().binary_search(&id) else {
            return false;
        };
        match self {
            Self::Inline { len, ids } => {
                ids.copy_within(at + 1..usize::from(*len), at);
                *len -= 1;
            }
            Self::Heap(ids) => {
                ids.remove(at);
                self.shrink();
            }
        }
        true
    }
}

impl IdSet {
    /// Gives back memory that a few ids do not need; not at the first chance, so that a set that
    /// grows again has not moved for nothing.
    fn shrink(&mut self) {
        let Self::Heap(heap) = self else { return };
        if heap.len() <= INLINE / 2 {
            let mut ids = [0; INLINE];
            ids[..heap.len()].copy_from_slice(heap);
            let len = u8::try_from(heap.len()).expect("it is at most five");
            *self = Self::Inline { len, ids };
        } else if heap.len() < heap.capacity() / 4 {
            heap.shrink_to(heap.len() * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_set_holds_what_a_tree_would_hold() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut set = IdSet::default();
        let mut tree = BTreeSet::new();
        for _ in 0..2_000 {
            let id = random.u32(0..24);
            if random.bool() {
                assert_eq!(set.insert(id), tree.insert(id));
            } else {
                assert_eq!(set.remove(id), tree.remove(&id));
            }
            assert_eq!(set.as_slice(), tree.iter().copied().collect::<Vec<_>>());
            assert_eq!(set.contains(id), tree.contains(&id));
        }
    }

    #[test]
    fn a_set_that_was_large_needs_no_memory_again() {
        let mut set = IdSet::default();
        (0..1_000).for_each(|id| assert!(set.insert(id)));
        (3..1_000).for_each(|id| assert!(set.remove(id)));
        assert!(set.remove(1));
        assert!(matches!(set, IdSet::Inline { len: 2, .. }));
        assert_eq!(set.as_slice(), [0, 2]);
    }

    #[test]
    fn an_empty_set_costs_a_connection_24_bytes() {
        assert_eq!(size_of::<IdSet>(), 24);
    }
}
