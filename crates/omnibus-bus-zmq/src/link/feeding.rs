//! Who may bring what is to go up, while much of it waits already?
//!
//! Nodes below and legacy publishers can't be refused: what a node below has handed over it keeps
//! no longer, and a publisher is told nothing. They are not read instead, each of them, until there
//! is room. Everyone else of the shard is: the uplink's own input is what makes room.

use std::sync::MutexGuard;

use omnibus_hub::PeerId;

use super::{Link, State};

impl Link {
    /// Whether half of the room in the queue is free; a peer for which it is not is nudged once it
    /// is.
    pub(crate) fn has_room(&self, peer: PeerId) -> bool {
        let mut state = self.lock();
        let has_room = self.is_half_free(&state);
        if !has_room {
            state.feeders.insert(peer);
        }
        has_room
    }

    /// A peer that may have waited for room has gone.
    pub(crate) fn forget_feeder(&self, peer: PeerId) {
        self.lock().feeders.remove(&peer);
    }

    /// Those who wait for room, if there is some now.
    pub(super) fn take_feeders(&self, state: &mut State) -> Vec<PeerId> {
        if state.feeders.is_empty() || !self.is_half_free(state) {
            return Vec::new();
        }
        let mut feeders: Vec<PeerId> = std::mem::take(&mut state.feeders).into_iter().collect();
        // The room may be gone before all have come: nobody is to be the last every time.
        fastrand::shuffle(&mut feeders);
        feeders
    }

    /// Some of the queue has left: those who wait for room are nudged, if there is some now.
    pub(super) fn nudge_feeders(&self, mut state: MutexGuard<'_, State>) {
        let feeders = self.take_feeders(&mut state);
        drop(state);
        feeders.into_iter().for_each(|peer| self.hub().nudge(peer));
    }

    /// What is held for a link that is down has bounds of its own.
    fn is_half_free(&self, state: &State) -> bool {
        let (_, held_bytes) = state.queue.held();
        state.queue.bytes() - held_bytes <= self.config.link_outbox_bytes_max / 2
    }
}
