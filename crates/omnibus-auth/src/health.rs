//! Is the database there?

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use tracing::{error, info};

use crate::counters::{Counter, Counters};

/// Whether the database answers. Logins are refused at once while it does not, so that nobody
/// waits for it in vain.
///
/// ```text
/// Unknown ──▶ There ◀──▶ Away      Closed: the readers have ended
/// ```
#[derive(Default)]
pub(crate) struct Health {
    state: AtomicU8,
    failures: AtomicU64,
}

const UNKNOWN: u8 = 0;
const THERE: u8 = 1;
const AWAY: u8 = 2;
const CLOSED: u8 = 3;

impl Health {
    pub(crate) fn is_away(&self) -> bool {
        matches!(self.state.load(Ordering::Relaxed), AWAY | CLOSED)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::Relaxed) == CLOSED
    }

    pub(crate) fn close(&self) {
        self.state.store(CLOSED, Ordering::Relaxed);
    }

    /// How often a reading has failed: note it when one begins.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// A reading has succeeded that began after so many failures. Logged once a change. What began
    /// before the last failure says nothing of now.
    pub(crate) fn succeeded(&self, failures_before: u64) {
        if failures_before != self.failures() {
            return;
        }
        match self.change_to(THERE) {
            Some(UNKNOWN) => info!("the user table can be read"),
            Some(AWAY) => info!("the user table can be read again; logins go on"),
            _ => {}
        }
    }

    /// A reading has failed. Logged once a change.
    pub(crate) fn failed(&self, problem: &str, counters: &Counters) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if self.change_to(AWAY).is_some() {
            counters.count(Counter::DatabaseDown);
            error!(
                problem,
                "the user table can't be read; logins are refused until it can, and whoever is connected stays"
            );
        }
    }

    /// Returns the state before, if it was another and not the last.
    fn change_to(&self, state: u8) -> Option<u8> {
        let change = |old| (old != state && old != CLOSED).then_some(state);
        self.state.try_update(Ordering::Relaxed, Ordering::Relaxed, change).ok()
    }
}
