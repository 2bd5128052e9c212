//! What was decided, and what it cost?

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
    Granted = "logins_granted", "Logins granted.";
    RefusedToken = "logins_refused_token", "Logins refused for a malformed, forged or original token.";
    RefusedRunOut = "logins_refused_run_out", "Logins refused because the token had run out.";
    RefusedUser = "logins_refused_user", "Logins with a good token refused because the user is unknown or inactive.";
    RefusedAway = "logins_refused_away", "Logins refused because the database was away.";
    RefusedBusy = "logins_refused_busy", "Logins refused because too many waited for the database.";
    Slowed = "logins_slowed", "Refusals that were told late, for their address had failed often.";
    Reads = "user_reads", "Times the user table was read, for up to 256 users each.";
    DatabaseDown = "database_downs", "Times the database went away.";
    SentOut = "users_sent_out", "Connections told that their user may not be logged in any more.";
    Changed = "users_changed", "Connections told that their user has become staff, or is it no more.";
}

/// The counters of one [`crate::Auth`].
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
    pub(crate) fn count(&self, counter: Counter) {
        self.add(counter, 1);
    }

    pub(crate) fn add(&self, counter: Counter, amount: u64) {
        self.values[counter as usize].fetch_add(amount, Relaxed);
    }

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
}
