//! What was told, and what was dropped?

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! counters {
    ($($name:ident = $key:literal, $doc:literal;)*) => {
        /// One thing that is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Counter { $(#[doc = $doc] $name,)* }

        impl Counter {
            /// Every counter, in the order in which they are printed.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The counter's name in logs and metrics.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// What the counter counts.
            #[must_use]
            pub fn doc(self) -> &'static str {
                match self { $(Self::$name => $doc,)* }
            }
        }
    };
}

counters! {
    Events = "hooks_events", "Events that were taken in to be told to the application.";
    Received = "hooks_events_received", "Events that the application has received.";
    DroppedFull = "hooks_events_dropped_full", "Events dropped because as many wait as may.";
    DroppedShare = "hooks_events_dropped_share", "Events dropped because too much of what waits is of the same connection.";
    DroppedUndelivered = "hooks_events_dropped_undelivered", "Events dropped because the application has not received them in all the time that they were tried.";
    DroppedStopped = "hooks_events_dropped_stopped", "Events dropped because the node stopped before the application received them.";
    Requests = "hooks_requests", "Requests sent to the application, repeated ones too.";
    RequestsFailed = "hooks_requests_failed", "Requests that the application answered with another status than 2xx, or not in time.";
}

/// The counters of hooks; cheap to raise from any thread.
#[derive(Debug)]
pub struct Counters {
    values: [AtomicU64; Counter::ALL.len()],
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            values: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl Counters {
    /// The present value.
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.values[counter as usize].load(Relaxed)
    }

    /// Every counter that is not nought, by name.
    pub fn nonzero(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Counter::ALL
            .iter()
            .map(|&counter| (counter.key(), self.get(counter)))
            .filter(|(_, value)| *value > 0)
    }

    /// Events that were dropped, for whatever reason.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        [
            Counter::DroppedFull,
            Counter::DroppedShare,
            Counter::DroppedUndelivered,
            Counter::DroppedStopped,
        ]
        .into_iter()
        .map(|counter| self.get(counter))
        .sum()
    }

    pub(crate) fn add(&self, counter: Counter, amount: usize) {
        self.values[counter as usize].fetch_add(amount as u64, Relaxed);
    }
}
