//! What is a connection told about its user, first and later?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use crate::counters::{Counter, Counters};
use crate::users::Status;

/// What a connection hears: first one verdict, and after [`Verdict::Granted`] any number of changes,
/// the last of which may be [`Told::Out`].
pub enum Told {
    /// The judgement of the token that was shown.
    Verdict(Verdict),
    /// The user has become staff, or is it no more.
    Changed {
        /// Which of the two.
        is_staff: bool,
    },
    /// The user may not be logged in any more: deactivated, or deleted.
    Out,
}

/// The judgement of a token.
pub enum Verdict {
    /// It is to be believed, and its user may log in.
    Granted(Grant),
    /// It is not, or they may not, or nobody knows now. Nobody is told which.
    Refused,
}

/// What a user may do now.
pub struct Grant {
    /// Whether they are staff.
    pub is_staff: bool,
    /// Whether the token lets them read only.
    pub read_only: bool,
    /// When the token runs out, if it ever does.
    pub expires_at: Option<Instant>,
    /// Keeps the changes coming; drop it to hear no more.
    pub watch: Watch,
}

/// Takes what a connection is told to where the connection is. It is called from any thread, may
/// not block, and may not call back into [`crate::Auth`] or drop a [`Watch`].
pub type Listener = Arc<dyn Fn(Told) + Send + Sync>;

/// Holds a connection's place among those that hear about its user; gives it up when dropped.
pub struct Watch {
    user: Arc<str>,
    number: u64,
    watched: Weak<Watched>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(watched) = self.watched.upgrade() {
            watched.forget(&self.user, self.number);
        }
    }
}

/// Everyone who is logged in, by user. There are no more of them than connections.
#[derive(Default)]
pub(crate) struct Watched(Mutex<Users>);

#[derive(Default)]
struct Users {
    by_name: HashMap<Arc<str>, User>,
    last_number: u64,
}

struct User {
    is_staff: bool,
    connections: Vec<Connection>,
}

struct Connection {
    number: u64,
    listener: Listener,
    /// Whether it has heard its verdict, before which it hears of no change.
    is_admitted: bool,
}

/// What a token grants beside what the table says.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) read_only: bool,
    pub(crate) expires_at: Option<Instant>,
}

impl Watched {
    /// Tells a connection that it is let in, and keeps it told from now on.
    ///
    /// The verdict is told without the lock, for with it a [`Watch`] is handed over, which takes
    /// the lock when nobody wants it. What changed meanwhile is told after it.
    pub(crate) fn admit(self: &Arc<Self>, user: &Arc<str>, is_staff: bool, terms: Terms, listener: &Listener) {
        let (number, is_staff) = self.enter(user, is_staff, listener);
        let watch = Watch {
            user: Arc::clone(user),
            number,
            watched: Arc::downgrade(self),
        };
        listener(Told::Verdict(Verdict::Granted(Grant {
            is_staff,
            read_only: terms.read_only,
            expires_at: terms.expires_at,
            watch,
        })));
        let mut users = self.lock();
        let entry = users.by_name.get_mut(user);
        let found = entry.and_then(|entry| {
            let connection = entry
                .connections
                .iter_mut()
                .find(|connection| connection.number == number);
            connection.map(|connection| (entry.is_staff, connection))
        });
        match found {
            // Sent out meanwhile, or gone by itself and deaf.
            None => listener(Told::Out),
            Some((now_staff, connection)) => {
                connection.is_admitted = true;
                if now_staff != is_staff {
                    listener(Told::Changed { is_staff: now_staff });
                }
            }
        }
    }

    /// Takes in what the table says about a user, and tells their connections what has changed.
    pub(crate) fn update(&self, user: &str, status: Status, counters: &Counters) {
        let mut users = self.lock();
        match status {
            Status::Active { is_staff } => {
                let Some(entry) = users.by_name.get_mut(user).filter(|entry| entry.is_staff != is_staff) else {
                    return;
                };
                entry.is_staff = is_staff;
                entry.tell(|| Told::Changed { is_staff });
                counters.add(Counter::Changed, entry.connections.len() as u64);
            }
            Status::Inactive => {
                // Whoever logs in when the user is active again begins anew.
                let Some(entry) = users.by_name.remove(user) else {
                    return;
                };
                entry.tell(|| Told::Out);
                counters.add(Counter::SentOut, entry.connections.len() as u64);
            }
        }
    }

