//! Where do counters stand, and how are they raised?

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The things that a crate counts; [`counters!`](crate::counters!) implements it.
pub trait Countable: Copy + fmt::Debug + Eq + 'static {
    /// Every counter, in the order in which they are printed.
    const ALL: &'static [Self];

    /// The counter's name in logs; metrics derive theirs from it.
    fn key(self) -> &'static str;

    /// What the counter counts, in a sentence.
    fn doc(self) -> &'static str;

    /// Its place among all.
    fn index(self) -> usize;
}

/// A value for each counter; cheap to raise from any thread.
///
/// They share no cache line with anything else, so that threads that count into different ones
/// don't wait for each other.
pub struct Counters<C> {
    lines: Box<[Line]>,
    counters: PhantomData<C>,
}

/// Values that a processor moves together.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Line([AtomicU64; LINE]);

const LINE: usize = 8;

impl<C: Countable> Counters<C> {
    /// Adds one.
    pub fn count(&self, counter: C) {
        self.add(counter, 1);
    }

    /// Adds `amount`.
    pub fn add(&self, counter: C, amount: u64) {
        self.value(counter).fetch_add(amount, Relaxed);
    }

    /// The present value.
    #[must_use]
    pub fn get(&self, counter: C) -> u64 {
        self.value(counter).load(Relaxed)
    }

    /// Every counter that is not nought, by name.
    pub fn nonzero(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        C::ALL
            .iter()
            .map(|&counter| (counter.key(), self.get(counter)))
            .filter(|(_, value)| *value > 0)
    }

    fn value(&self, counter: C) -> &AtomicU64 {
        let index = counter.index();
        &self.lines[index / LINE].0[index % LINE]
    }
}

impl<C: Countable> Default for Counters<C> {
    fn default() -> Self {
        let lines = C::ALL.len().div_ceil(LINE);
        Self {
            lines: (0..lines).map(|_| Line::default()).collect(),
            counters: PhantomData,
        }
    }
}

impl<C: Countable> fmt::Debug for Counters<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.nonzero()).finish()
    }
}
