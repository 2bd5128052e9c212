//! How is a server's frame written? Whole and without a mask (RFC 6455 §5.1, §5.2).
//!
//! Every function appends to `out`, so that several frames can share one write.

use crate::close::{close_code_is_valid, close_reply_code};
use crate::frame::{CONTROL_PAYLOAD_BYTES_MAX, FIN, LENGTH_IS_16_BIT, LENGTH_IS_64_BIT, Opcode, RSV1};

/// The most bytes that [`encode_frame_header`] appends.
const FRAME_HEADER_BYTES_MAX: usize = 10;

/// A close code takes two bytes of a close frame's payload (RFC 6455 §5.5.1).
const CLOSE_REASON_BYTES_MAX: usize = CONTROL_PAYLOAD_BYTES_MAX - 2;

/// Appends the header of an unfragmented, unmasked frame of `payload_len` bytes, 2, 4 or 10 bytes
/// (RFC 6455 §5.2).
///
/// For payloads that are shared and sent from where they lie; [`text`] and the others copy.
pub fn encode_frame_header(opcode: Opcode, payload_len: usize, out: &mut Vec<u8>) {
    out.push(FIN | opcode as u8);
    append_length(payload_len, out);
}

/// The same for a message that is compressed, `payload_len` bytes as it is sent (RFC 7692 §6).
pub fn encode_compressed_frame_header(opcode: Opcode, payload_len: usize, out: &mut Vec<u8>) {
    out.push(FIN | RSV1 | opcode as u8);
    append_length(payload_len, out);
}

fn append_length(payload_len: usize, out: &mut Vec<u8>) {
    if payload_len < usize::from(LENGTH_IS_16_BIT) {
        out.push(payload_len as u8);
    } else if let Ok(length) = u16::try_from(payload_len) {
        out.push(LENGTH_IS_16_BIT);
        out.extend_from_slice(&length.to_be_bytes());
    } else {
        out.push(LENGTH_IS_64_BIT);
        out.extend_from_slice(&(payload_len as u64).to_be_bytes());
    }
}

/// Appends a text message (RFC 6455 §5.6).
pub fn text(payload: &str, out: &mut Vec<u8>) {
    frame(Opcode::Text, payload.as_bytes(), out);
}

/// Appends a binary message (RFC 6455 §5.6).
pub fn binary(payload: &[u8], out: &mut Vec<u8>) {
    frame(Opcode::Binary, payload, out);
}

/// Appends a ping (RFC 6455 §5.5.2); of `payload`, the first 125 bytes are sent.
pub fn ping(payload: &[u8], out: &mut Vec<u8>) {
    frame(Opcode::Ping, control_payload(payload), out);
}

/// Appends a pong (RFC 6455 §5.5.3); of `payload`, the first 125 bytes are sent.
pub fn pong(payload: &[u8], out: &mut Vec<u8>) {
    frame(Opcode::Pong, control_payload(payload), out);
}

/// Appends a close frame with a code and a reason (RFC 6455 §5.5.1).
///
/// A reason of more than 123 bytes is cut at the last character that ends within them. A code that
/// must not be on the wire (RFC 6455 §7.4) is left out, and the reason with it.
pub fn close(code: u16, reason: &str, out: &mut Vec<u8>) {
    if !close_code_is_valid(code) {
        return close_without_code(out);
    }
    let reason = &reason[..reason.floor_char_boundary(CLOSE_REASON_BYTES_MAX)];
    encode_frame_header(Opcode::Close, 2 + reason.len(), out);
    out.extend_from_slice(&code.to_be_bytes());
    out.extend_from_slice(reason.as_bytes());
}

/// Appends a close frame without payload (RFC 6455 §5.5.1).
pub fn close_without_code(out: &mut Vec<u8>) {
    encode_frame_header(Opcode::Close, 0, out);
}

/// Appends the answer to a client's close frame: its own code, if it sent one, and no reason
/// (RFC 6455 §5.5.1; recording N27).
pub fn close_reply(received: Option<(u16, &str)>, out: &mut Vec<u8>) {
    match close_reply_code(received) {
        Some(code) => close(code, "", out),
        None => close_without_code(out),
    }
}

fn frame(opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(FRAME_HEADER_BYTES_MAX + payload.len());
    encode_frame_header(opcode, payload.len(), out);
    out.extend_from_slice(payload);
}

fn control_payload(payload: &[u8]) -> &[u8] {
    &payload[..payload.len().min(CONTROL_PAYLOAD_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_written_in_its_shortest_form() {
        let table: [(usize, &[u8]); 7] = [
            (0, &[0x81, 0]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (127, &[0x81, 126, 0, 127]),
            (65_535, &[0x81, 126, 0xff, 0xff]),
            (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (1 << 32, &[0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0]),
        ];
        for (payload_len, header) in table {
            let mut out = Vec::new();
            encode_frame_header(Opcode::Text, payload_len, &mut out);
            assert_eq!(out, header);
            assert!(out.len() <= FRAME_HEADER_BYTES_MAX);
        }
    }

    #[test]
    fn frames_are_appended_one_behind_the_other() {
        let mut out = Vec::new();
        text("é", &mut out);
        binary(&[0], &mut out);
        ping(b"", &mut out);
        pong(b"x", &mut out);
        close(1001, "bye", &mut out);
        assert_eq!(out, b"\x81\x02\xc3\xa9\x82\x01\x00\x89\x00\x8a\x01x\x88\x05\x03\xe9bye");
    }

    #[test]
    fn a_long_close_reason_is_cut_between_characters_at_123_bytes() {
        let mut out = Vec::new();
        close(1000, &"é".repeat(100), &mut out);
        assert_eq!(out.len(), 2 + 2 + 122);
        assert!(std::str::from_utf8(&out[4..]).is_ok());

        out.clear();
        close(1000, &"a".repeat(200), &mut out);
        assert_eq!(out.len(), 2 + CONTROL_PAYLOAD_BYTES_MAX);
    }

    #[test]
    fn a_code_for_local_use_never_reaches_the_wire() {
        let mut out = Vec::new();
        close(1006, "lost", &mut out);
        assert_eq!(out, [0x88, 0]);
    }

    #[test]
    fn a_ping_never_carries_more_than_125_bytes() {
        let mut out = Vec::new();
        ping(&[7; 200], &mut out);
        assert_eq!(out.len(), 2 + CONTROL_PAYLOAD_BYTES_MAX);
        assert_eq!(out[1], 125);
    }

    #[test]
    fn a_close_is_answered_in_kind() {
        let mut out = Vec::new();
        close_reply(Some((4000, "why")), &mut out);
        close_reply(None, &mut out);
        assert_eq!(out, [0x88, 2, 0x0f, 0xa0, 0x88, 0]);
    }
}
