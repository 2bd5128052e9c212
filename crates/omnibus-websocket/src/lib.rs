//! How are a browser's bytes framed? RFC 6455, server side, without I/O.
//!
//! A connection passes through three steps, each a pure function of bytes, limits and time:
//!
//! ```text
//! bytes ──parse_head──▶ RequestHead ──upgrade──▶ Upgrade ──encode_101──▶ "101 Switching Protocols"
//! bytes ──Decoder::decode──▶ Event (text, binary, ping, pong, close) or Violation
//!                              └ compressed ──Inflater::inflate──▶ text, binary or Violation
//! text, ping, close … ──encoder──▶ bytes        text ──Deflater──▶ bytes
//! ```
//!
//! The crate is told the bytes and the time; it opens no socket, starts no timer and keeps nothing for
//! an idle connection but one pointer. Compression (permessage-deflate, RFC 7692) is without context
//! takeover on both sides, so that a thread's inflater and deflater serve all its connections.
#![forbid(unsafe_code)]

mod close;
mod decoder;
mod deflater;
mod encoder;
mod frame;
mod head;
mod head_error;
mod head_limits;
mod head_lines;
mod host;
mod inflater;
mod mask;
mod offer;
mod partial;
mod upgrade;
mod utf8;
mod violation;

pub use decoder::{Compressed, Decoded, Decoder, Event, Limits};
pub use deflater::Deflater;
pub use encoder::{
    binary, close, close_reply, close_without_code, encode_compressed_frame_header, encode_frame_header, ping, pong,
    text,
};
pub use frame::{CONTROL_PAYLOAD_BYTES_MAX, Opcode};
pub use head::{RequestHead, parse_head};
pub use head_error::HeadError;
pub use head_limits::HeadLimits;
pub use inflater::{BLOCK_BYTES, BLOCKS_FREE, Effort, INFLATED_FREE_BYTES, Inflater};
pub use offer::Deflate;
pub use upgrade::{Upgrade, UpgradeError, encode_101, upgrade};
pub use violation::Violation;
