//! Which topics does this node want from the one above?
//!
//! A topic is wanted from its first subscriber until some time after its last, so that a page
//! that is loaded again costs nothing. What changes is sent in numbered batches; once a batch is
//! confirmed, its topics carry.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use omnibus_hub::Join;

use crate::control::Change;

type Prefix = Box<[u8]>;

/// The topics wanted of a link, told the time.
#[derive(Debug)]
pub(crate) struct Interests {
    linger: Duration,
    topics: HashMap<Prefix, State>,
    /// Changes to be sent.
    unsent: Vec<Unsent>,
    serial: u64,
    /// The last batch that is confirmed.
    confirmed: u64,
    /// The batch that left nothing unsent, the first one since the link was lost.
    complete: Option<u64>,
    /// Batches that are sent and not yet confirmed.
    unconfirmed: VecDeque<(u64, Vec<Prefix>)>,
    /// Topics that nobody wants any more, in the order in which their time ends.
    leaving: VecDeque<(Instant, Prefix)>,
}

#[derive(Debug)]
struct State {
    is_confirmed: bool,
    /// When it ends, if nobody wants it any more.
    ends: Option<Instant>,
}

#[derive(Debug)]
enum Unsent {
    Add(Prefix),
    Remove(Prefix),
}

/// A batch of changes, to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) serial: u64,
    /// In the form of an INTEREST.
    pub(crate) changes: Vec<u8>,
}

impl Interests {
    pub(crate) fn new(linger: Duration) -> Self {
        Self {
            linger,
            topics: HashMap::new(),
            unsent: Vec::new(),
            serial: 0,
            confirmed: 0,
            complete: None,
            unconfirmed: VecDeque::new(),
            leaving: VecDeque::new(),
        }
    }

    /// A topic is wanted.
    pub(crate) fn want(&mut self, prefix: &[u8]) -> Join {
        if let Some(state) = self.topics.get_mut(prefix) {
            state.ends = None;
            return if state.is_confirmed { Join::Now } else { Join::Later };
        }
        self.topics.insert(
            prefix.into(),
            State {
                is_confirmed: false,
                ends: None,
            },
        );
        self.unsent.push(Unsent::Add(prefix.into()));
        Join::Later
    }

    /// A topic is not wanted any more.
    pub(crate) fn unwant(&mut self, prefix: &[u8], now: Instant) {
        if let Some(state) = self.topics.get_mut(prefix) {
            let ends = now + self.linger;
            state.ends = Some(ends);
            self.leaving.push_back((ends, prefix.into()));
        }
    }

