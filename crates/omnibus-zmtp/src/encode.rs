//! What is written to a peer?
//!
//! The same bytes for every peer of one form, so that a hub encodes a message
//! once and shares it.

use crate::command;
use crate::frame::{FrameKind, push_header};

/// Longest reason of an ERROR (RFC 37, grammar: `error-reason`).
const REASON_BYTES_MAX: usize = 255;

/// Longest name of a command (RFC 37, grammar: `command-name`).
const NAME_BYTES_MAX: usize = 255;

/// Appends one message of these frames; none at all appends nothing, since a message has a frame.
pub fn encode_message(frames: &[&[u8]], out: &mut Vec<u8>) {
    let Some((last, before)) = frames.split_last() else {
        return;
    };
    for frame in before {
        push_header(FrameKind::More, frame.len(), out);
        out.extend_from_slice(frame);
    }
    push_header(FrameKind::Last, last.len(), out);
    out.extend_from_slice(last);
}

/// Appends the header of a frame whose body, of exactly `body_bytes`, the caller sends itself:
/// for large bodies that are shared and not copied (RFC 37, "Framing").
pub fn encode_frame_header(kind: FrameKind, body_bytes: usize, out: &mut Vec<u8>) {
    push_header(kind, body_bytes, out);
}

/// Appends a command: a name of 1 to 255 letters, then data (RFC 37, grammar: `command`).
pub fn encode_command(name: &[u8], data: &[u8], out: &mut Vec<u8>) {
    push_command_header(name, data.len(), out);
    out.extend_from_slice(data);
}

/// Appends an ERROR, after which the connection is to be closed (RFC 37, "Error Handling").
///
/// The grammar allows visible ASCII without spaces, at most 255 bytes: spaces become `_`, other
/// bytes `?`, and the rest is cut. libzmq takes a reason of three digits for a status code of
/// its authentication protocol, so a reason should be longer.
pub fn encode_error(reason: &str, out: &mut Vec<u8>) {
    let reason = &reason.as_bytes()[..reason.len().min(REASON_BYTES_MAX)];
    push_command_header(command::ERROR, 1 + reason.len(), out);
    out.push(reason.len() as u8);
    out.extend(reason.iter().map(|&byte| match byte {
        b' ' => b'_',
        visible if visible.is_ascii_graphic() => visible,
        _ => b'?',
    }));
}

/// Appends a subscription as a peer of ZMTP 3.0 wants it: a message whose first byte says which
/// (RFC 23, "The Publish-Subscribe Pattern").
pub(crate) fn push_subscription_message(prefix: u8, topic: &[u8], out: &mut Vec<u8>) {
    push_header(FrameKind::Last, 1 + topic.len(), out);
    out.push(prefix);
    out.extend_from_slice(topic);
}

/// Appends the beginning of a command up to its data, of exactly `data_bytes`, which the caller
/// appends itself.
///
/// Names stand in the source, so one outside 1 to 255 bytes is a mistake that debug builds stop
/// at; release builds cut it.
fn push_command_header(name: &[u8], data_bytes: usize, out: &mut Vec<u8>) {
    debug_assert!(
        (1..=NAME_BYTES_MAX).contains(&name.len()),
        "a command's name is {} bytes, the limit is {NAME_BYTES_MAX}",
        name.len()
    );
    let name = name.get(..NAME_BYTES_MAX).unwrap_or(name);
    push_header(FrameKind::Command, 1 + name.len() + data_bytes, out);
    out.push(name.len() as u8);
    out.extend_from_slice(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_its_frames_with_more_on_all_but_the_last() {
        let mut out = Vec::new();
        encode_message(&[b"a:1", b"", &[b'x'; 256]], &mut out);
        let mut expected = b"\x01\x03a:1\x01\x00\x02\0\0\0\0\0\0\x01\x00".to_vec();
        expected.extend_from_slice(&[b'x'; 256]);
        assert_eq!(out, expected);
    }

    #[test]
    fn a_message_without_frames_is_not_sent() {
        let mut out = Vec::new();
        encode_message(&[], &mut out);
        assert_eq!(out, b"");
    }

    #[test]
    fn a_subscription_has_the_bytes_that_libzmq_sends() {
        let mut command = Vec::new();
        encode_command(command::SUBSCRIBE, b"", &mut command);
        assert_eq!(command, b"\x04\x0a\x09SUBSCRIBE");
        let mut message = Vec::new();
        push_subscription_message(1, b"", &mut message);
        assert_eq!(message, b"\x00\x01\x01");
    }

    #[test]
    fn an_error_reason_is_visible_ascii_of_at_most_255_bytes() {
        let mut out = Vec::new();
        encode_error("no REQ\nhere", &mut out);
        assert_eq!(out, b"\x04\x12\x05ERROR\x0bno_REQ?here");
        out.clear();
        encode_error(&"ä".repeat(200), &mut out);
        assert_eq!(out[..9], [6, 0, 0, 0, 0, 0, 0, 1, 6]);
        assert_eq!(out.len(), 9 + 6 + 1 + 255);
        assert!(out[16..].iter().all(|&byte| byte == b'?'));
    }

    #[test]
    fn a_frame_header_and_its_body_are_a_message() {
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        let body = [7; 300];
        encode_message(&[&body], &mut whole);
        encode_frame_header(FrameKind::Last, body.len(), &mut parts);
        parts.extend_from_slice(&body);
        assert_eq!(whole, parts);
    }
}