    /// The users that somebody wants to hear about.
    pub(crate) fn users(&self) -> Vec<Arc<str>> {
        self.lock().by_name.keys().cloned().collect()
    }

    /// Gives a connection a number, and says whether its user is staff by what others of theirs
    /// know: that is the newer.
    fn enter(&self, user: &Arc<str>, is_staff: bool, listener: &Listener) -> (u64, bool) {
        let mut users = self.lock();
        users.last_number += 1;
        let number = users.last_number;
        let entry = users.by_name.entry(Arc::clone(user)).or_insert_with(|| User {
            is_staff,
            connections: Vec::new(),
        });
        entry.connections.push(Connection {
            number,
            listener: Arc::clone(listener),
            is_admitted: false,
        });
        (number, entry.is_staff)
    }

    fn forget(&self, user: &str, number: u64) {
        let mut users = self.lock();
        let Some(entry) = users.by_name.get_mut(user) else {
            return;
        };
        entry.connections.retain(|connection| connection.number != number);
        if entry.connections.is_empty() {
            users.by_name.remove(user);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Users> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl User {
    fn tell(&self, told: impl Fn() -> Told) {
        for connection in self.connections.iter().filter(|connection| connection.is_admitted) {
            (connection.listener)(told());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    const STAFF: Status = Status::Active { is_staff: true };
    const TERMS: Terms = Terms {
        read_only: false,
        expires_at: None,
    };

    fn listener() -> (Listener, Receiver<Told>) {
        let (sender, receiver) = channel();
        let sender = Mutex::new(sender);
        let listener: Listener = Arc::new(move |told| {
            // Whoever has gone hears nothing.
            let _gone = sender.lock().unwrap().send(told);
        });
        (listener, receiver)
    }

    fn granted(receiver: &Receiver<Told>) -> Grant {
        match receiver.try_recv() {
            Ok(Told::Verdict(Verdict::Granted(grant))) => grant,
            _ => panic!("no grant"),
        }
    }

    #[test]
    fn all_connections_of_a_user_hear_of_a_change_once_and_others_nothing() {
        let watched = Arc::new(Watched::default());
        let counters = Counters::default();
        let (one, heard) = listener();
        let (other, heard_by_other) = listener();
        watched.admit(&"1".into(), true, TERMS, &one);
        watched.admit(&"2".into(), true, TERMS, &other);
        let (first, second) = (granted(&heard), granted(&heard_by_other));
        assert!(first.is_staff && second.is_staff);
        watched.update("1", STAFF, &counters);
        assert!(heard.try_recv().is_err(), "nothing has changed");
        for _ in 0..2 {
            watched.update("1", Status::Active { is_staff: false }, &counters);
        }
        assert!(matches!(heard.try_recv(), Ok(Told::Changed { is_staff: false })));
        assert!(heard.try_recv().is_err());
        watched.update("1", Status::Inactive, &counters);
        assert!(matches!(heard.try_recv(), Ok(Told::Out)));
        assert!(heard_by_other.try_recv().is_err());
        assert_eq!(watched.users(), [Arc::from("2")]);
        drop((first, second));
        assert!(watched.users().is_empty());
    }

    #[test]
    fn whoever_has_gone_is_forgotten_even_if_nobody_takes_the_verdict() {
        let watched = Arc::new(Watched::default());
        let deaf: Listener = Arc::new(drop);
        watched.admit(&"1".into(), true, TERMS, &deaf);
        assert!(watched.users().is_empty());
    }

    #[test]
    fn what_changes_while_the_verdict_is_told_is_told_after_it() {
        let watched = Arc::new(Watched::default());
        let (listener, heard) = listener();
        let changing: Listener = {
            let watched = Arc::clone(&watched);
            Arc::new(move |told| {
                let is_verdict = matches!(told, Told::Verdict(_));
                listener(told);
                if is_verdict {
                    watched.update("1", Status::Inactive, &Counters::default());
                }
            })
        };
        watched.admit(&"1".into(), true, TERMS, &changing);
        let _grant = granted(&heard);
        assert!(matches!(heard.try_recv(), Ok(Told::Out)));
    }
}
