//! How does input reach a peer?

use std::io::ErrorKind;

use tracing::error;

use crate::connection::Phase;
use crate::counters::Counter;
use crate::inbox;
use crate::stream::Stream;

use super::Shard;

/// What all connections together may bring in one turn, in shares of one connection. What peers
/// answer waits in memory until the turn ends.
const TURN_SHARES: usize = 16;

impl Shard {
    /// Reads from those that have, or may have, something: one after the other, as much as one
    /// turn may. Nothing is read while an inbox is pressed; they keep their place.
    pub(super) fn read_ready(&mut self) {
        let share = self.hub.config().turn_read_bytes_max.max(1);
        let mut left = share.saturating_mul(TURN_SHARES);
        for _ in 0..self.ready.len() {
            if left == 0 || self.hub.is_pressed() {
                return;
            }
            let Some(key) = self.ready.pop_front() else { return };
            if let Some(connection) = self.connections.get_mut(key as usize) {
                connection.is_ready = false;
                // A handshake takes little and costs much: it counts as if all of a share had come.
                let is_handshake = connection.stream.as_ref().is_some_and(Stream::is_shaking_hands);
                let least = if is_handshake { share } else { 0 };
                left = left.saturating_sub(self.read(key, share).max(least));
            }
        }
    }

    /// Reads until nothing is there, or the share is used up; returns how much came, and was
    /// charged beside it.
    fn read(&mut self, key: u32, share: usize) -> usize {
        self.charged = 0;
        if !self.feed_held(key) {
            return self.charged;
        }
        let mut scratch = std::mem::take(&mut self.read_scratch);
        let mut total = std::mem::take(&mut self.charged);
        let most = share.min(scratch.len());
        inbox::begin_burst();
        while let Some(count) = self.read_once(key, &mut scratch[..most]) {
            total = total
                .saturating_add(count)
                .saturating_add(std::mem::take(&mut self.charged));
            if total >= share || self.hub.is_pressed() {
                // The system tells of more only when more comes.
                self.make_ready(key);
                break;
            }
            if count < most && self.is_emptied(key) {
                break;
            }
        }
        if inbox::end_of_burst() {
            self.hub.inboxes().iter().for_each(|inbox| inbox.wake_if_waiting());
        }
        self.read_scratch = scratch;
        total
    }

    /// Whether a read that has not filled its buffer has taken all there is: of whatever comes
    /// later, its end too, the system tells.
    fn is_emptied(&self, key: u32) -> bool {
        let connection = self.connections.get(key as usize);
        connection.is_some_and(|connection| {
            !connection.has_hung_up && connection.stream.as_ref().is_some_and(Stream::ends_short)
        })
    }

    /// Reads once; `None` where there is nothing more to be had.
    fn read_once(&mut self, key: u32, scratch: &mut [u8]) -> Option<usize> {
        let connection = self.connections.get_mut(key as usize)?;
        if matches!(connection.phase, Phase::Ended | Phase::Gone) {
            return None;
        }
        match connection.read(scratch) {
            Ok(None) => None,
            Ok(Some(0)) => {
                self.end(key);
                None
            }
            Ok(Some(count)) => {
                self.stats.received_bytes += count as u64;
                if connection.phase == Phase::Open {
                    self.feed(key, &mut scratch[..count]);
                }
                (!self.connections[key as usize].is_held()).then_some(count)
            }
            Err(error) => {
                // What a handshake comes to is counted at its end.
                let is_in_handshake = connection.stream.as_ref().is_some_and(Stream::is_shaking_hands);
                if error.kind() == ErrorKind::InvalidData && !is_in_handshake {
                    self.count(Counter::ClosedViolation);
                }
                self.fail(key);
                None
            }
        }
    }

    /// Gives a peer what it left the last time; false while it still can't use all of it.
    fn feed_held(&mut self, key: u32) -> bool {
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return false;
        };
        let Some(mut held) = connection.take_held() else {
            return true;
        };
        if connection.phase == Phase::Open {
            self.feed(key, &mut held);
        }
        !self.connections[key as usize].is_held()
    }

    /// Gives input to the peer, and to the one that takes its place; keeps what is not used.
    fn feed(&mut self, key: u32, mut input: &mut [u8]) {
        while !input.is_empty() {
            let Some((used, replaced)) = self.with_peer(key, |peer, context| {
                (peer.on_bytes(input, context), context.is_replaced())
            }) else {
                return;
            };
            if self.connections[key as usize].phase != Phase::Open {
                return;
            }
            let Some(rest) = input.get_mut(used..) else {
                error!(
                    shard = self.number,
                    used, "a peer used more input than there was; its connection is closed"
                );
                return self.abandon(key);
            };
            input = rest;
            if !replaced {
                break;
            }
        }
        if !input.is_empty() {
            self.connections[key as usize].hold(input);
        }
    }

    /// Makes sure that a connection is read in this turn or the next, without another event.
    pub(super) fn make_ready(&mut self, key: u32) {
        if let Some(connection) = self.connections.get_mut(key as usize)
            && !std::mem::replace(&mut connection.is_ready, true)
        {
            self.ready.push_back(key);
        }
    }
}
