//! When is the next one due?
//!
//! What is due is due whether or not anybody was in time for what came before: a load that waits
//! for a slow server would hide how slow it is.

use super::clock::SECOND;

/// Events at a rate: the first at its start, none at or after its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    start: u64,
    end: u64,
    per_second: f64,
    taken: u64,
}

impl Schedule {
    /// Begins at `start`.
    pub(crate) fn new(per_second: f64, start: u64, end: u64) -> Self {
        Self {
            start,
            end,
            per_second,
            taken: 0,
        }
    }

    /// When the next is due; never is [`u64::MAX`].
    pub(crate) fn next(&self) -> u64 {
        let at = due(self.start, self.taken, self.per_second);
        if at < self.end { at } else { u64::MAX }
    }

    /// Takes the next one if it is due, and says when it was.
    pub(crate) fn take(&mut self, now: u64) -> Option<u64> {
        let at = self.next();
        if at == u64::MAX || at > now {
            return None;
        }
        self.taken += 1;
        Some(at)
    }
}

/// When the event of this number, from 0, is due.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a time far ahead is never reached, and a run has fewer than 2^52 events"
)]
pub(crate) fn due(start: u64, number: u64, per_second: f64) -> u64 {
    start.saturating_add((number as f64 * SECOND as f64 / per_second) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_late_gets_all_that_were_due_with_their_own_times() {
        let mut schedule = Schedule::new(1_000.0, 5_000_000, 9_000_000);
        assert_eq!(schedule.take(4_999_999), None);
        assert_eq!(schedule.take(5_000_000), Some(5_000_000));
        assert_eq!(schedule.next(), 6_000_000);
        let late: Vec<u64> = std::iter::from_fn(|| schedule.take(100_000_000)).collect();
        assert_eq!(late, [6_000_000, 7_000_000, 8_000_000]);
        assert_eq!(schedule.next(), u64::MAX);
    }
}
