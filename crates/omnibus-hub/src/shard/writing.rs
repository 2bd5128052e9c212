//! How does what a turn has made reach the sockets?

use crate::connection::{Arena, Phase, Wrote};
use crate::counters::Counter;
use crate::peer::Overflow;
use crate::turn::{Dirty, Slot};

use super::Shard;

impl Shard {
    /// Writes to every dirty peer once, tells those that are too slow, and shuts those that close.
    pub(super) fn flush(&mut self) {
        loop {
            while !self.turn.is_empty() {
                self.write_turn();
            }
            while let Some(key) = self.slow.pop() {
                self.with_peer(key, |peer, context| peer.on_slow(context));
            }
            if self.turn.is_empty() {
                break;
            }
        }
        self.shut_written();
        self.hub
            .counters()
            .add(Counter::Delivered, std::mem::take(&mut self.delivered));
    }

    fn write_turn(&mut self) {
        let (dirty, arenas) = self.turn.take();
        let mut arenas: Vec<Arena> = arenas.into_iter().map(Arena::Owned).collect();
        for entry in &dirty {
            let encoding = self.connections[entry.key as usize].encoding;
            self.write(entry, &mut arenas[usize::from(encoding.0)]);
        }
        let owned = arenas.into_iter().map(|arena| match arena {
            Arena::Owned(bytes) => bytes,
            Arena::Frozen(_) => Vec::new(),
        });
        self.turn.reuse(dirty, owned.collect());
    }

    fn write(&mut self, dirty: &Dirty, arena: &mut Arena) {
        let connection = &mut self.connections[dirty.key as usize];
        connection.dirty = Slot::CLEAN;
        if connection.phase == Phase::Gone {
            return;
        }
        let Ok(written) = connection.write(dirty, arena.as_slice(), &mut self.write_scratch) else {
            return self.abandon(dirty.key);
        };
        let waiting = dirty.len() - written;
        if waiting == 0 {
            return;
        }
        let before = connection.outbox_len();
        let overflow = connection.peer.as_ref().map(|peer| peer.outbox());
        // One large message alone may pass the bound; so may the farewell of a peer that closes.
        let alone = before == 0 && dirty.messages == 1;
        match overflow {
            Some(Overflow::Close { bytes_max })
                if before + waiting > bytes_max && !alone && connection.phase == Phase::Open =>
            {
                if before == 0 {
                    arena.prepare(waiting);
                    connection.queue(dirty, arena, written);
                }
                connection.truncate_outbox();
                self.count(Counter::ClosedSlow);
                self.end_subscriptions(dirty.key);
                self.slow.push(dirty.key);
            }
            Some(Overflow::DropNewest { bytes_max }) if before + waiting > bytes_max && before > 0 => {
                self.hub.counters().add(Counter::DroppedSlow, u64::from(dirty.messages));
            }
            _ => {
                arena.prepare(waiting);
                connection.queue(dirty, arena, written);
                if before == 0 {
                    self.watch_stall(dirty.key);
                }
            }
        }
    }

    /// The socket takes more.
    pub(super) fn on_writable(&mut self, key: u32) {
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return;
        };
        if connection.phase == Phase::Gone || connection.outbox_len() == 0 {
            return;
        }
        match connection.drain() {
            (_, Wrote::Failed) => self.abandon(key),
            (0, Wrote::Full) => {}
            (_, Wrote::Full) => self.watch_stall(key),
            (_, Wrote::All) if connection.phase == Phase::Closing => self.closing.push(key),
            (_, Wrote::All) => {
                connection.stall_tick = 0;
                self.with_peer(key, |peer, context| peer.on_drained(context));
            }
        }
    }

    /// Shuts the sending half of those that close and have nothing left to send.
    fn shut_written(&mut self) {
        for key in std::mem::take(&mut self.closing) {
            if let Some(connection) = self.connections.get(key as usize)
                && connection.phase == Phase::Closing
                && connection.outbox_len() == 0
            {
                connection.stream.shutdown_write();
                self.watch_close(key);
            }
        }
    }
}
