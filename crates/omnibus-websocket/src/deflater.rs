//! How is a message compressed? (RFC 7692 §7.2.1)

use flate2::{Compress, Compression, FlushCompress};

use crate::encoder::encode_compressed_frame_header;
use crate::frame::Opcode;

/// What a flush ends with and a message does not (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// Room for what even an empty message needs, its blocks' heads and the flush.
const ROOM_BYTES_MIN: usize = 64;

/// The most memory that is kept for the next message.
const KEPT_BYTES_MAX: usize = 64 << 10;

/// Compresses messages, one after the other, each by itself and with the full window: what it
/// makes of a message can be read on every connection with [`Deflate`](crate::Deflate).
#[derive(Debug)]
pub struct Deflater {
    stream: Compress,
    level: u32,
    deflated: Vec<u8>,
}

impl Deflater {
    /// Takes its memory, some 300 KiB; `level` is 1, the fastest, to 9.
    #[must_use]
    pub fn new(level: u32) -> Self {
        let level = level.clamp(1, 9);
        Self {
            stream: Compress::new(Compression::new(level), false),
            level,
            deflated: Vec::new(),
        }
    }

    /// The level it compresses with.
    #[must_use]
    pub fn level(&self) -> u32 {
        self.level
    }

    /// The payload of the compressed message.
    pub fn deflate(&mut self, payload: &[u8]) -> &[u8] {
        self.deflated.clear();
        self.deflated.shrink_to(KEPT_BYTES_MAX);
        self.stream.reset();
        let mut rest = payload;
        loop {
            // At worst a byte becomes nine bits. Where a flush just fills its room, the next call
            // would append a second one.
            self.deflated.reserve(ROOM_BYTES_MIN + rest.len() + rest.len() / 8);
            let before = self.stream.total_in();
            self.stream
                .compress_vec(rest, &mut self.deflated, FlushCompress::Sync)
                .expect("a stream that began anew takes all input");
            // No more can be taken than was given.
            rest = &rest[(self.stream.total_in() - before) as usize..];
            // Room is left where the flush is complete.
            if rest.is_empty() && self.deflated.len() < self.deflated.capacity() {
                break;
            }
        }
        self.deflated
            .strip_suffix(&TAIL)
            .expect("a flush ends with an empty block")
    }

    /// Appends a message as one compressed frame, whatever its size.
    pub fn append_frame(&mut self, opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
        let deflated = self.deflate(payload);
        encode_compressed_frame_header(opcode, deflated.len(), out);
        out.extend_from_slice(deflated);
    }
}
