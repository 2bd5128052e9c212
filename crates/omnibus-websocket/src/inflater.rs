//! What does a compressed message say, and may it say so much? (RFC 7692 §7.2.2)
//!
//! A message is inflated whole, when its last frame is there: what a slow client has sent so far
//! costs its compressed bytes and no window, and one inflater serves all connections of a thread.

use std::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use crate::decoder::{Compressed, Event, Limits};
use crate::violation::Violation;

/// Inflated bytes that any message may have, however few it has compressed: short texts of one
/// letter are no attack.
pub const INFLATED_FREE_BYTES: usize = 4 << 10;

/// DEFLATE blocks that any message may have, those that complete its end among them.
///
/// A block of a dozen bytes may bring tables that cost some microseconds, and hold nothing. Browsers
/// make a block of 16,383 symbols, zlib at its least memory one of 127; who flushes each piece of a
/// message makes two of it.
pub const BLOCKS_FREE: usize = 256;

/// Compressed bytes that allow a message another block.
pub const BLOCK_BYTES: usize = 128;

/// The room that an inflater begins with.
const ROOM_BYTES: usize = 4 << 10;

/// The most memory that [`Inflater::trim`] leaves for the next message.
const KEPT_BYTES_MAX: usize = 64 << 10;

/// What senders take off the end of every message (RFC 7692 §7.2.1), and behind it a final empty
/// block: a message that ends within a block does not come to that block's end.
const END: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff];

/// The largest window, which every sender may use (RFC 7692 §7.1.2.2).
const WINDOW_BITS: u8 = 15;

/// What a message has cost to be inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Bytes that it became.
    pub bytes: usize,
    /// Blocks that it had.
    pub blocks: usize,
}

/// Inflates messages, one after the other, each by itself.
///
/// It has a window of 32 KiB and the last message; nothing of one message is used for the next.
pub struct Inflater {
    stream: Inflate,
    /// The last message, and room behind it.
    inflated: Vec<u8>,
    len: usize,
    blocks: usize,
}

/// How much one message may become, and of how many blocks.
#[derive(Debug, Clone, Copy)]
struct Bound {
    blocks_max: usize,
    bytes_max: usize,
    violation: fn(&Limits) -> Violation,
}

impl Bound {
    fn of(compressed_bytes: usize, limits: &Limits) -> Self {
        let by_ratio = limits.inflated_ratio_max.map_or(usize::MAX, |ratio| {
            compressed_bytes.saturating_mul(ratio as usize).max(INFLATED_FREE_BYTES)
        });
        let blocks_max = BLOCKS_FREE + compressed_bytes / BLOCK_BYTES;
        if limits.message_bytes_max <= by_ratio {
            return Self {
                blocks_max,
                bytes_max: limits.message_bytes_max,
                violation: |limits| Violation::InflatedTooBig {
                    bytes_max: limits.message_bytes_max,
                },
            };
        }
        Self {
            blocks_max,
            bytes_max: by_ratio,
            violation: |limits| Violation::InflatedTooMuch {
                ratio_max: limits.inflated_ratio_max.unwrap_or(u32::MAX),
            },
        }
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater")
            .field("effort", &self.effort())
            .finish_non_exhaustive()
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl Inflater {
    /// Takes its memory, some 40 KiB.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stream: Inflate::new(false, WINDOW_BITS),
            inflated: Vec::new(),
            len: 0,
            blocks: 0,
        }
    }

    /// Makes of a compressed message the message that it is; stops as soon as it is larger than
    /// [`Limits::message_bytes_max`], or more than [`Limits::inflated_ratio_max`] times what was
    /// sent and [`INFLATED_FREE_BYTES`], or has more blocks than [`BLOCKS_FREE`] and one for each
    /// [`BLOCK_BYTES`] that were sent.
    ///
    /// # Errors
    /// A [`Violation`], after which the connection is to be closed.
    pub fn inflate(&mut self, message: Compressed<'_>, limits: &Limits) -> Result<Event<'_>, Violation> {
        (self.len, self.blocks) = (0, 0);
        let bound = Bound::of(message.bytes().len(), limits);
        // Senders write an empty message as one byte (RFC 7692 §7.2.3.6), some as none.
        if !message.bytes().is_empty() {
            self.stream.reset(false);
            let is_over = self.feed(message.bytes(), bound, limits)? || self.feed(&END, bound, limits)?;
            if !is_over {
                return Err(Violation::CompressionBroken);
            }
        }
        let inflated = &self.inflated[..self.len];
        if !message.is_text() {
            return Ok(Event::Binary(inflated));
        }
        simdutf8::basic::from_utf8(inflated)
            .map(Event::Text)
            .map_err(|_| Violation::TextNotUtf8)
    }

    /// What the last message has become, as far as it was inflated.
    #[must_use]
    pub fn effort(&self) -> Effort {
        Effort {
            bytes: self.len,
            blocks: self.blocks,
        }
    }

    /// Gives back the memory of a large message.
    pub fn trim(&mut self) {
        if self.inflated.capacity() > KEPT_BYTES_MAX {
            self.inflated = Vec::new();
        }
    }

    /// Inflates a part; says whether it ended with a final block.
    fn feed(&mut self, mut input: &[u8], bound: Bound, limits: &Limits) -> Result<bool, Violation> {
        loop {
            self.make_room(bound.bytes_max);
            let before = (self.stream.total_in(), self.stream.total_out());
            // It stops at each block's end, so that blocks are counted.
            let status = self
                .stream
                .decompress(input, &mut self.inflated[self.len..], InflateFlush::Block)
                .map_err(|_| Violation::CompressionBroken)?;
            // No more can be taken than was given, nor made than there was room.
            input = &input[(self.stream.total_in() - before.0) as usize..];
            self.len += (self.stream.total_out() - before.1) as usize;
            if self.len > bound.bytes_max {
                return Err((bound.violation)(limits));
            }
            let is_full = self.len == self.inflated.len();
            match status {
                Status::StreamEnd if input.is_empty() => return Ok(true),
                Status::StreamEnd => self.stream.reset(false),
                Status::Ok | Status::BufError if is_full => {}
                // Whatever the input makes is there.
                Status::BufError if input.is_empty() => return Ok(false),
                // It may have ended with the final block, which the next call says.
                Status::Ok if input.is_empty() => {}
                // A block has ended.
                Status::Ok | Status::BufError => {
                    self.blocks += 1;
                    if self.blocks > bound.blocks_max {
                        return Err(Violation::TooManyBlocks {
                            blocks_max: bound.blocks_max,
                        });
                    }
                }
            }
        }
    }

    /// Makes room for more, up to the first byte that is too much.
    fn make_room(&mut self, bytes_max: usize) {
        if self.len == self.inflated.len() {
            let wanted = self.len.max(ROOM_BYTES);
            let most = bytes_max.saturating_add(1).saturating_sub(self.len).max(1);
            self.inflated.reserve_exact(wanted.min(most));
            self.inflated.resize(self.inflated.capacity(), 0);
        }
    }
}
