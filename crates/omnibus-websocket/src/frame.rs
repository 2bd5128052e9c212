//! What does the head of one client frame say, and may it say that? (RFC 6455 §5.2)

use crate::violation::Violation;

/// The most payload that a close, ping or pong frame may carry (RFC 6455 §5.5).
pub const CONTROL_PAYLOAD_BYTES_MAX: usize = 125;

/// The most bytes a client's frame head can have: two, a 64-bit length, a mask.
pub(crate) const CLIENT_HEAD_BYTES_MAX: usize = 2 + 8 + 4;

/// Stands in the 7-bit length where a 16-bit length follows.
pub(crate) const LENGTH_IS_16_BIT: u8 = 126;
/// Stands in the 7-bit length where a 64-bit length follows.
pub(crate) const LENGTH_IS_64_BIT: u8 = 127;

/// The bit of a head's first byte that ends a message.
pub(crate) const FIN: u8 = 0x80;
/// The bit that says a message is compressed, where that was negotiated (RFC 7692 §6).
pub(crate) const RSV1: u8 = 0x40;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;

/// What a frame is for (RFC 6455 §11.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// The next fragment of an unfinished message.
    Continuation = 0x0,
    /// Text, or its first fragment.
    Text = 0x1,
    /// Bytes, or their first fragment.
    Binary = 0x2,
    /// The end of the conversation.
    Close = 0x8,
    /// A question whether the other side is alive.
    Ping = 0x9,
    /// The answer to a ping.
    Pong = 0xa,
}

impl Opcode {
    /// Whether this is a close, ping or pong (RFC 6455 §5.5).
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    fn read(bits: u8) -> Result<Self, Violation> {
        match bits {
            0x0 => Ok(Self::Continuation),
            0x1 => Ok(Self::Text),
            0x2 => Ok(Self::Binary),
            0x8 => Ok(Self::Close),
            0x9 => Ok(Self::Ping),
            0xa => Ok(Self::Pong),
            opcode => Err(Violation::UnknownOpcode { opcode }),
        }
    }
}

/// The head of one client frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) opcode: Opcode,
    /// Ends its message.
    pub(crate) fin: bool,
    /// Begins a compressed message.
    pub(crate) compressed: bool,
    pub(crate) mask: [u8; 4],
    pub(crate) payload_bytes: u64,
}

impl FrameHead {
    /// Reads a head and its length in bytes from the front of `bytes`; `None` if it is not all there.
    /// `allowed` are the reserved bits that a negotiated extension gave a meaning.
    ///
    /// Each byte is judged as soon as it is there and always in the same order, so that a stream
    /// meets the same violation however it is cut.
    ///
    /// # Errors
    /// Every [`Violation`] that a single head can show.
    #[inline]
    pub(crate) fn read(bytes: &[u8], allowed: u8) -> Result<Option<(Self, usize)>, Violation> {
        let Some(&first) = bytes.first() else {
            return Ok(None);
        };
        let opcode = Opcode::read(first & OPCODE);
        let reserved = first & RESERVED & !allowed;
        if reserved != 0 {
            return Err(Violation::ReservedBits { bits: reserved >> 4 });
        }
        let opcode = opcode?;
        let compressed = first & RSV1 != 0;
        if compressed && !matches!(opcode, Opcode::Text | Opcode::Binary) {
            return Err(Violation::CompressionMisplaced { opcode: opcode as u8 });
        }
        let fin = first & FIN != 0;
        if opcode.is_control() && !fin {
            return Err(Violation::FragmentedControl { opcode: opcode as u8 });
        }

        let Some(&second) = bytes.get(1) else {
            return Ok(None);
        };
        if second & MASKED == 0 {
            return Err(Violation::Unmasked);
        }
        let short = second & !MASKED;
        if opcode.is_control() && usize::from(short) > CONTROL_PAYLOAD_BYTES_MAX {
            return Err(Violation::OversizedControl { opcode: opcode as u8 });
        }
        let Some((payload_bytes, rest)) = read_length(short, &bytes[2..])? else {
            return Ok(None);
        };
        let Some(&mask) = rest.first_chunk::<4>() else {
            return Ok(None);
        };
        let head_bytes = bytes.len() - rest.len() + mask.len();
        Ok(Some((
            Self {
                opcode,
                fin,
                compressed,
                mask,
                payload_bytes,
            },
            head_bytes,
        )))
    }
}

