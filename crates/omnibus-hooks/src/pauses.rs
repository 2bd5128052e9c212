//! How long to wait before a request is sent again?

use std::time::Duration;

/// Pauses that double, each cut short by chance, so that lanes and nodes do not come back all at
/// the same moment.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
}

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(8);

impl Pauses {
    pub(crate) fn new() -> Self {
        Self { next: FIRST }
    }

    /// The pause after one more failure: between half and all of what is due.
    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST);
        whole.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_are_not_all_alike() {
        let mut pauses = Pauses::new();
        let mut due = FIRST;
        for _ in 0..20 {
            let pause = pauses.next();
            assert!(due / 2 <= pause && pause <= due, "{pause:?} of {due:?}");
            due = (due * 2).min(LONGEST);
        }
        assert_ne!(Pauses::new().next(), Pauses::new().next());
    }
}
