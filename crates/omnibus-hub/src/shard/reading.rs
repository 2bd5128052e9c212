//! How does input reach a peer?

use crate::connection::Phase;

use super::Shard;

/// Whether there is more to be had from a connection.
enum More {
    Maybe,
    No,
}

impl Shard {
    /// Reads from a connection, as much as one turn may.
    pub(super) fn read(&mut self, key: u32) {
        if self.hub.is_pressed() {
            return self.make_ready(key);
        }
        let mut budget = self.hub.config().turn_read_bytes_max;
        let mut scratch = std::mem::take(&mut self.read_scratch);
        while let More::Maybe = self.read_once(key, &mut scratch, &mut budget) {
            if budget == 0 {
                self.make_ready(key);
                break;
            }
        }
        self.read_scratch = scratch;
    }

    fn read_once(&mut self, key: u32, scratch: &mut [u8], budget: &mut usize) -> More {
        if !self.feed_held(key) {
            return More::No;
        }
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return More::No;
        };
        if connection.phase == Phase::Gone {
            return More::No;
        }
        match connection.read(scratch) {
            Ok(None) => More::No,
            Ok(Some(0)) | Err(_) => {
                self.abandon(key);
                More::No
            }
            Ok(Some(count)) => {
                *budget = budget.saturating_sub(count);
                if connection.phase == Phase::Open {
                    self.feed(key, &mut scratch[..count]);
                }
                More::Maybe
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
        self.connections
            .get(key as usize)
            .is_some_and(|connection| !connection.is_held())
    }

    /// Gives input to the peer, and to the one that takes its place; keeps what is not used.
    fn feed(&mut self, key: u32, mut input: &mut [u8]) {
        while !input.is_empty() {
            let Some((used, replaced)) = self.with_peer(key, |peer, context| {
                (peer.on_bytes(input, context), context.is_replaced())
            }) else {
                return;
            };
            input = &mut input[used..];
            let connection = &mut self.connections[key as usize];
            if connection.phase != Phase::Open {
                return;
            }
            if !replaced {
                break;
            }
        }
        if !input.is_empty() {
            self.connections[key as usize].hold(input);
        }
    }

    /// Reads once more from those that had not come to their end.
    pub(super) fn read_again(&mut self) {
        for _ in 0..self.ready.len() {
            let Some(key) = self.ready.pop_front() else { return };
            if let Some(connection) = self.connections.get_mut(key as usize) {
                connection.is_ready = false;
                self.read(key);
            }
        }
    }

    /// Makes sure that a connection is read in the next turn, without another event.
    pub(super) fn make_ready(&mut self, key: u32) {
        if let Some(connection) = self.connections.get_mut(key as usize)
            && !std::mem::replace(&mut connection.is_ready, true)
        {
            self.ready.push_back(key);
        }
    }
}
