//! How long does a test wait before it fails?
//!
//! The limits are generous: they bound a run on a machine that is busy with other things. What is
//! waited for is always a condition, so a test that passes does not take them.

use std::thread;
use std::time::{Duration, Instant};

/// For what a server does at once: an answer, a message, the end of a connection.
pub const ANSWER: Duration = Duration::from_secs(20);

/// For a process to start and say so.
pub const START: Duration = Duration::from_secs(60);

/// For a process to end after it was asked to.
pub const STOP: Duration = Duration::from_secs(20);

/// How long to look before saying that nothing comes.
pub const SILENCE: Duration = Duration::from_millis(300);

/// How often a condition that nobody announces is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Waits until the condition holds; false if it has not within `limit`.
pub fn holds_within(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Waits until `look` returns a value; the last one that it refused is told if none comes.
///
/// # Panics
/// If no value has come within `limit`.
pub fn eventually<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let mut last = String::new();
    let mut found = None;
    holds_within(limit, || match look() {
        Ok(value) => {
            found = Some(value);
            true
        }
        Err(seen) => {
            last = seen;
            false
        }
    });
    found.unwrap_or_else(|| panic!("{what}: not within {limit:?}; the last look saw {last}"))
}
