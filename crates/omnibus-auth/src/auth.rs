//! Who is this user, and may they still?
//!
//! ```text
//! shard's thread   judge: the token, the cache ──▶ told at once
//!                    │ not in the cache
//!                    ▼
//! runtime          Logins ──▶ reader (some) ──▶ told
//!                  recheck: users of connected clients ──▶ told of changes
//! ```

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::config::Config;
use crate::counters::Counters;
use crate::readers::{self, Pace};
use crate::state::{Request, State};
use crate::users::{Source, Users};
use crate::watch::Listener;

/// Judges users; cheap to clone, usable from every thread. Its readers end with its last clone.
#[derive(Clone)]
pub struct Auth {
    state: Arc<State>,
    /// Ends the readers when nobody holds it any more.
    _open: Arc<Open>,
}

struct Open(Arc<State>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Auth {
    /// Starts reading users on a runtime, which has to have a timer and I/O.
    #[must_use]
    pub fn start(config: Config, runtime: &Handle) -> Self {
        let Config {
            keys,
            database,
            table,
            connections,
            cache_time,
            recheck_interval,
            logins_max,
        } = config;
        let pace = Pace {
            readers: connections.max(1),
            recheck_interval,
        };
        let state = State::new(keys, cache_time, logins_max, runtime);
        Self::with(state, pace, || Users::new(database.clone(), table.clone()))
    }

    /// Starts reading from sources that `source` makes.
    pub(crate) fn with<S: Source>(state: State, pace: Pace, source: impl Fn() -> S) -> Self {
        let state = Arc::new(state);
        readers::start(&state, pace, source);
        Self {
            _open: Arc::new(Open(Arc::clone(&state))),
            state,
        }
    }

    /// Judges a token and its user, and tells `listener` once, and later what changes. Never
    /// blocks: it may be told at once, on this thread, or within two seconds from another.
    /// Refusals are told later still where many have failed before.
    pub fn judge(&self, request: &Request<'_>, listener: &Listener) {
        self.state.judge(request, listener);
    }

    /// What was decided, and what it cost.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.state.counters
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
