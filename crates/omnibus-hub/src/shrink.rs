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

fn is_due(len: usize, capacity: usize) -> bool {
    capacity > KEEP && len < capacity / 4 && (len < FEW || len.is_power_of_two())
}
