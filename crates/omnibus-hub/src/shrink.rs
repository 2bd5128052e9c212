//! When is memory given back after a burst?

use std::hash::{BuildHasher, Hash};

use hashbrown::HashMap;
use slab::Slab;

/// Collections below this size are left alone.
const KEEP: usize = 1 << 10;

/// With fewer entries than this it is tried every time.
const FEW: usize = 16;

/// Gives back the memory of entries that are gone, where they stood at the end; call it after a
/// removal. Returns whether it was tried.
///
/// It is tried at powers of two and with the last few only, as it may cost as much as the
/// collection is large.
pub(crate) fn slab<T>(slab: &mut Slab<T>) -> bool {
    let due = is_due(slab.len(), slab.capacity());
    if due {
        slab.shrink_to_fit();
    }
    due
}

/// The same for a map.
pub(crate) fn map<K: Eq + Hash, V, S: BuildHasher>(map: &mut HashMap<K, V, S>) {
    if is_due(map.len(), map.capacity()) {
        map.shrink_to(map.len() * 2);
    }
}

/// How much of a buffer was needed since the last look at it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needed(usize);

impl Needed {
    /// Empties a buffer whose content has done its work; its room is for the next.
    pub(crate) fn empty<T>(&mut self, buffer: &mut Vec<T>) {
        self.0 = self.0.max(buffer.len());
        buffer.clear();
    }

    /// Gives back the room that nobody needed since the last look; called a few times a second, so
    /// that a buffer in use stays as it is, and one that a burst has made large does not.
    pub(crate) fn look<T>(&mut self, buffer: &mut Vec<T>) {
        let needed = std::mem::take(&mut self.0).max(buffer.len());
        if needed < buffer.capacity() / 2 {
            buffer.shrink_to(needed);
        }
    }
}

fn is_due(len: usize, capacity: usize) -> bool {
    capacity > KEEP && len < capacity / 4 && (len < FEW || len.is_power_of_two())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_keeps_the_room_that_was_needed_since_the_last_look_and_no_other() {
        let mut needed = Needed::default();
        let mut buffer = vec![0_u8; 10_000];
        needed.empty(&mut buffer);
        buffer.push(0);
        needed.empty(&mut buffer);
        needed.look(&mut buffer);
        assert_eq!((buffer.len(), buffer.capacity()), (0, 10_000));
        buffer.extend([0; 100]);
        needed.empty(&mut buffer);
        needed.look(&mut buffer);
        assert_eq!(buffer.capacity(), 100);
        needed.look(&mut buffer);
        assert_eq!(buffer.capacity(), 0);
    }
}
