//! What does a compressed message say, and may it say so much? (RFC 7692 §7.2.2)
//!
//! A message is inflated whole, when its last frame is there: what a slow client has sent so far
//! costs its compressed bytes and no window, and one inflater serves all connections of a thread.

use flate2::{Decompress, FlushDecompress, Status};

use crate::decoder::{Compressed, Event, Limits};
use crate::violation::Violation;

/// Inflated bytes that any message may have, however few it has compressed: short texts of one
/// letter are no attack.
pub const INFLATED_FREE_BYTES: usize = 4 << 10;

/// The most final blocks within one message (RFC 7692 §7.2.3.4); each makes the inflater start
/// anew, which costs more than a block's two bytes.
const FINAL_BLOCKS_MAX: u32 = 1_024;

/// The room that an inflater begins with.
const ROOM_BYTES: usize = 4 << 10;

/// The most memory that [`Inflater::trim`] leaves for the next message.
const KEPT_BYTES_MAX: usize = 64 << 10;

/// What senders take off the end of every message (RFC 7692 §7.2.1), and behind it a final empty
/// block: a message that ends within a block does not come to that block's end.
const END: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff];

/// Inflates messages, one after the other, each by itself.
///
/// It has a window of 32 KiB and the last message; nothing of one message is used for the next.
#[derive(Debug)]
pub struct Inflater {
    stream: Decompress,
    inflated: Vec<u8>,
}

/// How much one message may become.
#[derive(Debug, Clone, Copy)]
struct Bound {
    bytes_max: usize,
    violation: fn(&Limits) -> Violation,
}

impl Bound {
    fn of(compressed_bytes: usize, limits: &Limits) -> Self {
        let by_ratio = limits.inflated_ratio_max.map_or(usize::MAX, |ratio| {
            compressed_bytes.saturating_mul(ratio as usize).max(INFLATED_FREE_BYTES)
        });
        if limits.message_bytes_max <= by_ratio {
            return Self {
                bytes_max: limits.message_bytes_max,
                violation: |limits| Violation::InflatedTooBig {
                    bytes_max: limits.message_bytes_max,
                },
            };
        }
        Self {
            bytes_max: by_ratio,
            violation: |limits| Violation::InflatedTooMuch {
                ratio_max: limits.inflated_ratio_max.unwrap_or(u32::MAX),
            },
        }
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
            stream: Decompress::new(false),
            inflated: Vec::new(),
        }
    }

    /// Makes of a compressed message the message that it is; stops as soon as it is larger than
    /// [`Limits::message_bytes_max`], or more than [`Limits::inflated_ratio_max`] times what was
    /// sent and [`INFLATED_FREE_BYTES`].
    ///
    /// # Errors
    /// A [`Violation`], after which the connection is to be closed.
    pub fn inflate(&mut self, message: Compressed<'_>, limits: &Limits) -> Result<Event<'_>, Violation> {
        self.inflated.clear();
        let bound = Bound::of(message.bytes().len(), limits);
        // Senders write an empty message as one byte (RFC 7692 §7.2.3.6), some as none.
        if !message.bytes().is_empty() {
            self.stream.reset(false);
            let mut finals_left = FINAL_BLOCKS_MAX;
            let is_over = self.feed(message.bytes(), bound, limits, &mut finals_left)?
                || self.feed(&END, bound, limits, &mut finals_left)?;
            if !is_over {
                return Err(Violation::CompressionBroken);
            }
        }
        if !message.is_text() {
            return Ok(Event::Binary(&self.inflated));
        }
        simdutf8::basic::from_utf8(&self.inflated)
            .map(Event::Text)
            .map_err(|_| Violation::TextNotUtf8)
    }

    /// Gives back the memory of a large message.
    pub fn trim(&mut self) {
        if self.inflated.capacity() > KEPT_BYTES_MAX {
            self.inflated = Vec::new();
        }
    }

    /// Inflates a part; says whether it ended with a final block.
    fn feed(
        &mut self,
        mut input: &[u8],
        bound: Bound,
        limits: &Limits,
        finals_left: &mut u32,
    ) -> Result<bool, Violation> {
        loop {
            self.make_room(bound.bytes_max);
            let taken_before = self.stream.total_in();
            let status = self
                .stream
                .decompress_vec(input, &mut self.inflated, FlushDecompress::None)
                .map_err(|_| Violation::CompressionBroken)?;
            let taken = self.stream.total_in() - taken_before;
            // No more can be taken than was given.
            input = &input[taken as usize..];
            if self.inflated.len() > bound.bytes_max {
                return Err((bound.violation)(limits));
            }
            match status {
                Status::StreamEnd if input.is_empty() => return Ok(true),
                Status::StreamEnd if *finals_left == 0 => return Err(Violation::CompressionBroken),
                Status::StreamEnd => {
                    *finals_left -= 1;
                    self.stream.reset(false);
                }
                // With room left, whatever the input makes is there.
                Status::Ok | Status::BufError if self.inflated.len() < self.inflated.capacity() => {
                    return match input.is_empty() {
                        true => Ok(false),
                        false => Err(Violation::CompressionBroken),
                    };
                }
                Status::Ok | Status::BufError => {}
            }
        }
    }

    /// Makes room for more, up to the first byte that is too much.
    fn make_room(&mut self, bytes_max: usize) {
        let bytes = self.inflated.len();
        if bytes == self.inflated.capacity() {
            let wanted = bytes.max(ROOM_BYTES);
            let most = bytes_max.saturating_add(1).saturating_sub(bytes).max(1);
            self.inflated.reserve_exact(wanted.min(most));
        }
    }
}
