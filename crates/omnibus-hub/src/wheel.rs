//! When must a connection be looked at?

use std::time::{Duration, Instant};

/// The length of a tick: deadlines are met within one.
pub(crate) const TICK: Duration = Duration::from_millis(100);

const SLOTS: usize = 512;

/// A hashed timing wheel: a slot a tick, entries that lie further ahead go round again.
///
/// An entry belongs to a place among the connections, not to the connection that made it: who
/// comes next finds it there, looks in vain at most, and needs none of its own before it. So the
/// wheel grows with the connections that are there at once, and not with those that come and go.
pub(crate) struct Wheel {
    origin: Instant,
    tick: u32,
    slots: Vec<Vec<Entry>>,
    /// The tick of the one entry that counts, by key; 0 for none.
    scheduled: Vec<u32>,
}

/// Whom to look at, and at which tick.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u32,
    tick: u32,
}

impl Wheel {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            origin: now,
            tick: 0,
            slots: (0..SLOTS).map(|_| Vec::new()).collect(),
            scheduled: Vec::new(),
        }
    }

    /// The present tick.
    pub(crate) fn tick(&self) -> u32 {
        self.tick
    }

    /// The first tick that begins at `moment` or later, and after the present one.
    pub(crate) fn tick_at(&self, moment: Instant) -> u32 {
        let ticks = moment
            .saturating_duration_since(self.origin)
            .as_millis()
            .div_ceil(TICK.as_millis());
        u32::try_from(ticks).unwrap_or(u32::MAX).max(self.tick + 1)
    }

    /// Sees to it that the key comes due at `tick` or before.
    pub(crate) fn schedule(&mut self, key: u32, tick: u32) {
        let place = key as usize;
        if place >= self.scheduled.len() {
            self.scheduled.resize(place + 1, 0);
        }
        let scheduled = &mut self.scheduled[place];
        if *scheduled == 0 || tick < *scheduled {
            *scheduled = tick;
            self.slots[tick as usize % SLOTS].push(Entry { key, tick });
        }
    }

    /// Moves on to `now` and appends every key that has come due; whether a tick has passed.
    pub(crate) fn advance(&mut self, now: Instant, due: &mut Vec<u32>) -> bool {
        let elapsed = now.saturating_duration_since(self.origin).as_millis() / TICK.as_millis();
        let target = u32::try_from(elapsed).unwrap_or(u32::MAX);
        let before = self.tick;
        while self.tick < target {
            self.tick += 1;
            let tick = self.tick;
            let scheduled = &mut self.scheduled;
            let slot = &mut self.slots[tick as usize % SLOTS];
            slot.retain(|entry| {
                let is_later = entry.tick > tick;
                let place = entry.key as usize;
                if !is_later && scheduled[place] == entry.tick {
                    scheduled[place] = 0;
                    due.push(entry.key);
                }
                is_later
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
    fn a_key_comes_due_once_and_at_its_tick() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        for millis in [50, 1_000, 60_000] {
            let tick = wheel.tick_at(start + Duration::from_millis(millis));
            wheel.schedule(u32::try_from(millis).unwrap(), tick);
        }
        let mut seen = Vec::new();
        for step in 0..700 {
            let mut due = Vec::new();
            let now = start + TICK * step;
            wheel.advance(now, &mut due);
            for key in due {
                let late = now.duration_since(start).as_millis() - u128::from(key);
                assert!(late <= TICK.as_millis(), "{key} came {late} ms late");
                seen.push(key);
            }
        }
        assert_eq!(seen, [50, 1_000, 60_000]);
    }

    #[test]
    fn the_earliest_of_a_key_s_ticks_counts() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        for tick in [30, 10, 20] {
            wheel.schedule(7, tick);
        }
        let mut due = Vec::new();
        wheel.advance(start + TICK * 9, &mut due);
        assert!(due.is_empty());
        wheel.advance(start + TICK * 10, &mut due);
        assert_eq!(due, [7]);
        // What comes next is up to its owner.
        wheel.advance(start + TICK * 40, &mut due);
        assert_eq!(due, [7]);
    }

    #[test]
    fn connections_that_come_and_go_leave_no_entries_behind() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        let mut due = Vec::new();
        for number in 0..10_000 {
            let now = start + Duration::from_millis(number);
            wheel.advance(now, &mut due);
            for seconds in [10, 25, 5] {
                wheel.schedule(3, wheel.tick_at(now + Duration::from_secs(seconds)));
            }
        }
        let entries: usize = wheel.slots.iter().map(Vec::len).sum();
        assert!(entries < 10, "{entries} entries of one key");
    }
}
