//! How does an event loop wake up at a time, to the microsecond?
//!
//! The loop's own time-outs are whole milliseconds, which would be seen in every latency. On
//! Linux there are descriptors that become readable at a time; elsewhere the time-outs must do.

use std::io;
use std::time::Duration;

use mio::{Registry, Token};

/// Wakes an event loop.
#[derive(Debug)]
pub(crate) struct Alarm {
    #[cfg(target_os = "linux")]
    timer: std::os::fd::OwnedFd,
    /// When it goes off, on the clock of [`super::clock`].
    at: u64,
}

#[cfg(target_os = "linux")]
impl Alarm {
    /// Makes one that wakes the loop with this token.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        use std::os::fd::AsRawFd as _;

        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};

        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        let mut source = mio::unix::SourceFd(&timer.as_raw_fd());
        registry.register(&mut source, token, mio::Interest::READABLE)?;
        Ok(Self { timer, at: 0 })
    }

    /// Lets it go off at this time and no other; gives the time-out for the loop.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn set(&mut self, at: u64, now: u64) -> io::Result<Option<Duration>> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};

        if at <= now {
            return Ok(Some(Duration::ZERO));
        }
        if at != self.at {
            let part = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            let time = Itimerspec {
                it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
                it_value: Timespec {
                    tv_sec: part(at / super::clock::SECOND),
                    tv_nsec: part(at % super::clock::SECOND),
                },
            };
            timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &time)?;
            self.at = at;
        }
        Ok(None)
    }
}

#[cfg(not(target_os = "linux"))]
impl Alarm {
    /// Makes one.
    ///
    /// # Errors
    /// Never.
    pub(crate) fn new(_: &Registry, _: Token) -> io::Result<Self> {
        Ok(Self { at: 0 })
    }

    /// Gives the time-out for the loop.
    ///
    /// # Errors
    /// Never.
    pub(crate) fn set(&mut self, at: u64, now: u64) -> io::Result<Option<Duration>> {
        self.at = at;
        Ok(Some(Duration::from_nanos(at.saturating_sub(now))))
    }
}
