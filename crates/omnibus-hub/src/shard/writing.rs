//! How does what a turn has made reach the sockets?

use std::panic::{AssertUnwindSafe, catch_unwind};

use omnibus_uring::Piece;
use tracing::error;

use crate::connection::{Arena, Connection, Phase, Wrote};
use crate::counters::Counter;
use crate::peer::{Overflow, SocketEvent};
use crate::stream::Stream;
use crate::turn::{Dirty, Slot, Span};

use super::Shard;

/// With fewer that are dirty, a volley saves nothing.
const VOLLEY_MIN: usize = 4;

/// What is larger goes out alone: copying it costs so much that the way there does not matter.
const PIECE_MAX: usize = 64 << 10;

impl Shard {
    /// Writes to every dirty peer once, tells those that are too slow, and shuts those that close.
    pub(super) fn flush(&mut self) {
        loop {
            while !self.turn.is_empty() {
                self.write_turn();
            }
            while let Some(key) = self.slow.pop() {
                self.part_with_slow(key);
            }
            while let Some(key) = self.passed.pop() {
                self.tell_of_socket(key, SocketEvent::Passed);
            }
            self.move_sockets();
            if self.turn.is_empty() {
                break;
            }
        }
        self.shut_written();
        self.hub
            .counters_of(self.number)
            .add(Counter::Delivered, std::mem::take(&mut self.delivered));
    }

    fn write_turn(&mut self) {
        let (dirty, arenas) = self.turn.take();
        let mut arenas: Vec<Arena> = arenas.into_iter().map(Arena::Owned).collect();
        let mut taken = std::mem::take(&mut self.taken);
        self.fire(&dirty, &arenas, &mut taken);
        for (entry, &written) in dirty.iter().zip(&taken).filter(|(entry, _)| entry.len() > 0) {
            let encoding = self.connections[entry.key as usize].encoding;
            self.write(entry, &mut arenas[usize::from(encoding.0)], written);
        }
        self.taken_needed.empty(&mut taken);
        self.taken = taken;
        let owned = arenas.into_iter().map(|arena| match arena {
            Arena::Owned(bytes) => bytes,
            Arena::Frozen(_) => Vec::new(),
        });
        self.turn.reuse(dirty, owned.collect());
    }

    /// Writes to all whose sockets may get what they get at once; `taken` is then, for each that is
    /// dirty, how many bytes are out.
    fn fire(&mut self, dirty: &[Dirty], arenas: &[Arena], taken: &mut Vec<usize>) {
        taken.resize(dirty.len(), 0);
        let Some(volley) = self.volley.as_mut().filter(|_| dirty.len() >= VOLLEY_MIN) else {
            return;
        };
        let connections = &self.connections;
        let pieces = dirty.iter().enumerate().filter_map(|(place, dirty)| {
            // Where nothing is left to be written, the connection may be gone already.
            let Span { start, end } = dirty.only().filter(|span| (1..=PIECE_MAX).contains(&span.len()))?;
            let connection = &connections[dirty.key as usize];
            Some(Piece {
                socket: connection.open_socket()?,
                bytes: &arenas[usize::from(connection.encoding.0)].as_slice()[start..end],
                place,
            })
        });
        volley.send(pieces, taken);
    }

