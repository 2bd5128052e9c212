//! Do logins hold against a table that can be slow, away and back again?

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use omnibus_counters::Countable;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::counters::Counter;
use crate::token::Keys;
use crate::users::Status;
use crate::watch::{Grant, Told, Verdict};

/// Tokens of `test123key` that never end, by the original.
const TOKEN_OF_123: &str = "123:5570b1b049c7207a09fd22f587ed7019f8c50453";
const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// A user table.
#[derive(Default)]
struct Fake {
    users: HashMap<String, Status>,
    mood: Mood,
    readings: usize,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Mood {
    #[default]
    Quick,
    Slow,
    Silent,
    Away,
}

#[derive(Clone, Default)]
struct FakeTable(Arc<Mutex<Fake>>);

impl Source for FakeTable {
    async fn read(&mut self, users: &[Arc<str>]) -> Result<Vec<Status>, sqlx::Error> {
        let mood = {
            let mut fake = self.0.lock().unwrap();
            fake.readings += usize::from(!users.is_empty());
            fake.mood
        };
        match mood {
            Mood::Quick => {}
            Mood::Slow => tokio::time::sleep(Duration::from_millis(100)).await,
            Mood::Silent => std::future::pending().await,
            Mood::Away => return Err(sqlx::Error::PoolClosed),
        }
        let fake = self.0.lock().unwrap();
        let status = |user: &Arc<str>| fake.users.get(&**user).copied().unwrap_or(Status::Inactive);
        Ok(users.iter().map(status).collect())
    }
}

struct Site {
    table: FakeTable,
    auth: Auth,
    _runtime: Runtime,
}

impl Site {
    fn new(logins_max: usize) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let table = FakeTable::default();
        let keys = Keys {
            present: "test123key".into(),
            previous: None,
            original_tokens: true,
        };
        let state = State::new(keys, Duration::from_millis(200), logins_max, runtime.handle());
        let pace = Pace {
            readers: 1,
            recheck_interval: Duration::from_millis(300),
        };
        let source = table.clone();
        let site = Self {
            auth: Auth::with(state, pace, move || source.clone()),
            table,
            _runtime: runtime,
        };
        site.set(Status::Active { is_staff: true });
        site
    }

    fn set(&self, status: Status) {
        self.table.0.lock().unwrap().users.insert("123".to_owned(), status);
    }

    fn is(&self, mood: Mood) {
        self.table.0.lock().unwrap().mood = mood;
    }

    fn login(&self, proof: &str) -> Receiver<Told> {
        let (sender, receiver) = channel();
        let sender = Mutex::new(sender);
        let listener: Listener = Arc::new(move |told| {
            // A test that has heard enough has gone.
            let _gone = sender.lock().unwrap().send(told);
        });
        let request = Request {
            proof,
            address: ADDRESS,
        };
        self.auth.judge(&request, &listener);
        receiver
    }

