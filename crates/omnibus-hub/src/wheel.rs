//! When must a connection be looked at?

use std::time::{Duration, Instant};

/// The length of a tick: deadlines are met within one.
pub(crate) const TICK: Duration = Duration::from_millis(100);

const SLOTS: usize = 512;

/// A hashed timing wheel: a slot a tick, entries that lie further ahead go round again.
pub(crate) struct Wheel {
    origin: Instant,
    tick: u32,
    slots: Vec<Vec<Entry>>,
}

/// Whom to wake, and at which tick. It counts only if its owner still expects that tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: u32,
    pub(crate) generation: u32,
    pub(crate) tick: u32,
}

impl Wheel {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            origin: now,
            tick: 0,
            slots: (0..SLOTS).map(|_| Vec::new()).collect(),
        }
    }

    /// The first tick that begins at `moment` or later, and after the present one.
    pub(crate) fn tick_at(&self, moment: Instant) -> u32 {
        let ticks = moment
            .saturating_duration_since(self.origin)
            .as_millis()
            .div_ceil(TICK.as_millis());
        u32::try_from(ticks).unwrap_or(u32::MAX).max(self.tick + 1)
    }

    pub(crate) fn insert(&mut self, entry: Entry) {
        self.slots[entry.tick as usize % SLOTS].push(entry);
    }

    /// Moves on to `now` and appends every entry that has come due; whether a tick has passed.
    pub(crate) fn advance(&mut self, now: Instant, due: &mut Vec<Entry>) -> bool {
        let elapsed = now.saturating_duration_since(self.origin).as_millis() / TICK.as_millis();
        let target = u32::try_from(elapsed).unwrap_or(u32::MAX);
        let before = self.tick;
        while self.tick < target {
            self.tick += 1;
            let tick = self.tick;
            let slot = &mut self.slots[tick as usize % SLOTS];
            slot.retain(|entry| {
                let later = entry.tick > tick;
                if !later {
                    due.push(*entry);
                }
                later
            });
            if slot.is_empty() && slot.capacity() > 64 {
                slot.shrink_to(64);
            }
        }
        self.tick > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_due_once_and_at_its_tick() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        for millis in [50, 1_000, 60_000] {
            let tick = wheel.tick_at(start + Duration::from_millis(millis));
            wheel.insert(Entry {
                key: u32::try_from(millis).unwrap(),
                generation: 0,
                tick,
            });
        }
        let mut seen = Vec::new();
        for step in 0..700 {
            let mut due = Vec::new();
            let now = start + TICK * step;
            wheel.advance(now, &mut due);
            for entry in due {
                let late = now.duration_since(start).as_millis() - u128::from(entry.key);
                assert!(late <= TICK.as_millis(), "{entry:?} came {late} ms late");
                seen.push(entry.key);
            }
        }
        assert_eq!(seen, [50, 1_000, 60_000]);
    }
}