/// Reads the extended length, if `short` announces one, and returns it with the bytes behind it.
fn read_length(short: u8, bytes: &[u8]) -> Result<Option<(u64, &[u8])>, Violation> {
    match short {
        LENGTH_IS_16_BIT => {
            let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
                return Ok(None);
            };
            let length = u64::from(u16::from_be_bytes(*length));
            if length < u64::from(LENGTH_IS_16_BIT) {
                return Err(Violation::LengthNotMinimal { bytes: length });
            }
            Ok(Some((length, rest)))
        }
        LENGTH_IS_64_BIT => {
            let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
                return Ok(None);
            };
            let length = u64::from_be_bytes(*length);
            if length >> 63 != 0 {
                return Err(Violation::LengthTopBit { bytes: length });
            }
            if length <= u64::from(u16::MAX) {
                return Err(Violation::LengthNotMinimal { bytes: length });
            }
            Ok(Some((length, rest)))
        }
        short => Ok(Some((u64::from(short), bytes))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_of_each_length_form_is_read() {
        let mask = [1, 2, 3, 4];
        let table: [(&[u8], u64, usize); 4] = [
            (&[0x81, 0x80, 1, 2, 3, 4], 0, 6),
            (&[0x81, 0xfd, 1, 2, 3, 4, 9, 9], 125, 6),
            (&[0x81, 0xfe, 0, 126, 1, 2, 3, 4], 126, 8),
            (&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4], 65_536, 14),
        ];
        for (bytes, payload_bytes, head_bytes) in table {
            let head = FrameHead {
                opcode: Opcode::Text,
                fin: true,
                compressed: false,
                mask,
                payload_bytes,
            };
            assert_eq!(FrameHead::read(bytes, 0), Ok(Some((head, head_bytes))));
            for cut in 0..head_bytes {
                assert_eq!(FrameHead::read(&bytes[..cut], 0), Ok(None), "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_wrong_byte_is_refused_as_soon_as_it_is_there() {
        let table: [(&[u8], Violation); 9] = [
            (&[0xc1], Violation::ReservedBits { bits: 0b100 }),
            (&[0x91], Violation::ReservedBits { bits: 0b001 }),
            (&[0x83], Violation::UnknownOpcode { opcode: 3 }),
            (&[0x8f], Violation::UnknownOpcode { opcode: 15 }),
            (&[0x09], Violation::FragmentedControl { opcode: 9 }),
            (&[0x81, 0x05], Violation::Unmasked),
            (&[0x89, 0xfe], Violation::OversizedControl { opcode: 9 }),
            (&[0x81, 0xfe, 0, 125], Violation::LengthNotMinimal { bytes: 125 }),
            (
                &[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0],
                Violation::LengthTopBit { bytes: 1 << 63 },
            ),
        ];
        for (bytes, violation) in table {
            assert_eq!(FrameHead::read(bytes, 0), Err(violation));
        }
    }

    #[test]
    fn only_the_first_frame_of_a_message_may_be_compressed_and_only_where_negotiated() {
        let rsv1 = |first| FrameHead::read(&[first, 0x80, 1, 2, 3, 4], RSV1);
        for first in [0xc1, 0xc2, 0x41, 0x42] {
            let head = rsv1(first).unwrap().unwrap().0;
            assert!(head.compressed, "{first:#x}");
        }
        for opcode in [0x0, 0x8, 0x9, 0xa] {
            let misplaced = Violation::CompressionMisplaced { opcode };
            assert_eq!(rsv1(0xc0 | opcode), Err(misplaced));
        }
        assert_eq!(rsv1(0xe1), Err(Violation::ReservedBits { bits: 0b010 }));
        assert_eq!(rsv1(0xd9), Err(Violation::ReservedBits { bits: 0b001 }));
        assert!(!rsv1(0x81).unwrap().unwrap().0.compressed);
    }
}
