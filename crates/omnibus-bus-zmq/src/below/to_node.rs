//! How does a node below learn what it wants?

use std::collections::{HashSet, VecDeque};

use omnibus_hub::{Context, Counter, Subscribed, Topic};

use crate::control::{Change, Changes, Control};
use crate::node::Node;

/// Topics that a node below may want.
const TOPICS_MAX: usize = 10_000_000;

/// The subscriber connection of a node below.
pub(crate) struct ToNode {
    node: Node,
    topics: usize,
    topic_bytes_max: usize,
    /// Batches of interest whose topics are waited for on a node above this one.
    awaiting: VecDeque<Awaiting>,
}

struct Awaiting {
    serial: u64,
    prefixes: HashSet<Box<[u8]>>,
}

impl ToNode {
    pub(super) fn new(node: Node, topic_bytes_max: usize) -> Self {
        Self {
            node,
            topics: 0,
            topic_bytes_max,
            awaiting: VecDeque::new(),
        }
    }

    pub(super) fn node(&self) -> Node {
        self.node
    }

    pub(super) fn on_command(&mut self, name: &[u8], body: &[u8], context: &mut Context<'_>) {
        if let Some(Control::Interest { serial, changes }) = Control::parse(name, body) {
            let prefixes = self.change(changes, context);
            self.awaiting.push_back(Awaiting { serial, prefixes });
        }
    }

    /// Subscribes and unsubscribes; returns what has to be waited for.
    fn change(&mut self, changes: Changes<'_>, context: &mut Context<'_>) -> HashSet<Box<[u8]>> {
        let mut waiting = HashSet::new();
        for change in changes {
            match change {
                Change::Add(prefix) if self.topics >= TOPICS_MAX || prefix.len() > self.topic_bytes_max => {
                    context.count(Counter::SubscriptionsRefused);
                }
                Change::Add(prefix) => {
                    let subscribed = context.subscribe(Topic::from_prefix(prefix));
                    self.topics += usize::from(subscribed != Subscribed::Already);
                    if subscribed == Subscribed::Joining {
                        waiting.insert(prefix.into());
                    }
                }
                Change::Remove(prefix) => {
                    self.topics -= usize::from(context.unsubscribe(Topic::from_prefix(prefix)));
                    self.arrived(prefix);
                }
            }
        }
        waiting
    }

    pub(super) fn on_joined(&mut self, topic: Topic<'_>, context: &mut Context<'_>) {
        self.arrived(&topic.to_prefix());
        self.answer(context);
    }

    fn arrived(&mut self, prefix: &[u8]) {
        for awaiting in &mut self.awaiting {
            awaiting.prefixes.remove(prefix);
        }
    }

    /// Confirms the batches of which nothing is waited for any more.
    pub(super) fn answer(&mut self, context: &mut Context<'_>) {
        while self
            .awaiting
            .front()
            .is_some_and(|awaiting| awaiting.prefixes.is_empty())
            && let Some(Awaiting { serial, .. }) = self.awaiting.pop_front()
        {
            context.send(|out| Control::Joined { serial }.append_to(out));
        }
    }
}
