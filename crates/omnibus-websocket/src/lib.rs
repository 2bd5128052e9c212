//! How are a browser's bytes framed? RFC 6455, server side, without I/O.
//!
//! A connection passes through three steps, each a pure function of bytes, limits and time:
//!
//! ```text
//! bytes ──parse_head──▶ RequestHead ──upgrade──▶ Upgrade ──encode_101──▶ "101 Switching Protocols"
//! bytes ──Decoder::decode──▶ Event (text, binary, ping, pong, close) or Violation
//! text, ping, close … ──encoder──▶ bytes
//! ```
//!
//! The crate is told the bytes and the time; it opens no socket, starts no timer and keeps nothing for
//! an idle connection but one pointer.
#![forbid(unsafe_code)]

mod close;
mod decoder;
mod encoder;
mod frame;
mod head;
mod head_error;
mod head_limits;
mod head_lines;
mod host;
mod mask;
mod partial;
mod upgrade;
mod utf8;
mod violation;

pub use close::{close_code_is_valid, close_reply_code};
pub use decoder::{Decoded, Decoder, Event, Limits};
pub use encoder::{
    FRAME_HEADER_BYTES_MAX, binary, close, close_reply, close_without_code, encode_frame_header, ping, pong, text,
};
pub use frame::{CONTROL_PAYLOAD_BYTES_MAX, Opcode};
pub use head::{RequestHead, parse_head};
pub use head_error::HeadError;
pub use head_limits::HeadLimits;
pub use upgrade::{Upgrade, UpgradeError, accept_for_key, encode_101, upgrade};
pub use violation::Violation;
