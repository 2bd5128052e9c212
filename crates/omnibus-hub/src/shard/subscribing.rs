//! How does a shard learn who wants what, and tell the rest of the node?

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::{debug, error};

use crate::connection::Phase;
use crate::counters::Counter;
use crate::inbox::JoinNumber;
use crate::outcome::{Join, Subscribed};
use crate::peer::Host;
use crate::topic::Topic;

use super::{Joining, Shard};

impl Shard {
    pub(super) fn add_subscription(&mut self, key: u32, topic: Topic<'_>) -> Subscribed {
        if self.connections[key as usize].phase != Phase::Open {
            return Subscribed::Already;
        }
        let (is_new, first_in_shard) = match topic {
            Topic::Channel(name) => {
                let (id, made) = self.channels.find_or_insert(name);
                let is_new = self.connections[key as usize].channels.insert(id);
                if is_new {
                    self.channels.subscribe(id, key);
                }
                (is_new, made)
            }
            Topic::Prefix(prefix) => {
                self.connections[key as usize].has_prefixes = true;
                self.prefixes.insert(prefix, key)
            }
        };
        if !is_new {
            return Subscribed::Already;
        }
        self.stats.subscriptions += 1;
        if first_in_shard && let Some(number) = self.want(topic) {
            let joining = Joining {
                number,
                deadline: self.now + self.hub.config().join_time_max,
                waiting: HashSet::default(),
            };
            self.joining.insert(topic.to_prefix(), joining);
        }
        if self.joining.is_empty() {
            return Subscribed::Now;
        }
        let peer = self.peer_id(key);
        match self.joining.get_mut(&topic.to_prefix()) {
            Some(joining) => {
                joining.waiting.insert(peer);
                Subscribed::Joining
            }
            None => Subscribed::Now,
        }
    }

    pub(super) fn end_subscription(&mut self, key: u32, topic: Topic<'_>) -> bool {
        match topic {
            Topic::Channel(name) => {
                let Some(id) = self.channels.find(name) else {
                    return false;
                };
                let had = self.connections[key as usize].channels.remove(id);
                if had {
                    self.leave_channel(id, key);
                }
                had
            }
            Topic::Prefix(prefix) => self.leave_prefix(prefix, key),
        }
    }

    pub(super) fn end_subscriptions(&mut self, key: u32) {
        let connection = &mut self.connections[key as usize];
        let channels = std::mem::take(&mut connection.channels);
        if std::mem::take(&mut connection.has_prefixes) {
            for prefix in self.prefixes.of(key) {
                self.leave_prefix(&prefix, key);
            }
        }
        for &id in channels.as_slice() {
            self.leave_channel(id, key);
        }
    }

    fn leave_channel(&mut self, id: u32, key: u32) {
        self.stats.subscriptions -= 1;
        if let Some(name) = self.channels.unsubscribe(id, key) {
            self.unwant(Topic::Channel(&name));
        }
    }

    fn leave_prefix(&mut self, prefix: &[u8], key: u32) -> bool {
        let (had, emptied) = self.prefixes.remove(prefix, key);
        self.stats.subscriptions -= u64::from(had);
        if emptied {
            self.unwant(Topic::Prefix(prefix));
        }
        had
    }

    /// The shard's first subscriber of a topic has come; the number under which it is joined, if
    /// that takes a while.
    fn want(&self, topic: Topic<'_>) -> Option<JoinNumber> {
        let ask = || {
            catch_unwind(AssertUnwindSafe(|| self.engine.want(topic))).unwrap_or_else(|_| {
                error!(%topic, "the engine panicked over a subscription");
                Join::Now
            })
        };
        self.hub.sequencer().want(topic, self.number, ask)
    }

    fn unwant(&mut self, topic: Topic<'_>) {
        if !self.joining.is_empty() {
            self.joining.remove(&topic.to_prefix());
        }
        let last_prefix = matches!(topic, Topic::Prefix(_)) && self.prefixes.is_empty();
        let tell = || {
            if catch_unwind(AssertUnwindSafe(|| self.engine.unwant(topic))).is_err() {
                error!(%topic, "the engine panicked over a subscription that has ended");
            }
        };
        self.hub.sequencer().unwant(topic, self.number, last_prefix, tell);
    }

    /// The bus has confirmed a topic; unless nobody has wanted it in between, and what is wanted
    /// now is another join.
    pub(super) fn on_joined(&mut self, prefix: &[u8], number: JoinNumber) {
        if self.joining.get(prefix).is_some_and(|joining| joining.number == number) {
            self.answer_joined(prefix);
        }
    }

    /// Answers those who have waited for a topic, and still want it.
    fn answer_joined(&mut self, prefix: &[u8]) {
        let Some(joining) = self.joining.remove(prefix) else {
            return;
        };
        let topic = Topic::from_prefix(prefix);
        for peer in joining.waiting {
            if self.is_alive(peer) && self.has_subscribed(peer.key, topic) {
                self.with_peer(peer.key, |peer, context| peer.on_joined(topic, context));
            }
        }
    }

    fn has_subscribed(&self, key: u32, topic: Topic<'_>) -> bool {
        match topic {
            Topic::Channel(name) => self.is_subscribed(key, name),
            Topic::Prefix(prefix) => self.prefixes.contains(prefix, key),
        }
    }

    /// Answers those who have waited long enough for the bus: a subscriber is better off
    /// subscribed and told so than waiting for a link that is about to be found dead.
    pub(super) fn end_joins(&mut self) {
        if self.joining.is_empty() {
            return;
        }
        let late: Vec<Box<[u8]>> = self
            .joining
            .iter()
            .filter(|(_, joining)| joining.deadline <= self.now)
            .map(|(prefix, _)| prefix.clone())
            .collect();
        for prefix in late {
            debug!(shard = self.number, topic = %Topic::from_prefix(&prefix), "the bus has not confirmed a subscription in time");
            self.count(Counter::JoinTimeouts);
            self.answer_joined(&prefix);
        }
    }
}
