//! What time is it, for all threads and processes of a run alike?
//!
//! Times are nanoseconds of the system's monotonic clock, so that one process can put into a
//! message when it was due and another, on the same machine, can tell how late it is.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of a second.
pub(crate) const SECOND: u64 = 1_000_000_000;

/// Nanoseconds of a millisecond.
pub(crate) const MILLISECOND: u64 = 1_000_000;

/// Gives the present time.
pub(crate) fn now() -> u64 {
    nanoseconds(ClockId::Monotonic)
}

/// Gives the time that this process has kept a core busy, in the kernel too.
pub(crate) fn cpu_time() -> u64 {
    nanoseconds(ClockId::ProcessCPUTime)
}

fn nanoseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let part = |number: i64| u64::try_from(number).expect("these clocks begin at zero");
    part(time.tv_sec) * SECOND + part(time.tv_nsec)
}