    /// Ends the topics whose time is up.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some((ends, _)) = self.leaving.front()
            && *ends <= now
            && let Some((ends, prefix)) = self.leaving.pop_front()
        {
            // A topic that was wanted again meanwhile has no end, or a later one.
            if self.topics.get(&prefix).is_some_and(|state| state.ends == Some(ends)) {
                self.topics.remove(&prefix);
                self.unsent.push(Unsent::Remove(prefix));
            }
        }
    }

    /// The link is down: nothing is confirmed. Returns the topics that were still waited for.
    pub(crate) fn lose(&mut self) -> Vec<Prefix> {
        let waited = self
            .topics
            .iter()
            .filter(|(_, state)| !state.is_confirmed)
            .map(|(prefix, _)| prefix.clone())
            .collect();
        self.topics.retain(|_, state| {
            state.is_confirmed = false;
            state.ends.is_none()
        });
        self.leaving.clear();
        self.unconfirmed.clear();
        self.complete = None;
        self.unsent = self.topics.keys().cloned().map(Unsent::Add).collect();
        waited
    }

    /// Whether [`Interests::batch`] has something.
    pub(crate) fn has_changes(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Takes the next batch of changes, of about `bytes_max` at most; it may be empty.
    pub(crate) fn batch(&mut self, bytes_max: usize) -> Batch {
        self.serial += 1;
        let mut changes = Vec::new();
        let mut added = Vec::new();
        let mut taken = 0;
        for change in &self.unsent {
            if changes.len() >= bytes_max {
                break;
            }
            taken += 1;
            match change {
                Unsent::Add(prefix) => {
                    Change::Add(prefix).append_to(&mut changes);
                    added.push(prefix.clone());
                }
                Unsent::Remove(prefix) => Change::Remove(prefix).append_to(&mut changes),
            }
        }
        self.unsent.drain(..taken);
        if self.unsent.is_empty() {
            self.complete.get_or_insert(self.serial);
        }
        self.unconfirmed.push_back((self.serial, added));
        Batch {
            serial: self.serial,
            changes,
        }
    }

    /// A batch, and all before it, are confirmed. Returns the topics that carry now.
    pub(crate) fn confirm(&mut self, serial: u64) -> Vec<Prefix> {
        self.confirmed = serial.max(self.confirmed);
        let mut joined = Vec::new();
        while self.unconfirmed.front().is_some_and(|(sent, _)| *sent <= serial)
            && let Some((_, added)) = self.unconfirmed.pop_front()
        {
            for prefix in added {
                if let Some(state) = self.topics.get_mut(&prefix) {
                    state.is_confirmed = true;
                    joined.push(prefix);
                }
            }
        }
        joined
    }

    /// Whether all that was wanted when the link came has been confirmed since.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete.is_some_and(|serial| serial <= self.confirmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Changes;

    const LINGER: Duration = Duration::from_secs(2);

    fn changes(interests: &mut Interests) -> Vec<(char, Vec<u8>)> {
        let batch = interests.batch(usize::MAX);
        let change = |change| match change {
            Change::Add(prefix) => ('+', prefix.to_vec()),
            Change::Remove(prefix) => ('-', prefix.to_vec()),
        };
        Changes::new(&batch.changes).map(change).collect()
    }

    #[test]
    fn a_topic_carries_once_its_batch_is_confirmed() {
        let mut interests = Interests::new(LINGER);
        assert_eq!(interests.want(b"a:"), Join::Later);
        assert_eq!(changes(&mut interests), [('+', b"a:".to_vec())]);
        assert_eq!(interests.want(b"a:"), Join::Later);
        assert_eq!(interests.confirm(1), [Prefix::from(b"a:".as_slice())]);
        assert_eq!(interests.want(b"a:"), Join::Now);
        assert!(!interests.has_changes());
    }

    #[test]
    fn a_topic_that_is_wanted_again_soon_is_never_given_up() {
        let start = Instant::now();
        let mut interests = Interests::new(LINGER);
        interests.want(b"a:");
        interests.batch(usize::MAX);
        interests.confirm(1);
        interests.unwant(b"a:", start);
        interests.expire(start + LINGER / 2);
        assert_eq!(interests.want(b"a:"), Join::Now);
        interests.expire(start + LINGER * 2);
        assert!(!interests.has_changes());
        interests.unwant(b"a:", start + LINGER * 2);
        interests.expire(start + LINGER * 3);
        assert_eq!(changes(&mut interests), [('-', b"a:".to_vec())]);
    }

    #[test]
    fn a_lost_link_is_told_everything_again() {
        let mut interests = Interests::new(LINGER);
        interests.want(b"a:");
        interests.batch(usize::MAX);
        interests.confirm(1);
        interests.want(b"b:");
        assert_eq!(interests.lose(), [Prefix::from(b"b:".as_slice())]);
        let mut again = changes(&mut interests);
        again.sort();
        assert_eq!(again, [('+', b"a:".to_vec()), ('+', b"b:".to_vec())]);
    }

    #[test]
    fn a_batch_is_bounded() {
        let mut interests = Interests::new(LINGER);
        for number in 0..100 {
            interests.want(format!("channel-{number}:").as_bytes());
        }
        assert!(interests.batch(100).changes.len() < 130);
        assert!(interests.has_changes());
    }

    #[test]
    fn interest_is_complete_with_the_last_of_its_batches_and_no_sooner() {
        let mut interests = Interests::new(LINGER);
        assert!(!interests.is_complete());
        for topic in [b"a:", b"b:", b"c:"] {
            interests.want(topic);
        }
        for _ in 0..2 {
            // A byte is less than any change: one batch for each topic.
            let serials = [(); 3].map(|()| interests.batch(1).serial);
            interests.confirm(serials[0]);
            interests.confirm(serials[1]);
            assert!(!interests.is_complete());
            interests.confirm(serials[2]);
            assert!(interests.is_complete());
            // What is wanted later is waited for by itself.
            interests.want(b"d:");
            assert!(interests.is_complete());
            interests.unwant(b"d:", Instant::now());
            interests.lose();
            assert!(!interests.is_complete());
        }
    }
}
