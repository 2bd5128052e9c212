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

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use omnibus_hub::{Counter, Hub, Join, PeerId, Publication, Refused, Source, Topic};
use tracing::{info, warn};

use crate::config::{Config, Interest, WhileDown};
use crate::interest::{Batch, Interests};
use crate::node::Node;
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
    /// Counts attempts; a connection of an earlier one is told to end.
    epoch: u64,
    downlink: Option<PeerId>,
    uplink: Option<PeerId>,
    downlink_ready: bool,
    uplink_ready: bool,
    confirmed: bool,
    /// The node above, when it was last seen, if it is one of ours.
    above: Option<Node>,
    interests: Interests,
    queue: UpQueue,
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

/// What is to be done once the lock is released.
#[derive(Default)]
struct Effects {
    nudge: [Option<PeerId>; 2],
    joined: Vec<Box<[u8]>>,
    deliver: Option<Arc<Publication>>,
}

/// Bytes of changes in one INTEREST, below what a command may have.
const BATCH_BYTES_MAX: usize = 32 << 10;

impl Link {
    pub(crate) fn new(config: Config, node: Node) -> Self {
        let mut interests = Interests::new(config.interest_linger);
        if config.interest == Interest::All {
            interests.want(b"");
        }
        Self {
            state: Mutex::new(State {
                phase: Phase::Down,
                epoch: 0,
                downlink: None,
                uplink: None,
                downlink_ready: false,
                uplink_ready: false,
                confirmed: false,
                above: None,
                interests,
                queue: UpQueue::new(),
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

    // ---- what the engine asks -------------------------------------------------------------

    pub(crate) fn publish(&self, hub: &Hub, publication: Arc<Publication>, source: Source) -> Result<(), Refused> {
        let mut state = self.lock();
        let mut effects = Effects::default();
        if state.phase == Phase::Up {
            if source == Source::Local && state.queue.bytes() >= self.config.link_outbox_bytes_max {
                hub.counters().count(Counter::RefusedOverloaded);
                return Err(Refused::Overloaded);
            }
            state.queue.push(publication);
            effects.nudge[0] = state.nudge_uplink();
        } else {
            let (publications_max, bytes_max) = match self.config.while_down {
                WhileDown::Refuse => {
                    hub.counters().count(Counter::LinkRefused);
                    return Err(Refused::LinkDown);
                }
                WhileDown::Hold {
                    publications_max,
                    bytes_max,
                }
                | WhileDown::Local {
                    publications_max,
                    bytes_max,
                } => (publications_max, bytes_max),
            };
            let publication = if self.delivers_alone(&state) {
                let marked = self.mark(&publication);
                effects.deliver = Some(Arc::clone(&marked));
                marked
            } else {
                publication
            };
            state.queue.push(publication);
            while state.queue.unsent() > publications_max || state.queue.bytes() > bytes_max {
                if !state.queue.drop_oldest_unsent() {
                    break;
                }
                hub.counters().count(Counter::LinkHeldDropped);
            }
        }
        drop(state);
        effects.carry_out(hub);
        Ok(())
    }

    /// Whether publications are delivered here at once while the link is down. The node above
    /// must be known to send marks back, else everything would come twice.
    fn delivers_alone(&self, state: &State) -> bool {
        matches!(self.config.while_down, WhileDown::Local { .. }) && state.above.is_some()
    }

    fn mark(&self, publication: &Publication) -> Arc<Publication> {
        let mut mark = Vec::with_capacity(24);
        self.node.append_to(&mut mark);
        Arc::new(
            Publication::new(publication.frame().into())
                .with_hops(publication.hops())
                .with_mark(mark.into()),
        )
    }

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

    pub(crate) fn unwant(&self, topic: Topic<'_>) {
        if self.config.interest == Interest::Wanted {
            self.lock().interests.unwant(&topic.to_prefix(), Instant::now());
        }
    }

    // ---- what the connector does ----------------------------------------------------------

    /// Begins an attempt; its connections carry the number.
    pub(crate) fn begin(&self) -> u64 {
        let mut state = self.lock();
        state.epoch += 1;
        state.phase = Phase::Joining;
        state.epoch
    }

    /// Waits until the attempt is over, or until it has not come up in time. Returns whether it
    /// ever was up.
    pub(crate) fn wait(&self, epoch: u64, time_max: Duration) -> bool {
        let deadline = Instant::now() + time_max;
        let mut state = self.lock();
        let mut was_up = false;
        loop {
            if state.epoch != epoch || state.phase == Phase::Down {
                return was_up;
            }
            was_up |= state.phase == Phase::Up;
            if was_up {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                drop(state);
                self.fail(epoch, "the node above did not answer in time");
                return false;
            };
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    // ---- what the connections say -----------------------------------------------------------

    /// Whether a connection of this attempt is to go on.
    pub(crate) fn is_current(&self, epoch: u64) -> bool {
        let state = self.lock();
        state.epoch == epoch && state.phase != Phase::Down
    }

    pub(crate) fn downlink_ready(&self, epoch: u64, peer: PeerId, above: Option<Node>) {
        self.ready(epoch, |state| {
            state.downlink = Some(peer);
            state.downlink_ready = true;
            state.downlink_nudged = false;
            state.above = above;
        });
    }

    /// The uplink carries. `accepted`: what a node of ours has from this one; a legacy one can't
    /// say.
    pub(crate) fn uplink_ready(&self, epoch: u64, peer: PeerId, above: Option<Node>, accepted: Option<u64>) {
        let hub = self.hub().clone();
        self.ready(epoch, |state| {
            match accepted {
                Some(sequence) if above.is_some() => state.queue.resume(sequence),
                _ => hub.counters().add(Counter::LinkUncertain, state.queue.abandon_sent()),
            }
            state.uplink = Some(peer);
            state.uplink_ready = true;
            state.uplink_nudged = false;
        });
    }

    fn ready(&self, epoch: u64, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if state.epoch != epoch || state.phase == Phase::Down {
            return;
        }
        change(&mut state);
        let effects = self.rise(&mut state);
        drop(state);
        effects.carry_out(self.hub());
    }

    /// The link is up once everything it needs is there.
    fn rise(&self, state: &mut State) -> Effects {
        let mut effects = Effects::default();
        if state.phase == Phase::Joining && state.downlink_ready && state.uplink_ready && state.confirmed {
            state.phase = Phase::Up;
            self.changed.notify_all();
            info!(
                above = state.above.map(|node| node.id.to_string()),
                waiting = state.queue.unsent(),
                "link up"
            );
        }
        // Barriers travel before the link is up, publications after.
        if state.phase == Phase::Up && state.queue.unsent() > 0 || !state.barriers.is_empty() {
            effects.nudge[0] = state.nudge_uplink();
        }
        effects
    }

    /// A connection has ended, or must: the other one ends with it.
    pub(crate) fn fail(&self, epoch: u64, reason: &str) {
        let mut state = self.lock();
        if state.epoch != epoch || state.phase == Phase::Down {
            return;
        }
        if state.phase == Phase::Up {
            warn!(reason, "link down");
            self.hub().counters().count(Counter::LinkDown);
        } else {
            info!(reason, "no link yet");
        }
        state.phase = Phase::Down;
        state.downlink_ready = false;
        state.uplink_ready = false;
        state.confirmed = false;
        state.barriers.clear();
        let effects = Effects {
            nudge: [state.uplink.take(), state.downlink.take()],
            // Whoever waits for the bus is answered at once while there is none.
            joined: state.interests.lose(),
            deliver: None,
        };
        self.changed.notify_all();
        drop(state);
        effects.carry_out(self.hub());
    }

    /// The next batch of interest for the downlink; `first` where an empty one is wanted, too.
    pub(crate) fn next_batch(&self, epoch: u64, first: bool) -> Option<Batch> {
        let mut state = self.lock();
        state.downlink_nudged = false;
        if state.epoch != epoch || state.phase == Phase::Down {
            return None;
        }
        state.interests.expire(Instant::now());
        (first || state.interests.has_changes()).then(|| state.interests.batch(BATCH_BYTES_MAX))
    }

    /// The node above has a batch of interest: its topics carry.
    pub(crate) fn confirm(&self, epoch: u64, serial: u64) {
        let mut state = self.lock();
        if state.epoch != epoch || state.phase == Phase::Down {
            return;
        }
        let joined = state.interests.confirm(serial);
        state.confirmed |= !state.interests.has_changes();
        let effects = Effects {
            joined,
            ..self.rise(&mut state)
        };
        drop(state);
        effects.carry_out(self.hub());
    }

    /// Has the uplink publish a barrier.
    pub(crate) fn send_barrier(&self, epoch: u64, frame: Vec<u8>) {
        self.ready(epoch, |state| state.barriers.push(frame));
    }

    /// Barriers to be published; none before the uplink is ready.
    pub(crate) fn take_barriers(&self, epoch: u64) -> Vec<Vec<u8>> {
        let mut state = self.lock();
        state.uplink_nudged = false;
        if state.epoch == epoch && state.uplink_ready {
            std::mem::take(&mut state.barriers)
        } else {
            Vec::new()
        }
    }

    /// Takes publications for the uplink, about `bytes_max` of them. Where the node above
    /// acknowledges nothing, they are forgotten.
    pub(crate) fn take(
        &self,
        epoch: u64,
        bytes_max: usize,
        acknowledged: bool,
        mut each: impl FnMut(u64, &Publication),
    ) {
        let mut state = self.lock();
        if state.epoch != epoch || state.phase != Phase::Up {
            return;
        }
        let mut bytes = 0;
        while bytes < bytes_max
            && let Some((sequence, publication)) = state.queue.send()
        {
            bytes += publication.frame().len();
            each(sequence, &publication);
        }
        if !acknowledged {
            state.queue.forget_sent();
        }
    }

    /// Whether publications wait for the uplink.
    pub(crate) fn has_unsent(&self) -> bool {
        let state = self.lock();
        state.phase == Phase::Up && state.queue.unsent() > 0
    }

    pub(crate) fn acknowledge(&self, epoch: u64, sequence: u64) {
        let mut state = self.lock();
        if state.epoch == epoch {
            state.queue.acknowledge(sequence);
        }
    }

    /// This node stops: whoever waits on the link waits no longer.
    pub(crate) fn end(&self) {
        self.lock().phase = Phase::Down;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every section leaves the state whole at each step: a panic in one harms no other.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
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
    fn carry_out(self, hub: &Hub) {
        self.nudge.into_iter().flatten().for_each(|peer| hub.nudge(peer));
        self.joined
            .iter()
            .for_each(|prefix| hub.joined(Topic::from_prefix(prefix)));
        if let Some(publication) = self.deliver {
            hub.deliver(publication);
        }
    }
}
