//! What do the two connections to the node above share?
//!
//! ```text
//!            both connected            both ready, interest confirmed
//!   down ───────────────────▶ joining ───────────────────────────────▶ up
//!    ▲                           │                                      │
//!    └───────────────────────────┴──────── either connection ends ──────┘
//! ```
//!
//! The state is behind one lock, taken briefly from shard threads and from the connector. Nothing
//! is called back into the hub while it is held: what must be, is returned as [`Effects`].

mod connections;
mod feeding;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use omnibus_hub::{Counter, Hub, Join, LinkFigures, PeerId, Publication, Refused, Source, Topic};
use tracing::warn;

use crate::config::{Config, Interest, WhileDown};
use crate::interest::Interests;
use crate::node::{NODE_BYTES, Node};
use crate::queue::UpQueue;

/// The link of a node to the one above.
pub(crate) struct Link {
    pub(crate) config: Config,
    pub(crate) node: Node,
    hub: OnceLock<Hub>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    phase: Phase,
    /// The number of the latest attempt; a connection of an earlier one is told to end.
    attempt: u64,
    downlink: Option<PeerId>,
    uplink: Option<PeerId>,
    downlink_ready: bool,
    uplink_ready: bool,
    /// The node above, when it was last seen, if it is one of ours.
    above: Option<Node>,
    interests: Interests,
    queue: UpQueue,
    /// Peers that have something for the queue, and are not read before it has room.
    feeders: HashSet<PeerId>,
    /// Barriers that the uplink has to publish.
    barriers: Vec<Vec<u8>>,
    uplink_nudged: bool,
    downlink_nudged: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Down,
    Joining,
    Up,
}

/// How much may wait while the link is not up.
struct HoldBounds {
    /// Publications that are held.
    publications_max: usize,
    /// Their bytes.
    bytes_max: usize,
    /// Bytes of these and of those that were taken while the link was up: a link that comes and
    /// goes before anything has left must not add up what was held each time.
    all_bytes_max: usize,
}

impl HoldBounds {
    fn are_passed(&self, queue: &UpQueue) -> bool {
        let (publications, bytes) = queue.held();
        publications > self.publications_max || bytes > self.bytes_max || queue.bytes() > self.all_bytes_max
    }
}

/// What is to be done once the lock is released.
#[derive(Default)]
struct Effects {
    nudge: [Option<PeerId>; 2],
    feeders: Vec<PeerId>,
    joined: Vec<Box<[u8]>>,
    deliver: Option<Arc<Publication>>,
}

impl Link {
    pub(crate) fn new(config: Config, node: Node) -> Self {
        let mut interests = Interests::new(config.interest_linger);
        if config.interest == Interest::All {
            interests.want(b"");
        }
        Self {
            state: Mutex::new(State {
                phase: Phase::Down,
                attempt: 0,
                downlink: None,
                uplink: None,
                downlink_ready: false,
                uplink_ready: false,
                above: None,
                interests,
                queue: UpQueue::new(),
                feeders: HashSet::new(),
                barriers: Vec::new(),
                uplink_nudged: false,
                downlink_nudged: false,
            }),
            config,
            node,
            hub: OnceLock::new(),
            changed: Condvar::new(),
        }
    }

    /// Tells the link its hub, which starts after it.
    pub(crate) fn attach(&self, hub: Hub) {
        // It is called once, by the one who made the link.
        let _only_call = self.hub.set(hub);
    }

    fn hub(&self) -> &Hub {
        self.hub
            .get()
            .expect("the hub is attached before anything connects or publishes")
    }

    /// Takes a publication to be sent up, or deals with it as the settings say while it can't be.
    pub(crate) fn publish(&self, hub: &Hub, publication: Arc<Publication>, source: Source) -> Result<(), Refused> {
        let mut state = self.lock();
        let effects = match (state.phase, self.config.while_down) {
            (Phase::Up, _) if source == Source::Local && state.queue.bytes() >= self.config.link_outbox_bytes_max => {
                hub.counters().count(Counter::RefusedOverloaded);
                return Err(Refused::Overloaded);
            }
            (Phase::Up, _) => {
                state.queue.push(publication);
                Effects::nudge(state.nudge_uplink())
            }
            (_, WhileDown::Refuse) => {
                hub.counters().count(Counter::LinkRefused);
                return Err(Refused::LinkDown);
            }
            (
                _,
                WhileDown::Hold {
                    publications_max,
                    bytes_max,
                },
            ) => {
                let bounds = self.hold_bounds(publications_max, bytes_max);
                state.hold(publication, &bounds, hub);
                Effects::default()
            }
            (
                _,
                WhileDown::Local {
                    publications_max,
                    bytes_max,
                },
            ) => {
                let marked = self.mark_for_delivery(&state, &publication);
                let bounds = self.hold_bounds(publications_max, bytes_max);
                state.hold(marked.clone().unwrap_or(publication), &bounds, hub);
                Effects {
                    deliver: marked,
                    ..Effects::default()
                }
            }
        };
        drop(state);
        effects.carry_out(hub);
        Ok(())
    }