    fn wait_until(&self, counter: Counter, value: u64) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.auth.counters().get(counter) < value {
            assert!(Instant::now() < deadline, "{} never came to {value}", counter.key());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn verdict(heard: &Receiver<Told>) -> Option<Grant> {
    match heard.recv_timeout(Duration::from_secs(10)).unwrap() {
        Told::Verdict(Verdict::Granted(grant)) => Some(grant),
        Told::Verdict(Verdict::Refused) => None,
        _ => panic!("a change before the verdict"),
    }
}

#[test]
fn good_token_of_an_active_user_is_granted_with_the_rights_of_the_table() {
    let site = Site::new(10);
    let grant = verdict(&site.login(TOKEN_OF_123)).unwrap();
    assert!(grant.is_staff && !grant.read_only && grant.expires_at.is_none());
    for proof in [
        "",
        ":",
        "123",
        "123:",
        "124:5570b1b049c7207a09fd22f587ed7019f8c50453",
        "123:é",
    ] {
        assert!(verdict(&site.login(proof)).is_none(), "{proof:?}");
    }
    assert_eq!(site.auth.counters().get(Counter::RefusedToken), 6);
}

#[test]
fn a_herd_of_one_user_costs_one_reading() {
    let site = Site::new(1_000);
    site.is(Mood::Slow);
    let herd: Vec<_> = (0..500).map(|_| site.login(TOKEN_OF_123)).collect();
    let grants: Vec<_> = herd.iter().map(|heard| verdict(heard).unwrap()).collect();
    assert_eq!(grants.len(), 500);
    assert_eq!(site.table.0.lock().unwrap().readings, 1);
}

#[test]
fn more_than_may_wait_are_refused_and_counted() {
    let site = Site::new(10);
    site.is(Mood::Slow);
    let herd: Vec<_> = (0..15).map(|_| site.login(TOKEN_OF_123)).collect();
    let granted = herd.iter().filter_map(verdict).count();
    assert_eq!(granted, 10);
    assert_eq!(site.auth.counters().get(Counter::RefusedBusy), 5);
    assert!(verdict(&site.login(TOKEN_OF_123)).is_some(), "there is room again");
}

#[test]
fn connected_user_hears_that_rights_change_and_that_they_are_out() {
    let site = Site::new(10);
    let heard = site.login(TOKEN_OF_123);
    let _grant = verdict(&heard).unwrap();
    let next = || heard.recv_timeout(Duration::from_secs(5)).unwrap();
    site.set(Status::Active { is_staff: false });
    assert!(matches!(next(), Told::Changed { is_staff: false }));
    site.set(Status::Active { is_staff: true });
    assert!(matches!(next(), Told::Changed { is_staff: true }));
    site.set(Status::Inactive);
    assert!(matches!(next(), Told::Out));
    assert!(verdict(&site.login(TOKEN_OF_123)).is_none());
}

#[test]
fn logins_are_refused_within_two_seconds_while_the_database_is_silent_and_go_on_when_it_is_back() {
    let site = Site::new(10);
    let heard = site.login(TOKEN_OF_123);
    let _grant = verdict(&heard).unwrap();
    for mood in [Mood::Silent, Mood::Away] {
        // What the table said before is believed no longer.
        thread::sleep(Duration::from_millis(250));
        site.is(mood);
        thread::sleep(Duration::from_millis(250));
        for _ in 0..3 {
            let begun = Instant::now();
            assert!(verdict(&site.login(TOKEN_OF_123)).is_none());
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        }
        assert!(heard.try_recv().is_err(), "who is connected hears nothing of it");
        site.is(Mood::Quick);
        let deadline = Instant::now() + Duration::from_secs(5);
        while verdict(&site.login(TOKEN_OF_123)).is_none() {
            assert!(Instant::now() < deadline, "not healed");
            thread::sleep(Duration::from_millis(50));
        }
    }
    assert_eq!(site.auth.counters().get(Counter::DatabaseDown), 2);
}

#[test]
fn failures_are_told_late_and_a_good_login_in_between_is_not() {
    let site = Site::new(10);
    let begun = Instant::now();
    for _ in 0..7 {
        assert!(verdict(&site.login("123:forged")).is_none());
    }
    assert!(begun.elapsed() >= Duration::from_millis(750), "{:?}", begun.elapsed());
    assert_eq!(site.auth.counters().get(Counter::Slowed), 2);
    let begun = Instant::now();
    assert!(verdict(&site.login(TOKEN_OF_123)).is_some());
    assert!(begun.elapsed() < Duration::from_millis(700), "{:?}", begun.elapsed());
}

#[test]
fn logins_that_wait_are_refused_when_nobody_reads_any_more() {
    let site = Site::new(10);
    site.is(Mood::Silent);
    let heard = site.login(TOKEN_OF_123);
    site.wait_until(Counter::Reads, 2);
    drop(site);
    assert!(verdict(&heard).is_none());
}
