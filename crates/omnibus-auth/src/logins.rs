//! Who waits for the database?

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::watch::{Listener, Terms};

/// Users of one reading: more make a statement that a database takes long to understand.
pub(crate) const USERS_AT_ONCE_MAX: usize = 256;

/// A login with a good token, whose user has to be read.
pub(crate) struct Waiting {
    pub(crate) address: IpAddr,
    pub(crate) terms: Terms,
    pub(crate) listener: Listener,
}

/// The logins that wait. Several of one user wait for one reading, and users of many logins are
/// read together, so that a herd costs few statements.
pub(crate) struct Logins {
    logins_max: usize,
    line: Mutex<Line>,
    arrived: Notify,
}

#[derive(Default)]
struct Line {
    /// Users nobody reads yet, in the order in which they came.
    unread: VecDeque<Arc<str>>,
    /// Those of users that are read now, too.
    waiting: HashMap<Arc<str>, Vec<Waiting>>,
    logins: usize,
}

impl Logins {
    pub(crate) fn new(logins_max: usize) -> Self {
        Self {
            logins_max,
            line: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// Lets a login wait, or gives it back if too many do.
    pub(crate) fn push(&self, user: &str, login: Waiting) -> Result<(), Waiting> {
        {
            let mut line = self.lock();
            if line.logins >= self.logins_max {
                return Err(login);
            }
            line.logins += 1;
            if let Some(others) = line.waiting.get_mut(user) {
                others.push(login);
                return Ok(());
            }
            let user: Arc<str> = user.into();
            line.waiting.insert(Arc::clone(&user), vec![login]);
            line.unread.push_back(user);
        }
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for users that have to be read, and takes some; the caller answers their logins with
    /// [`Logins::take`].
    pub(crate) async fn next(&self) -> Vec<Arc<str>> {
        loop {
            {
                let mut line = self.lock();
                let count = line.unread.len().min(USERS_AT_ONCE_MAX);
                let users: Vec<_> = line.unread.drain(..count).collect();
                if !line.unread.is_empty() {
                    self.arrived.notify_one();
                }
                if !users.is_empty() {
                    return users;
                }
            }
            self.arrived.notified().await;
        }
    }

    /// Takes the logins that wait for this user.
    pub(crate) fn take(&self, user: &str) -> Vec<Waiting> {
        let mut line = self.lock();
        let logins = line.waiting.remove(user).unwrap_or_default();
        line.logins -= logins.len();
        logins
    }

    /// Takes all logins.
    pub(crate) fn take_all(&self) -> Vec<Waiting> {
        let Line { waiting, .. } = std::mem::take(&mut *self.lock());
        waiting.into_values().flatten().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
