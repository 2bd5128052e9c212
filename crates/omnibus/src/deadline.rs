//! How long may something still take?

use std::time::{Duration, Instant};

use crate::error::Error;

/// A moment at which the patience ends, or never.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Option<Instant>,
    timeout: Duration,
}

/// What is waited for, and the next step if it does not come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Awaited {
    pub(crate) what: &'static str,
    pub(crate) mend: &'static str,
}

impl Deadline {
    /// Ends after this time from now; never with `None`.
    pub(crate) fn after(timeout: Option<Duration>) -> Self {
        Self {
            at: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            timeout: timeout.unwrap_or_default(),
        }
    }

    /// Ends at the earlier of both.
    pub(crate) fn or_after(self, timeout: Duration) -> Self {
        let other = Self::after(Some(timeout));
        match (self.at, other.at) {
            (Some(one), Some(another)) if one <= another => self,
            _ => other,
        }
    }

    /// What is left, fit for a socket's time-out: `None` is for ever, and it is never zero.
    ///
    /// # Errors
    /// [`Error::TimedOut`] when nothing is left.
    pub(crate) fn left(self, awaited: Awaited) -> Result<Option<Duration>, Error> {
        let Some(at) = self.at else { return Ok(None) };
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(self.timed_out(awaited));
        }
        Ok(Some(left.max(Duration::from_millis(1))))
    }

    /// Says that the time is over.
    pub(crate) fn timed_out(self, Awaited { what, mend }: Awaited) -> Error {
        let timeout = self.timeout;
        Error::TimedOut { what, timeout, mend }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWAITED: Awaited = Awaited {
        what: "waiting",
        mend: "wait longer",
    };

    #[test]
    fn the_earlier_end_holds() {
        let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
        assert_eq!(Deadline::after(Some(hour)).or_after(minute).timeout, minute);
        assert_eq!(Deadline::after(Some(minute)).or_after(hour).timeout, minute);
        assert_eq!(Deadline::after(None).or_after(hour).timeout, hour);
    }

    #[test]
    fn when_nothing_is_left_it_says_what_to_do() {
        assert!(matches!(Deadline::after(None).left(AWAITED), Ok(None)));
        let error = Deadline::after(Some(Duration::ZERO)).left(AWAITED).unwrap_err();
        assert_eq!(error.to_string(), "waiting took longer than 0s; wait longer");
        assert_eq!(error.exit_code(), 75);
    }
}
