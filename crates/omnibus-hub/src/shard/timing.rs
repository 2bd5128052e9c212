//! What happens because time has passed?

use std::time::{Duration, Instant};

use crate::connection::Phase;

use super::Shard;

/// How long a connection that closes may stand still: while its last bytes wait for the socket,
/// and then until the peer ends it, too.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(5);

/// How long a connection may take to close in all, however little it stands still.
const CLOSE_WHOLE_TIME_MAX: Duration = Duration::from_secs(30);

impl Shard {
    pub(super) fn tick(&mut self) {
        let mut due = Vec::new();
        if self.wheel.advance(self.now, &mut due) {
            self.end_joins();
            self.turn.look();
            self.taken_needed.look(&mut self.taken);
        }
        for key in due {
            self.on_due(key);
        }
        self.accept_again();
        if self.inbox.deadline().is_some_and(|deadline| deadline <= self.now) {
            self.cut();
        }
    }

    /// One of a connection's moments may have come: of this one or one that was in its place.
    fn on_due(&mut self, key: u32) {
        let tick = self.wheel.tick();
        let is_due = |moment: u32| moment != 0 && moment <= tick;
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return;
        };
        let wake = is_due(connection.wake_tick);
        if wake {
            connection.wake_tick = 0;
        }
        if is_due(connection.stall_tick) {
            connection.stall_tick = 0;
            self.on_stall(key);
        }
        match self.connections[key as usize].phase {
            Phase::Open if wake => {
                self.with_peer(key, |peer, context| peer.on_wake(context));
            }
            Phase::Closing | Phase::Ended if wake => self.abandon(key),
            _ => {}
        }
        self.schedule(key);
    }

    /// A socket has taken nothing for too long, or a peer has not ended a closed connection.
    fn on_stall(&mut self, key: u32) {
        let connection = &self.connections[key as usize];
        let is_waiting = connection.outbox_len() > 0;
        match connection.phase {
            Phase::Open if is_waiting && self.was_away => self.watch_stall(key),
            Phase::Open if is_waiting => self.find_slow(key),
            Phase::Closing | Phase::Ended if self.was_away => self.watch_close(key),
            Phase::Closing | Phase::Ended => self.abandon(key),
            Phase::Open | Phase::Gone => {}
        }
    }

    pub(super) fn set_wake(&mut self, key: u32, moment: Instant) {
        let connection = &mut self.connections[key as usize];
        // Once a connection closes, this is the moment by which it must have.
        if connection.phase == Phase::Open {
            connection.wake_tick = self.wheel.tick_at(moment);
            self.schedule(key);
        }
    }

    /// From now on the socket must take something before its time is up.
    pub(super) fn watch_stall(&mut self, key: u32) {
        let limit = self.hub.config().outbox_stall_max;
        self.set_stall(key, limit);
    }

    /// From now on a connection that closes must come closer to its end before its time is up.
    pub(super) fn watch_close(&mut self, key: u32) {
        self.set_stall(key, CLOSE_TIME_MAX);
    }

    /// The connection closes: from now on all its time is limited.
    pub(super) fn limit_close(&mut self, key: u32) {
        self.connections[key as usize].wake_tick = self.wheel.tick_at(self.now + CLOSE_WHOLE_TIME_MAX);
        self.watch_close(key);
    }

    fn set_stall(&mut self, key: u32, limit: Duration) {
        self.connections[key as usize].stall_tick = self.wheel.tick_at(self.now + limit);
        self.schedule(key);
    }

    /// Puts the next of the connection's moments into the wheel.
    fn schedule(&mut self, key: u32) {
        let connection = &self.connections[key as usize];
        let moments = [connection.wake_tick, connection.stall_tick];
        if let Some(tick) = moments.into_iter().filter(|&tick| tick != 0).min() {
            self.wheel.schedule(key, tick);
        }
    }
}
