//! What do the two connections tell the link, and what does it have for them?
//!
//! Every call carries the number of its attempt; what comes from an earlier one changes nothing.

use std::time::Instant;

use omnibus_hub::{Counter, PeerId, Publication};
use tracing::{info, warn};

use super::{Effects, Link, Phase, State};
use crate::interest::Batch;
use crate::node::Node;

/// Bytes of changes in one INTEREST, below what a command may have.
const BATCH_BYTES_MAX: usize = 32 << 10;

impl Link {
    /// Whether a connection of this attempt is to go on.
    pub(crate) fn is_current(&self, attempt: u64) -> bool {
        let state = self.lock();
        state.attempt == attempt && state.phase != Phase::Down
    }

    pub(crate) fn downlink_ready(&self, attempt: u64, peer: PeerId, above: Option<Node>) {
        self.ready(attempt, |state| {
            state.downlink = Some(peer);
            state.downlink_ready = true;
            state.downlink_nudged = false;
            state.above = above;
            state.interests.begin();
        });
    }

    /// The uplink carries. `accepted`: what a node of ours has from this one; a legacy one can't
    /// say.
    pub(crate) fn uplink_ready(&self, attempt: u64, peer: PeerId, above: Option<Node>, accepted: Option<u64>) {
        let hub = self.hub().clone();
        self.ready(attempt, |state| {
            match accepted {
                Some(sequence) if above.is_some() => state.queue.resume(sequence),
                _ => hub.counters().add(Counter::LinkUncertain, state.queue.abandon_sent()),
            }
            state.uplink = Some(peer);
            state.uplink_ready = true;
            state.uplink_nudged = false;
        });
    }

    fn ready(&self, attempt: u64, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if state.attempt != attempt || state.phase == Phase::Down {
            return;
        }
        change(&mut state);
        let effects = Effects {
            feeders: self.take_feeders(&mut state),
            ..self.rise(&mut state)
        };
        drop(state);
        effects.carry_out(self.hub());
    }

    /// The link is up once everything it needs is there.
    fn rise(&self, state: &mut State) -> Effects {
        let mut effects = Effects::default();
        if state.phase == Phase::Joining && state.downlink_ready && state.uplink_ready && state.interests.is_complete()
        {
            state.phase = Phase::Up;
            state.queue.release();
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
    pub(crate) fn fail(&self, attempt: u64, reason: &str) {
        let mut state = self.lock();
        if state.attempt != attempt || state.phase == Phase::Down {
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
        state.barriers.clear();
        let effects = Effects {
            nudge: [state.uplink.take(), state.downlink.take()],
            // Whoever waits for the bus is answered at once while there is none.
            joined: state.interests.lose(),
            ..Effects::default()
        };
        self.changed.notify_all();
        drop(state);
        effects.carry_out(self.hub());
    }

    /// The next batch of interest for the downlink; `first` where an empty one is wanted, too.
    pub(crate) fn next_batch(&self, attempt: u64, first: bool) -> Option<Batch> {
        let mut state = self.lock();
        state.downlink_nudged = false;
        if state.attempt != attempt || state.phase == Phase::Down {
            return None;
        }
        state.interests.expire(Instant::now());
        (first || state.interests.has_changes()).then(|| state.interests.batch(BATCH_BYTES_MAX))
    }

    /// The node above has a batch of interest: its topics carry.
    pub(crate) fn confirm(&self, attempt: u64, serial: u64) {
        let mut state = self.lock();
        if state.attempt != attempt || state.phase == Phase::Down {
            return;
        }
        let joined = state.interests.confirm(serial);
        let effects = Effects {
            joined,
            ..self.rise(&mut state)
        };
        drop(state);
        effects.carry_out(self.hub());
    }

    /// Has the uplink publish a barrier.
    pub(crate) fn send_barrier(&self, attempt: u64, frame: Vec<u8>) {
        self.ready(attempt, |state| state.barriers.push(frame));
    }

    /// Barriers to be published; none before the uplink is ready.
    pub(crate) fn take_barriers(&self, attempt: u64) -> Vec<Vec<u8>> {
        let mut state = self.lock();
        state.uplink_nudged = false;
        if state.attempt == attempt && state.uplink_ready {
            std::mem::take(&mut state.barriers)
        } else {
            Vec::new()
        }
    }

    /// Takes publications for the uplink, about `bytes_max` of them. Where the node above
    /// acknowledges nothing, they are forgotten.
    pub(crate) fn take(
        &self,
        attempt: u64,
        bytes_max: usize,
        acknowledged: bool,
        mut each: impl FnMut(u64, &Publication),
    ) {
        let mut state = self.lock();
        if state.attempt != attempt || state.phase != Phase::Up {
            return;
        }
        let mut bytes = 0;
        while bytes < bytes_max
            && let Some((sequence, publication)) = state.queue.send()
        {
            bytes += publication.frame().len();
            each(sequence, &publication);
        }
        if acknowledged {
            return;
        }
        state.queue.forget_sent();
        self.nudge_feeders(state);
    }

    /// Whether publications wait for the uplink.
    pub(crate) fn has_unsent(&self) -> bool {
        let state = self.lock();
        state.phase == Phase::Up && state.queue.unsent() > 0
    }

    /// Whether nothing waits to be sent, or to be acknowledged.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().queue.len() == 0
    }

    pub(crate) fn acknowledge(&self, attempt: u64, sequence: u64) {
        let mut state = self.lock();
        if state.attempt != attempt {
            return;
        }
        state.queue.acknowledge(sequence);
        self.nudge_feeders(state);
    }
}
