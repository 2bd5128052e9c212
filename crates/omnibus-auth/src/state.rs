//! What do judging and reading share, and how is a token judged?

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tracing::debug;

use crate::attempts::Attempts;
use crate::cache::Cache;
use crate::counters::{Counter, Counters};
use crate::health::Health;
use crate::logins::{Logins, Waiting};
use crate::token::{Keys, Refusal};
use crate::users::Status;
use crate::watch::{Listener, Terms, Told, Verdict, Watched};

/// Refusals that may be told late at one time; further ones are told at once.
const SLOWED_MAX: usize = 10_000;

/// What a connection shows.
pub struct Request<'a> {
    /// What stands behind the identifier: `<user>:<token>`.
    pub proof: &'a str,
    /// Where the client is.
    pub address: IpAddr,
}

/// What judging and reading share.
pub(crate) struct State {
    keys: Keys,
    runtime: Handle,
    attempts: Attempts,
    slowed: AtomicUsize,
    pub(crate) cache: Cache,
    pub(crate) logins: Logins,
    pub(crate) watched: Arc<Watched>,
    pub(crate) health: Health,
    pub(crate) counters: Counters,
    pub(crate) closing: Notify,
}

impl State {
    pub(crate) fn new(keys: Keys, cache_time: Duration, logins_max: usize, runtime: &Handle) -> Self {
        Self {
            keys,
            runtime: runtime.clone(),
            attempts: Attempts::default(),
            slowed: AtomicUsize::new(0),
            cache: Cache::new(cache_time),
            logins: Logins::new(logins_max),
            watched: Arc::default(),
            health: Health::default(),
            counters: Counters::default(),
            closing: Notify::new(),
        }
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(crate) fn judge(self: &Arc<Self>, request: &Request<'_>, listener: &Listener) {
        let now = Instant::now();
        let (user, token) = request.proof.split_once(':').unwrap_or((request.proof, ""));
        let claims = match self.keys.check(user, token, unix_seconds()) {
            Ok(claims) => claims,
            Err(refusal) => {
                debug!(address = %request.address, %refusal, "login refused");
                self.counters.count(match refusal {
                    Refusal::RunOut => Counter::RefusedRunOut,
                    Refusal::Malformed | Refusal::Original | Refusal::Forged => Counter::RefusedToken,
                });
                return self.refuse_failed(request.address, listener);
            }
        };
        let terms = Terms {
            read_only: claims.read_only,
            expires_at: claims.expiry.and_then(instant_of),
        };
        if let Some(status) = self.cache.get(user, now) {
            return self.decide(&user.into(), status, request.address, terms, listener);
        }
        if self.health.is_away() {
            return self.refuse(Counter::RefusedAway, listener);
        }
        let login = Waiting {
            address: request.address,
            terms,
            listener: Arc::clone(listener),
        };
        if let Err(login) = self.logins.push(user, login) {
            self.refuse(Counter::RefusedBusy, &login.listener);
        }
    }

    /// Tells the verdict on a user with a good token.
    pub(crate) fn decide(
        self: &Arc<Self>,
        user: &Arc<str>,
        status: Status,
        address: IpAddr,
        terms: Terms,
        listener: &Listener,
    ) {
        match status {
            Status::Active { is_staff } => {
                self.counters.count(Counter::Granted);
                self.watched.admit(user, is_staff, terms, listener);
            }
            Status::Inactive => {
                debug!(%address, "login refused: the user is unknown or inactive");
                self.counters.count(Counter::RefusedUser);
                self.refuse_failed(address, listener);
            }
        }
    }

    /// Refuses for a reason that lies with us.
    pub(crate) fn refuse(&self, counter: Counter, listener: &Listener) {
        self.counters.count(counter);
        listener(Told::Verdict(Verdict::Refused));
    }

    /// Refuses for a reason that lies with the client; late, if its address has failed often.
    fn refuse_failed(self: &Arc<Self>, address: IpAddr, listener: &Listener) {
        let delay = self.attempts.failed(address, Instant::now());
        if delay.is_zero() || self.slowed.load(Ordering::Relaxed) >= SLOWED_MAX {
            return listener(Told::Verdict(Verdict::Refused));
        }
        self.counters.count(Counter::Slowed);
        self.slowed.fetch_add(1, Ordering::Relaxed);
        let state = Arc::clone(self);
        let listener = Arc::clone(listener);
        self.runtime.spawn(async move {
            tokio::time::sleep(delay).await;
            state.slowed.fetch_sub(1, Ordering::Relaxed);
            listener(Told::Verdict(Verdict::Refused));
        });
    }

    /// Ends the readers; who waits is refused.
    pub(crate) fn close(&self) {
        self.health.close();
        self.closing.notify_waiters();
        for login in self.logins.take_all() {
            self.refuse(Counter::RefusedAway, &login.listener);
        }
    }
}

/// The seconds since 1970, in which tokens tell their end.
fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The moment of a Unix second to come; `None` if the clock can't count so far.
fn instant_of(second: u64) -> Option<Instant> {
    let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(second))?;
    let left = moment.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now().checked_add(left)
}
