//! Which topics does this node want from the one above?
//!
//! A topic is wanted from its first subscriber until some time after its last, so that a page
//! that is loaded again costs nothing. What changes is sent in numbered batches; once a batch is
//! confirmed, its topics carry.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use omnibus_hub::Join;

use crate::control::Change;

type Prefix = Box<[u8]>;

/// The topics wanted of a link, told the time.
#[derive(Debug)]
pub(crate) struct Interests {
    linger: Duration,
    topics: HashMap<Prefix, State>,
    /// Whether there is a connection that takes changes; without one nothing but the topics is kept.
    has_taker: bool,
    /// Changes to be sent.
    unsent: VecDeque<Unsent>,
    serial: u64,
    /// The last batch that is confirmed.
    confirmed: u64,
    /// The batch that left nothing unsent, the first one since the link was lost.
    complete: Option<u64>,
    /// Batches that are sent and not yet confirmed.
    unconfirmed: VecDeque<(u64, Vec<Prefix>)>,
    /// The topics that nobody wants any more, in the order in which their time ends.
    leaving: BTreeSet<(Instant, Prefix)>,
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
            has_taker: false,
            unsent: VecDeque::new(),
            serial: 0,
            confirmed: 0,
            complete: None,
            unconfirmed: VecDeque::new(),
            leaving: BTreeSet::new(),
        }
    }

    /// A connection has come that takes changes: it is told all that is wanted.
    pub(crate) fn begin(&mut self) {
        self.has_taker = true;
        self.unsent = self.topics.keys().cloned().map(Unsent::Add).collect();
    }

    /// A topic is wanted.
    pub(crate) fn want(&mut self, prefix: &[u8]) -> Join {
        if let Some(state) = self.topics.get_mut(prefix) {
            if let Some(ends) = state.ends.take() {
                self.leaving.remove(&(ends, prefix.into()));
            }
            return if state.is_confirmed { Join::Now } else { Join::Later };
        }
        self.topics.insert(
            prefix.into(),
            State {
                is_confirmed: false,
                ends: None,
            },
        );
        if self.has_taker {
            self.unsent.push_back(Unsent::Add(prefix.into()));
        }
        Join::Later
    }

    /// A topic is not wanted any more.
    pub(crate) fn unwant(&mut self, prefix: &[u8], now: Instant) {
        if !self.has_taker {
            // Nobody has been told of it, so that there is nothing to linger for.
            self.topics.remove(prefix);
        } else if let Some(state) = self.topics.get_mut(prefix) {
            let ends = now + self.linger;
            if let Some(earlier) = state.ends.replace(ends) {
                self.leaving.remove(&(earlier, prefix.into()));
            }
            self.leaving.insert((ends, prefix.into()));
        }
    }

    /// Ends the topics whose time is up.
    pub(crate) fn expire(&mut self, now: Instant) {
        while self.leaving.first().is_some_and(|(ends, _)| *ends <= now)
            && let Some((_, prefix)) = self.leaving.pop_first()
        {
            self.topics.remove(&prefix);
            self.unsent.push_back(Unsent::Remove(prefix));
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
        self.unsent.clear();
        self.has_taker = false;
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
        while changes.len() < bytes_max
            && let Some(change) = self.unsent.pop_front()
        {
            match change {
                Unsent::Add(prefix) => {
                    Change::Add(&prefix).append_to(&mut changes);
                    added.push(prefix);
                }
                Unsent::Remove(prefix) => Change::Remove(&prefix).append_to(&mut changes),
            }
        }
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

    fn new() -> Interests {
        let mut interests = Interests::new(LINGER);
        interests.begin();
        interests
    }

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
        let mut interests = new();
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
        let mut interests = new();
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
        let mut interests = new();
        interests.want(b"a:");
        interests.batch(usize::MAX);
        interests.confirm(1);
        interests.want(b"b:");
        assert_eq!(interests.lose(), [Prefix::from(b"b:".as_slice())]);
        assert!(!interests.has_changes(), "there is nobody to be told");
        interests.begin();
        let mut again = changes(&mut interests);
        again.sort();
        assert_eq!(again, [('+', b"a:".to_vec()), ('+', b"b:".to_vec())]);
    }

    fn held(interests: &Interests) -> [usize; 3] {
        [interests.topics.len(), interests.unsent.len(), interests.leaving.len()]
    }

    #[test]
    fn topics_that_come_and_go_take_no_memory_while_nobody_takes_changes() {
        let now = Instant::now();
        let mut interests = Interests::new(LINGER);
        for number in 0..10_000 {
            for topic in [format!("channel-{number}:"), "one:".to_owned()] {
                interests.want(topic.as_bytes());
                interests.unwant(topic.as_bytes(), now);
            }
        }
        assert_eq!(held(&interests), [0, 0, 0]);
    }

    #[test]
    fn a_topic_that_comes_and_goes_is_kept_once() {
        let now = Instant::now();
        let mut interests = new();
        for _ in 0..10_000 {
            interests.want(b"a:");
            interests.unwant(b"a:", now);
            interests.unwant(b"a:", now + LINGER / 2);
        }
        assert_eq!(held(&interests), [1, 1, 1]);
        interests.expire(now + LINGER);
        assert_eq!(held(&interests), [1, 1, 1], "the last moment counts");
        interests.expire(now + LINGER * 2);
        assert_eq!(held(&interests), [0, 2, 0]);
    }

    #[test]
    fn a_batch_is_bounded() {
        let mut interests = new();
        for number in 0..100 {
            interests.want(format!("channel-{number}:").as_bytes());
        }
        assert!(interests.batch(100).changes.len() < 130);
        assert!(interests.has_changes());
    }

    #[test]
    fn very_many_topics_cost_no_more_each_than_few() {
        const TOPICS: usize = 500_000;
        let mut interests = new();
        for number in 0..TOPICS {
            interests.want(format!("channel-{number}:").as_bytes());
        }
        // As many batches as topics: what a batch costs beside its own topics shows. It takes a
        // second or two, and many minutes where each one moves all that wait.
        let begin = Instant::now();
        let mut last = 0;
        while interests.has_changes() {
            last = interests.batch(1).serial;
            assert!(begin.elapsed() < Duration::from_secs(30), "{last} of {TOPICS}");
        }
        assert_eq!(interests.confirm(last).len(), TOPICS);
    }

    #[test]
    fn interest_is_complete_with_the_last_of_its_batches_and_no_sooner() {
        let mut interests = new();
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
            interests.begin();
            assert!(!interests.is_complete());
        }
    }
}
