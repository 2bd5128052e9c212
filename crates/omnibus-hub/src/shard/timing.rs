//! What happens because time has passed?

use std::time::{Duration, Instant};

use crate::connection::Phase;
use crate::counters::Counter;
use crate::wheel::Entry;

use super::Shard;

/// How long a peer may take to end a connection that was closed on this side.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(5);

impl Shard {
    pub(super) fn tick(&mut self) {
        let mut due = Vec::new();
        self.wheel.advance(self.now, &mut due);
        for entry in due {
            self.on_due(entry);
        }
        self.end_joins();
        self.accept_again();
        if self.stopping.is_some_and(|deadline| deadline <= self.now) {
            self.abandon_all();
        }
    }

    fn on_due(&mut self, entry: Entry) {
        let Some(connection) = self.connections.get_mut(entry.key as usize) else {
            return;
        };
        if connection.generation != entry.generation
            || connection.scheduled_tick != entry.tick
            || connection.phase == Phase::Gone
        {
            return;
        }
        connection.scheduled_tick = 0;
        let is_due = |tick: u32| tick != 0 && tick <= entry.tick;
        let wake = is_due(connection.wake_tick) && connection.phase == Phase::Open;
        if is_due(connection.stall_tick) {
            connection.stall_tick = 0;
            self.on_stall(entry.key);
        }
        if wake {
            self.connections[entry.key as usize].wake_tick = 0;
            self.with_peer(entry.key, |peer, context| peer.on_wake(context));
        }
        self.schedule(entry.key);
    }

    /// A socket has taken nothing for too long, or a peer has not ended a closed connection.
    fn on_stall(&mut self, key: u32) {
        let connection = &mut self.connections[key as usize];
        if connection.phase == Phase::Open && connection.outbox_len() > 0 {
            connection.truncate_outbox();
            self.count(Counter::ClosedSlow);
            self.end_subscriptions(key);
            self.slow.push(key);
        } else if connection.phase == Phase::Closing {
            self.abandon(key);
        }
    }

    pub(super) fn set_wake(&mut self, key: u32, moment: Instant) {
        self.connections[key as usize].wake_tick = self.wheel.tick_at(moment);
        self.schedule(key);
    }

    /// From now on the socket must take something before its time is up.
    pub(super) fn watch_stall(&mut self, key: u32) {
        let limit = self.hub.config().outbox_stall_max;
        self.set_stall(key, limit);
    }

    /// From now on the connection must end before its time is up.
    pub(super) fn watch_close(&mut self, key: u32) {
        self.set_stall(key, CLOSE_TIME_MAX);
    }

    fn set_stall(&mut self, key: u32, limit: Duration) {
        self.connections[key as usize].stall_tick = self.wheel.tick_at(self.now + limit);
        self.schedule(key);
    }

    /// Puts the next of the connection's moments into the wheel, where it is not there already.
    fn schedule(&mut self, key: u32) {
        let connection = &mut self.connections[key as usize];
        let Some(tick) = [connection.wake_tick, connection.stall_tick]
            .into_iter()
            .filter(|&tick| tick != 0)
            .min()
        else {
            return;
        };
        if connection.scheduled_tick == 0 || tick < connection.scheduled_tick {
            connection.scheduled_tick = tick;
            self.wheel.insert(Entry {
                key,
                generation: connection.generation,
                tick,
            });
        }
    }
}
