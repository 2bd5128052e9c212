//! How do readings of the user table go on beside everything else?

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::counters::Counter;
use crate::logins::USERS_AT_ONCE_MAX;
use crate::state::State;
use crate::users::{Source, Status};

/// How long a reading may take, connecting included: what waits for it is answered within 2 s.
const READING_TIME_MAX: Duration = Duration::from_secs(1);

/// How often a database that is away is looked for.
const AWAY_INTERVAL: Duration = Duration::from_millis(500);

/// How much is read, and how often.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// Readings for logins at one time.
    pub(crate) readers: usize,
    /// From one look at the users of connected clients to the next.
    pub(crate) recheck_interval: Duration,
}

/// Starts all readers, each with a source of its own.
pub(crate) fn start<S: Source>(state: &Arc<State>, pace: Pace, source: impl Fn() -> S) {
    for _ in 0..pace.readers {
        let reading = read_logins(Arc::clone(state), source());
        spawn(state, reading);
    }
    let rechecking = recheck(Arc::clone(state), source(), pace.recheck_interval);
    spawn(state, rechecking);
}

/// Runs a reader until it is to end.
fn spawn(state: &Arc<State>, reader: impl Future<Output = ()> + Send + 'static) {
    let until = Arc::clone(state);
    state.runtime().spawn(async move {
        let mut closing = std::pin::pin!(until.closing.notified());
        closing.as_mut().enable();
        if until.health.is_closed() {
            return;
        }
        tokio::select! {
            () = closing => {}
            () = reader => {}
        }
    });
}

/// Answers logins, as many at a time as wait.
async fn read_logins(state: Arc<State>, mut source: impl Source) {
    loop {
        let users = state.logins.next().await;
        let Some(statuses) = read(&state, &mut source, &users).await else {
            // Whoever came meanwhile would wait as long again: too long.
            for login in state.logins.take_all() {
                state.refuse(Counter::RefusedAway, &login.listener);
            }
            continue;
        };
        for (user, status) in users.iter().zip(statuses) {
            note(&state, user, status);
            for login in state.logins.take(user) {
                state.decide(user, status, login.address, login.terms, &login.listener);
            }
        }
    }
}

/// Looks again and again at the users of connected clients; and for a database that is away.
async fn recheck(state: Arc<State>, mut source: impl Source, interval: Duration) {
    // The first look, at nobody, tells whether the table is there.
    read(&state, &mut source, &[]).await;
    loop {
        let is_away = state.health.is_away();
        tokio::time::sleep(if is_away { AWAY_INTERVAL } else { interval }).await;
        let users = state.watched.users();
        if users.is_empty() && is_away {
            read(&state, &mut source, &[]).await;
        }
        for users in users.chunks(USERS_AT_ONCE_MAX) {
            let Some(statuses) = read(&state, &mut source, users).await else {
                break;
            };
            for (user, status) in users.iter().zip(statuses) {
                note(&state, user, status);
            }
        }
    }
}

/// Remembers what was read, and tells whoever is connected what has changed.
fn note(state: &State, user: &Arc<str>, status: Status) {
    state.cache.put(user, status, Instant::now());
    state.watched.update(user, status, &state.counters);
}

/// Reads, in bounded time, and notes whether the database is there.
async fn read(state: &State, source: &mut impl Source, users: &[Arc<str>]) -> Option<Vec<Status>> {
    state.counters.count(Counter::Reads);
    let failures_before = state.health.failures();
    match tokio::time::timeout(READING_TIME_MAX, source.read(users)).await {
        Ok(Ok(statuses)) => {
            state.health.succeeded(failures_before);
            Some(statuses)
        }
        Ok(Err(problem)) => {
            state.health.failed(&problem.to_string(), &state.counters);
            None
        }
        Err(_) => {
            state
                .health
                .failed(&format!("no answer within {READING_TIME_MAX:?}"), &state.counters);
            None
        }
    }
}
