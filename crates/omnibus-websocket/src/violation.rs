//! What did a client do that RFC 6455 or a limit forbids, and with which code is it closed?

use std::time::Duration;

/// Why a client's stream can't be read any further (RFC 6455 §7.1.7: fail the connection).
///
/// Send [`Violation::close_code`] in a close frame and end the connection; the stream has lost its
/// frame boundaries, so the decoder that returned a violation is of no further use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A reserved bit is set that no negotiated extension uses (RFC 6455 §5.2).
    #[error("reserved bits {bits:#05b} are set, no extension was negotiated that uses them; send them as 0")]
    ReservedBits {
        /// RSV1, RSV2 and RSV3, from the highest bit to the lowest.
        bits: u8,
    },
    /// RSV1 on a frame that begins no message (RFC 7692 §6.1).
    #[error("frame {opcode:#x} is marked as compressed; mark the first frame of a text or binary message only")]
    CompressionMisplaced {
        /// The frame's opcode.
        opcode: u8,
    },
    /// The opcode is reserved (RFC 6455 §5.2).
    #[error("opcode {opcode:#x} is reserved; send 0x0, 0x1, 0x2, 0x8, 0x9 or 0xa")]
    UnknownOpcode {
        /// The four bits received.
        opcode: u8,
    },
    /// A close, ping or pong frame without FIN (RFC 6455 §5.5).
    #[error("control frame {opcode:#x} is fragmented; send it whole")]
    FragmentedControl {
        /// The frame's opcode.
        opcode: u8,
    },
    /// A close, ping or pong frame of more than 125 bytes (RFC 6455 §5.5).
    #[error("control frame {opcode:#x} has more than 125 bytes of payload; shorten it")]
    OversizedControl {
        /// The frame's opcode.
        opcode: u8,
    },
    /// A client's frame without a mask (RFC 6455 §5.1).
    #[error("frame is not masked; a client must mask every frame")]
    Unmasked,
    /// A length that has a shorter form (RFC 6455 §5.2: "the minimal number of bytes").
    #[error("a length of {bytes} bytes is not in its shortest form; use that")]
    LengthNotMinimal {
        /// The length received.
        bytes: u64,
    },
    /// A 64-bit length whose highest bit is set (RFC 6455 §5.2).
    #[error("a length has its highest bit set: {bytes:#x}; it must be 0")]
    LengthTopBit {
        /// The length received.
        bytes: u64,
    },
    /// A continuation frame where no message is unfinished (RFC 6455 §5.4).
    #[error("continuation frame without an unfinished message; start one with text or binary")]
    StrayContinuation,
    /// A text or binary frame inside an unfinished message (RFC 6455 §5.4).
    #[error("new message inside an unfinished one; finish that with continuation frames first")]
    InterleavedMessage,
    /// A close frame with a payload of one byte (RFC 6455 §5.5.1).
    #[error("close frame has 1 byte of payload; send none, or a code of 2 bytes and a reason")]
    CloseOneByte,
    /// A close code that must not be sent (RFC 6455 §7.4).
    #[error("close code {code} is not allowed on the wire; send 1000, or one of 3000 to 4999")]
    CloseCode {
        /// The code received.
        code: u16,
    },
    /// A close reason that is not UTF-8 (RFC 6455 §5.5.1).
    #[error("close reason is not valid UTF-8; send UTF-8 or no reason")]
    CloseReasonNotUtf8,
    /// Text that is not UTF-8 (RFC 6455 §8.1).
    #[error("text is not valid UTF-8; send UTF-8, or binary frames")]
    TextNotUtf8,
    /// A message larger than [`Limits::message_bytes_max`](crate::Limits::message_bytes_max), judged
    /// by what its frames declare.
    #[error("message is {bytes} bytes so far, the limit is {bytes_max}; send less at once")]
    MessageTooBig {
        /// What the frames up to now declare together.
        bytes: u64,
        /// The limit.
        bytes_max: usize,
    },
    /// A compressed message that is not DEFLATE data, or ends within a block (RFC 7692 §7.2.2).
    #[error("compressed message can't be inflated, or is not complete; flush it to a whole byte and cut 00 00 ff ff")]
    CompressionBroken,
    /// A compressed message larger than [`Limits::message_bytes_max`](crate::Limits::message_bytes_max)
    /// once it is inflated.
    #[error("message is more than {bytes_max} bytes once it is inflated, which is the limit; send less at once")]
    InflatedTooBig {
        /// The limit.
        bytes_max: usize,
    },
    /// A compressed message that becomes more times its bytes than
    /// [`Limits::inflated_ratio_max`](crate::Limits::inflated_ratio_max).
    #[error("message inflates to more than {ratio_max} times its bytes, which is the limit; send it uncompressed")]
    InflatedTooMuch {
        /// The limit.
        ratio_max: u32,
    },
    /// A compressed message of more blocks than its bytes allow; each may cost more than thousands of
    /// bytes that are not compressed.
    #[error("compressed message has more than {blocks_max} blocks, too many for its size; send it uncompressed")]
    TooManyBlocks {
        /// What a message of its size may have.
        blocks_max: usize,
    },
    /// More frames for one message than
    /// [`Limits::fragments_max`](crate::Limits::fragments_max), empty ones included.
    #[error("message has more than {fragments_max} fragments; send fewer, larger ones")]
    TooManyFragments {
        /// The limit.
        fragments_max: u32,
    },
    /// A message or frame that was still unfinished after
    /// [`Limits::message_age_max`](crate::Limits::message_age_max).
    #[error("message was not finished within {age_max:?}; send it faster or in parts of its own")]
    MessageTooOld {
        /// The limit.
        age_max: Duration,
    },
}

impl Violation {
    /// The close code to send (RFC 6455 §7.4.1): 1002 for broken framing or compression,
    /// 1007 for invalid UTF-8, 1009 for too much, 1008 for too slow.
    pub fn close_code(&self) -> u16 {
        match self {
            Self::ReservedBits { .. }
            | Self::CompressionMisplaced { .. }
            | Self::CompressionBroken
            | Self::UnknownOpcode { .. }
            | Self::FragmentedControl { .. }
            | Self::OversizedControl { .. }
            | Self::Unmasked
            | Self::LengthNotMinimal { .. }
            | Self::LengthTopBit { .. }
            | Self::StrayContinuation
            | Self::InterleavedMessage
            | Self::CloseOneByte
            | Self::CloseCode { .. } => 1002,
            Self::CloseReasonNotUtf8 | Self::TextNotUtf8 => 1007,
            Self::MessageTooOld { .. } => 1008,
            Self::MessageTooBig { .. }
            | Self::TooManyFragments { .. }
            | Self::TooManyBlocks { .. }
            | Self::InflatedTooBig { .. }
            | Self::InflatedTooMuch { .. } => 1009,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_states_its_value_its_limit_and_the_next_step() {
        let violation = Violation::MessageTooBig {
            bytes: 70_000,
            bytes_max: 65_536,
        };
        assert_eq!(
            violation.to_string(),
            "message is 70000 bytes so far, the limit is 65536; send less at once"
        );
        let violation = Violation::ReservedBits { bits: 0b100 };
        assert!(violation.to_string().starts_with("reserved bits 0b100 are set"));
    }
}
