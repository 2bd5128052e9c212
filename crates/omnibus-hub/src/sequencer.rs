//! In which order do a channel's publications come?
//!
//! One order per channel, the same for every subscriber: a stripe of channels shares a lock,
//! and under it a publication is pushed to the inbox of every shard that has subscribers.
//! Nothing waits under the lock.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::inbox::{Inbox, JoinNumber, Message};
use crate::outcome::{Join, Refused};
use crate::publication::Publication;
use crate::shrink;
use crate::topic::Topic;

const STRIPES: usize = 64;

/// The order of all channels of a node, and which shards want them.
pub(crate) struct Sequencer {
    hasher: RandomState,
    stripes: Box<[Mutex<Wanted>]>,
    prefixes: Mutex<Wanted>,
    /// The shards that have a subscriber by prefix: they look at every publication.
    prefix_shards: AtomicU64,
    joins: AtomicU32,
}

type Wanted = HashMap<Box<[u8]>, Want, RandomState>;

#[derive(Clone, Copy)]
struct Want {
    shards: u64,
    /// Set until what is published to the topic arrives.
    joining: Option<JoinNumber>,
}

impl Sequencer {
    pub(crate) fn new() -> Self {
        let hasher = RandomState::default();
        Self {
            stripes: (0..STRIPES)
                .map(|_| Mutex::new(Wanted::with_hasher(hasher.clone())))
                .collect(),
            prefixes: Mutex::new(Wanted::with_hasher(hasher.clone())),
            prefix_shards: AtomicU64::new(0),
            joins: AtomicU32::new(0),
            hasher,
        }
    }

    /// Gives the publication its place: after it, every shard that wants it has it in its inbox.
    pub(crate) fn publish(&self, publication: Arc<Publication>, inboxes: &[Arc<Inbox>]) -> Result<(), Refused> {
        self.push(publication, inboxes, |inbox, bytes| inbox.reserve(bytes))
    }

    /// The same for what a link brings, which is never refused.
    pub(crate) fn deliver(&self, publication: Arc<Publication>, inboxes: &[Arc<Inbox>]) {
        let placed = self.push(publication, inboxes, |inbox, bytes| {
            inbox.reserve_always(bytes);
            true
        });
        debug_assert!(placed.is_ok(), "room was taken without asking");
    }

    fn push(
        &self,
        publication: Arc<Publication>,
        inboxes: &[Arc<Inbox>],
        reserve: impl Fn(&Inbox, usize) -> bool,
    ) -> Result<(), Refused> {
        let bytes = publication.frame().len();
        // A frame without a channel has the order of the channel with no name.
        let channel = publication.channel().unwrap_or_default();
        let stripe = lock(self.stripe(channel));
        let mut shards = self.prefix_shards.load(Ordering::SeqCst);
        if publication.channel().is_some() {
            shards |= stripe.get(channel).map_or(0, |want| want.shards);
        }
        let mut reserved = 0;
        for shard in bits(shards) {
            if !reserve(&inboxes[shard], bytes) {
                bits(reserved).for_each(|shard| inboxes[shard].release(1, bytes));
                return Err(Refused::Overloaded);
            }
            reserved |= 1 << shard;
        }
        // The last shard, which is the only one as a rule, gets the publication itself.
        if let Some(last) = shards.checked_ilog2() {
            for shard in bits(shards & !(1 << last)) {
                inboxes[shard].push(Message::Publication(Arc::clone(&publication)));
            }
            inboxes[last as usize].push(Message::Publication(publication));
        }
        Ok(())
    }

    /// A shard has its first subscriber of the topic. If nobody on the node wanted it before, the
    /// engine is to be asked, in `ask`, under the topic's lock. Returns the number of the join
    /// while it is not confirmed.
    pub(crate) fn want(&self, topic: Topic<'_>, shard: usize, ask: impl FnOnce() -> Join) -> Option<JoinNumber> {
        let (key, mut wanted) = self.wanted(topic);
        if let Topic::Prefix(_) = topic {
            self.prefix_shards.fetch_or(1 << shard, Ordering::SeqCst);
        }
        if let Some(want) = wanted.get_mut(key) {
            want.shards |= 1 << shard;
            return want.joining;
        }
        let joining = match ask() {
            Join::Now => None,
            Join::Later => Some(JoinNumber(self.joins.fetch_add(1, Ordering::Relaxed))),
        };
        wanted.insert(
            key.into(),
            Want {
                shards: 1 << shard,
                joining,
            },
        );
        joining
    }

    /// A shard has lost its last subscriber of the topic; `last_prefix` if it was its last prefix.
    /// If nobody on the node wants it any more, the engine is to be told, in `tell`.
    pub(crate) fn unwant(&self, topic: Topic<'_>, shard: usize, last_prefix: bool, tell: impl FnOnce()) {
        let (key, mut wanted) = self.wanted(topic);
        if last_prefix {
            self.prefix_shards.fetch_and(!(1 << shard), Ordering::SeqCst);
        }
        let Some(want) = wanted.get_mut(key) else { return };
        want.shards &= !(1 << shard);
        if want.shards == 0 {
            wanted.remove(key);
            shrink::map(&mut wanted);
            tell();
        }
    }

    /// What is published to the topic now arrives: tells the shards whose subscribers wait.
    pub(crate) fn joined(&self, topic: Topic<'_>, inboxes: &[Arc<Inbox>]) {
        let (key, mut wanted) = self.wanted(topic);
        let Some(want) = wanted.get_mut(key) else { return };
        if let Some(number) = want.joining.take() {
            for shard in bits(want.shards) {
                let prefix = topic.to_prefix();
                inboxes[shard].push(Message::Joined { prefix, number });
            }
        }
    }

    fn wanted<'a, 't>(&'a self, topic: Topic<'t>) -> (&'t [u8], MutexGuard<'a, Wanted>) {
        match topic {
            Topic::Channel(name) => (name, lock(self.stripe(name))),
            Topic::Prefix(prefix) => (prefix, lock(&self.prefixes)),
        }
    }

    fn stripe(&self, channel: &[u8]) -> &Mutex<Wanted> {
        let hash = self.hasher.hash_one(channel);
        // The map inside uses the low and the topmost bits; these are neither.
        &self.stripes[(hash >> 32) as usize % STRIPES]
    }
}

fn lock(wanted: &Mutex<Wanted>) -> MutexGuard<'_, Wanted> {
    // Every change of the map is one insertion or removal: a panic elsewhere leaves it whole.
    wanted.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = mask.trailing_zeros() as usize;
        mask &= mask.wrapping_sub(1);
        (bit < 64).then_some(bit)
    })
}
