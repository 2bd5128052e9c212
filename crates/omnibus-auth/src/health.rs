//! Is the database there?

use std::sync::atomic::{AtomicU8, Ordering};

use tracing::{error, info};

use crate::counters::{Counter, Counters};

/// Whether the database answers. Logins are refused at once while it does not, so that nobody
/// waits for it in vain.
///
/// ```text
/// Unknown ──▶ There ◀──▶ Away      Closed: the readers have ended
/// ```
#[derive(Default)]
pub(crate) struct Health(AtomicU8);

const UNKNOWN: u8 = 0;
const THERE: u8 = 1;
const AWAY: u8 = 2;
const CLOSED: u8 = 3;

impl Health {
    pub(crate) fn is_away(&self) -> bool {
        matches!(self.0.load(Ordering::Relaxed), AWAY | CLOSED)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Relaxed) == CLOSED
    }

    pub(crate) fn close(&self) {
        self.0.store(CLOSED, Ordering::Relaxed);
    }

    /// A reading has succeeded. Logged once a change.
    pub(crate) fn succeeded(&self) {
        match self.change_to(THERE) {
            Some(UNKNOWN) => info!("the user table can be read"),
            Some(AWAY) => info!("the user table can be read again; logins go on"),
            _ => {}
        }
    }

    /// A reading has failed. Logged once a change.
    pub(crate) fn failed(&self, problem: &str, counters: &Counters) {
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
        self.0.try_update(Ordering::Relaxed, Ordering::Relaxed, change).ok()
    }
}
