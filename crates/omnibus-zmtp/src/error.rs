//! Why was a connection given up?

use std::time::Duration;

use thiserror::Error;

use crate::socket_type::SocketType;

/// States the one fact that ended a connection, or that a configuration cannot work.
///
/// Every error but the `Own…` ones is final for its connection: whatever was appended to `out`
/// may still be sent, then the socket is to be closed. Text of the peer is escaped and cut.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The first byte is not that of a ZMTP greeting (RFC 37, grammar: `signature`).
    #[error("the first byte is {first_byte:#04x}, a ZMTP greeting begins with 0xff; connect with a ZeroMQ socket")]
    NotZmtp {
        /// What arrived instead.
        first_byte: u8,
    },
    /// The signature does not end as it must.
    #[error("byte 10 of the greeting is {byte:#04x}, a ZMTP signature ends with 0x7f; connect with a ZeroMQ socket")]
    BadSignature {
        /// What arrived instead.
        byte: u8,
    },
    /// The peer speaks ZMTP 1.0 or 2.0, which know neither mechanisms nor commands.
    #[error("the peer speaks ZMTP {version}, at least 3.0 is needed; update it to libzmq 4.0 or newer")]
    VersionTooOld {
        /// The version in words.
        version: &'static str,
    },
    /// The two ends want different mechanisms (RFC 37: "it MUST close the connection").
    #[error("the peer's mechanism is {peer}, ours is {ours}; set the same security options at both ends")]
    MechanismMismatch {
        /// What the peer announced.
        peer: String,
        /// What this end requires.
        ours: &'static str,
    },
    /// The as-server field does not fit the mechanism.
    #[error("the peer's as-server field is {value}, mechanism {mechanism} needs {needed}; correct its role")]
    AsServerMismatch {
        /// The field.
        value: u8,
        /// The mechanism of both ends.
        mechanism: &'static str,
        /// What it had to be.
        needed: u8,
    },
    /// Reserved bits of a frame's flags are set, or MORE is set on a command (RFC 37, "Framing").
    #[error("a frame has flags {flags:#04x}, only 0 to 4 and 6 are defined; the stream is damaged or not ZMTP 3")]
    BadFlags {
        /// The flags.
        flags: u8,
    },
    /// A message is longer than allowed.
    #[error("a message declares {bytes} bytes, the limit is {max}; send less or raise message_bytes_max")]
    MessageTooLong {
        /// Its frames so far together.
        bytes: u64,
        /// The limit.
        max: usize,
    },
    /// A message has more frames than allowed.
    #[error("a message has more than {max} frames; send fewer frames or raise message_frames_max")]
    TooManyFrames {
        /// The limit.
        max: u32,
    },
    /// A subscription's topic is longer than allowed.
    #[error("a topic is {bytes} bytes, the limit is {max}; shorten it or raise topic_bytes_max")]
    TopicTooLong {
        /// The topic.
        bytes: u64,
        /// The limit.
        max: usize,
    },
    /// A command is longer than allowed.
    #[error("a command declares {bytes} bytes, the limit is {max}; send less or raise command_bytes_max")]
    CommandTooLong {
        /// Its body, name included.
        bytes: u64,
        /// The limit.
        max: usize,
    },
    /// A command up to READY is longer than allowed.
    #[error(
        "a command of the handshake declares {bytes} bytes, the limit is {max}; send fewer properties or raise handshake_bytes_max"
    )]
    HandshakeTooLong {
        /// Its body, name included.
        bytes: u64,
        /// The limit.
        max: usize,
    },
    /// A command has no readable name (RFC 37, grammar: `command-name`).
    #[error("a command of {bytes} bytes has no name of 1 to 255 printable characters; the peer does not follow RFC 37")]
    BadCommandName {
        /// The command's body.
        bytes: usize,
    },
    /// A command arrived where it has no meaning.
    #[error("command {name} arrived {place}; the peer does not follow RFC 37")]
    UnexpectedCommand {
        /// The command.
        name: String,
        /// Where it came.
        place: &'static str,
    },
    /// A message arrived before the handshake was over.
    #[error("a message frame arrived before READY; the peer does not follow RFC 37")]
    MessageBeforeReady,
    /// A PING is shorter or longer than the grammar allows.
    #[error("a PING has {bytes} bytes after its name, 2 to 18 are allowed; the peer does not follow RFC 37")]
    BadPing {
        /// TTL and context together.
        bytes: usize,
    },
    /// The properties of the peer's READY cannot be read.
    #[error("property {number} of the peer's READY {fault}; the peer does not follow RFC 37")]
    BadProperty {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The peer's READY has more properties than allowed.
    #[error("the peer's READY has more than {max} properties; send fewer or raise properties_max")]
    TooManyProperties {
        /// The limit.
        max: usize,
    },
    /// The peer's READY says nothing of its socket type.
    #[error("the peer's READY names no Socket-Type; it must be {accepted}")]
    NoSocketType {
        /// What would be accepted.
        accepted: &'static str,
    },
    /// The peer's socket type cannot be served here.
    #[error("the peer is a {peer} socket, accepted here is {accepted}; use such a socket or another address")]
    WrongSocketType {
        /// What the peer is.
        peer: String,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// The peer refused us with an ERROR command.
    #[error("the peer refused the connection: {reason}; see the peer's log and settings")]
    Peer {
        /// Its reason, escaped.
        reason: String,
    },
    /// READY did not come in time.
    #[error("no READY within {max:?}; check that the peer is a ZeroMQ socket or raise handshake_time_max")]
    HandshakeTimeout {
        /// The limit.
        max: Duration,
    },
    /// Nothing arrived after a PING of ours.
    #[error("nothing arrived within {timeout:?} of a PING; the peer or the way to it is down, connect again")]
    PeerSilent {
        /// The limit.
        timeout: Duration,
    },
    /// Nothing arrived within the TTL that the peer's own PING announced.
    #[error(
        "nothing arrived within the {ttl:?} that the peer's PING announced; the peer or the way to it is down, connect again"
    )]
    PeerTtlExpired {
        /// What the peer announced.
        ttl: Duration,
    },
    /// The connection had failed before.
    #[error("the connection has already failed; drop it")]
    Closed,
    /// A property of our own READY is outside the grammar.
    #[error("property {name:?} of our READY {fault}; rename or shorten it")]
    OwnProperty {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A listener would answer as a socket that the peer cannot talk to.
    #[error("a listener cannot be {ours} there, it must be {wanted}; correct its accepts")]
    OwnSocketType {
        /// What was configured.
        ours: SocketType,
        /// What would work.
        wanted: &'static str,
    },
    /// The heartbeat leaves no time for an answer.
    #[error(
        "heartbeat interval is {interval:?} and time-out {timeout:?}, both must be above zero; raise them or set no interval"
    )]
    OwnHeartbeat {
        /// Time between PINGs.
        interval: Duration,
        /// Time for an answer.
        timeout: Duration,
    },
}

/// Longest piece of a peer's text that is carried in an error.
const QUOTED_BYTES_MAX: usize = 64;

/// Makes a peer's bytes fit for a log: escaped, and cut at 64 bytes.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let shown = bytes.get(..QUOTED_BYTES_MAX).unwrap_or(bytes);
    let dots = if shown.len() < bytes.len() { "..." } else { "" };
    format!("{}{dots}", shown.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_peer_is_escaped_and_cut() {
        assert_eq!(quoted(b"REQ\r\n\x1b[31m"), "REQ\\r\\n\\x1b[31m");
        assert_eq!(quoted(&[b'a'; 65]), format!("{}...", "a".repeat(64)));
        assert_eq!(quoted(&[b'a'; 64]), "a".repeat(64));
    }

    #[test]
    fn an_error_stays_small_enough_for_the_hot_path() {
        assert!(size_of::<Error>() <= 56, "{}", size_of::<Error>());
    }
}