    /// The publication with this node's mark, if it may be delivered here before it has its place.
    ///
    /// The node above must be known to send marks back, else everything would come twice; and a
    /// publication has one mark, so that one which a node below has delivered waits.
    fn mark_for_delivery(&self, state: &State, publication: &Publication) -> Option<Arc<Publication>> {
        if state.above.is_none() || publication.mark().is_some() {
            return None;
        }
        let mut mark = Vec::with_capacity(NODE_BYTES);
        self.node.append_to(&mut mark);
        let marked = Publication::new(publication.frame().into())
            .with_hops(publication.hops())
            .with_mark(mark.into());
        Some(Arc::new(marked))
    }

    fn hold_bounds(&self, publications_max: usize, bytes_max: usize) -> HoldBounds {
        HoldBounds {
            publications_max,
            bytes_max,
            all_bytes_max: self.config.link_outbox_bytes_max.saturating_add(bytes_max),
        }
    }

    /// Someone on this node wants a topic.
    pub(crate) fn want(&self, topic: Topic<'_>) -> Join {
        if self.config.interest == Interest::All {
            return Join::Now;
        }
        let mut state = self.lock();
        let join = state.interests.want(&topic.to_prefix());
        if state.phase == Phase::Down {
            // Nothing comes until the link is back, and then the whole interest goes first.
            return Join::Now;
        }
        let nudge = state.nudge_downlink();
        drop(state);
        nudge.into_iter().for_each(|peer| self.hub().nudge(peer));
        join
    }

    /// Nobody on this node wants a topic any more.
    pub(crate) fn unwant(&self, topic: Topic<'_>) {
        if self.config.interest == Interest::Wanted {
            self.lock().interests.unwant(&topic.to_prefix(), Instant::now());
        }
    }

    /// How the link does.
    pub(crate) fn figures(&self) -> LinkFigures {
        let state = self.lock();
        LinkFigures {
            is_up: state.phase == Phase::Up,
            waiting_publications: state.queue.len(),
            waiting_bytes: state.queue.bytes(),
        }
    }

    /// Begins an attempt; its connections carry the number.
    pub(crate) fn begin(&self) -> u64 {
        let mut state = self.lock();
        state.attempt += 1;
        state.phase = Phase::Joining;
        state.attempt
    }

    /// Waits until the attempt is over, or until it has not come up in time. Returns whether it
    /// ever was up.
    pub(crate) fn wait(&self, attempt: u64, time_max: Duration) -> bool {
        let deadline = Instant::now() + time_max;
        let mut state = self.lock();
        let mut was_up = false;
        loop {
            if state.attempt != attempt || state.phase == Phase::Down {
                return was_up;
            }
            was_up |= state.phase == Phase::Up;
            if was_up {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                drop(state);
                self.fail(attempt, "the node above did not answer in time");
                return false;
            };
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// This node has stopped: whoever waits on the link waits no longer, and what has not gone up
    /// by now never does.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.phase = Phase::Down;
        let unsent = state.queue.unsent();
        let uncertain = state.queue.len() - unsent;
        drop(state);
        self.changed.notify_all();
        if unsent + uncertain > 0 {
            warn!(
                unsent,
                uncertain, "stopped before the node above had everything; raise stop.grace to give it longer"
            );
        }
        self.hub().counters().add(Counter::LinkHeldDropped, unsent as u64);
        self.hub().counters().add(Counter::LinkUncertain, uncertain as u64);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every section leaves the state whole at each step: a panic in one harms no other.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps a publication until the link is up. Past the bounds those that are held longest are
    /// dropped, and never what was taken while it was up.
    fn hold(&mut self, publication: Arc<Publication>, bounds: &HoldBounds, hub: &Hub) {
        self.queue.hold(publication);
        while bounds.are_passed(&self.queue) && self.queue.drop_oldest_held() {
            hub.counters().count(Counter::LinkHeldDropped);
        }
    }

    fn nudge_uplink(&mut self) -> Option<PeerId> {
        let first = self.uplink_ready && !std::mem::replace(&mut self.uplink_nudged, true);
        self.uplink.filter(|_| first)
    }

    fn nudge_downlink(&mut self) -> Option<PeerId> {
        let first = self.downlink_ready && !std::mem::replace(&mut self.downlink_nudged, true);
        self.downlink.filter(|_| first)
    }
}

impl Effects {
    fn nudge(peer: Option<PeerId>) -> Self {
        Self {
            nudge: [peer, None],
            ..Self::default()
        }
    }

    fn carry_out(self, hub: &Hub) {
        let peers = self.nudge.into_iter().flatten().chain(self.feeders);
        peers.for_each(|peer| hub.nudge(peer));
        self.joined
            .iter()
            .for_each(|prefix| hub.joined(Topic::from_prefix(prefix)));
        if let Some(publication) = self.deliver {
            hub.deliver(publication);
        }
    }
}