    /// Writes to a peer what is not out yet.
    fn write(&mut self, dirty: &Dirty, arena: &mut Arena, written: usize) {
        let connection = &mut self.connections[dirty.key as usize];
        connection.dirty = Slot::CLEAN;
        // To one that was found slow in this turn, this would come behind a hole.
        if connection.phase == Phase::Gone || connection.is_slow {
            return;
        }
        let Ok(written) = connection.write(dirty, arena.as_slice(), written, &mut self.write_scratch) else {
            return self.fail(dirty.key);
        };
        self.stats.sent_bytes += written as u64;
        if connection.mark > 0 {
            let bytes = u32::try_from(dirty.len()).unwrap_or(u32::MAX);
            let free = dirty.messages.saturating_mul(u32::from(connection.mark_free));
            connection.mark = connection.mark.saturating_sub(bytes.saturating_sub(free));
            if connection.mark == 0 {
                self.passed.push(dirty.key);
            }
        }
        let waiting = dirty.len() - written;
        if waiting == 0 {
            return;
        }
        let Some(overflow) = bound_of(connection) else {
            return self.abandon(dirty.key);
        };
        let before = connection.outbox_len();
        // A farewell may pass the bound; so may one large message alone.
        let is_open = connection.phase == Phase::Open;
        let alone = before == 0 && dirty.messages == 1;
        let weight = |bytes_max| connection.outbox_weight(bytes_max);
        match overflow {
            Overflow::Close { bytes_max } if is_open && weight(bytes_max) + waiting > bytes_max && !alone => {
                if before == 0 {
                    connection.queue(dirty, arena, written, self.stats.waiting());
                }
                self.find_slow(dirty.key);
            }
            Overflow::DropNewest { bytes_max } if is_open && weight(bytes_max) + waiting > bytes_max && before > 0 => {
                let counters = self.hub.counters_of(self.number);
                counters.add(Counter::DroppedSlow, u64::from(dirty.messages));
            }
            _ => {
                connection.queue(dirty, arena, written, self.stats.waiting());
                if is_open && before == 0 && !connection.is_parked {
                    self.watch_stall(dirty.key);
                }
            }
        }
    }

    /// A peer reads too slowly: what waits is dropped, and at the end of the turn it is told so.
    pub(super) fn find_slow(&mut self, key: u32) {
        let connection = &mut self.connections[key as usize];
        if !std::mem::replace(&mut connection.is_slow, true) {
            connection.truncate_outbox();
            self.count(Counter::ClosedSlow);
            self.end_subscriptions(key);
            self.slow.push(key);
        }
    }

    fn part_with_slow(&mut self, key: u32) {
        self.connections[key as usize].is_slow = false;
        if self.connections[key as usize].phase == Phase::Open {
            self.with_peer(key, |peer, context| peer.on_slow(context));
            // Its stream has a hole now: whatever the peer has said, it can't go on. Of what is
            // parked nothing has left yet.
            if !self.connections[key as usize].is_parked {
                self.begin_close(key);
            }
        }
    }

    /// The socket takes more.
    pub(super) fn on_writable(&mut self, key: u32) {
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return;
        };
        if connection.phase == Phase::Gone || connection.outbox_len() == 0 || connection.is_parked {
            // Whatever else waits for the socket goes out before more is read.
            if connection.stream.as_ref().is_some_and(Stream::has_unsent) {
                self.make_ready(key);
            }
            return;
        }
        let (sent, wrote) = connection.drain();
        self.stats.sent_bytes += sent as u64;
        match (sent, wrote) {
            (_, Wrote::Failed) => self.fail(key),
            (0, Wrote::Full) => {}
            (_, Wrote::Full) if connection.phase == Phase::Open => self.watch_stall(key),
            (_, Wrote::Full) => self.watch_close(key),
            (_, Wrote::All) if connection.phase == Phase::Open => {
                connection.stall_tick = 0;
                self.with_peer(key, |peer, context| peer.on_drained(context));
            }
            (_, Wrote::All) => self.closing.push(key),
        }
    }

    /// Ends those that close and have nothing left to send.
    fn shut_written(&mut self) {
        for key in std::mem::take(&mut self.closing) {
            let Some(connection) = self.connections.get_mut(key as usize) else {
                continue;
            };
            match connection.phase {
                Phase::Closing if connection.outbox_len() == 0 => {
                    connection.stream.iter_mut().for_each(Stream::shutdown_write);
                    self.watch_close(key);
                }
                Phase::Ended if connection.outbox_len() == 0 => self.abandon(key),
                _ => {}
            }
        }
    }
}

/// What the peer allows; `None` if it panics.
fn bound_of(connection: &Connection) -> Option<Overflow> {
    let peer = connection.peer.as_ref()?;
    catch_unwind(AssertUnwindSafe(|| peer.outbox()))
        .inspect_err(|_| error!("a peer panicked; its connection is closed"))
        .ok()
}
