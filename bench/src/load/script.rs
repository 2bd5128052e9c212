//! Which messages are sent, and in which frames?
//!
//! All messages of a run have one length and differ in their number only. So a subscriber's whole
//! stream is known beforehand, and every byte of it can be checked at the cost of a comparison.

/// The channel of all messages.
pub(super) const CHANNEL: &str = "bench";

/// The bytes of a message behind its channel: an envelope as the original's browsers send it.
pub(crate) const BODY_BYTES: usize = 128;

/// Who is the author of all messages.
pub(super) const PUBLISHER: &str = "publisher";

/// First byte of a frame: text, unfragmented.
const TEXT: u8 = 0x81;
/// Second byte: a length of 16 bits follows.
const LENGTH_16: u8 = 126;
/// Bit of the second byte: a mask follows.
const MASKED: u8 = 0x80;
/// A client must choose unpredictable masks to protect proxies; here is none.
const MASK: [u8; 4] = [0x5a, 0x13, 0xc7, 0x88];

/// Appends the frame that publishes this message.
pub(super) fn publish(number: u64, out: &mut Vec<u8>) {
    frame_of_client(message(number).as_bytes(), out);
}

/// Appends a server's text frame around a message.
pub(super) fn frame_of_server(message: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[TEXT, LENGTH_16]);
    out.extend_from_slice(&length_16(message));
    out.extend_from_slice(message);
}

/// Appends a client's text frame.
pub(super) fn frame_of_client(text: &[u8], out: &mut Vec<u8>) {
    out.push(TEXT);
    match u8::try_from(text.len()) {
        Ok(length) if length < LENGTH_16 => out.push(MASKED | length),
        _ => {
            out.push(MASKED | LENGTH_16);
            out.extend_from_slice(&length_16(text));
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(text.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

fn length_16(text: &[u8]) -> [u8; 2] {
    u16::try_from(text.len())
        .expect("no text here is longer than 64 KiB")
        .to_be_bytes()
}

/// The text of a message.
pub(super) fn message(number: u64) -> String {
    let head =
        format!(r#"{CHANNEL}:{{"type":"tick","sender":"{PUBLISHER}","payload":{{"number":"{number:012}","fill":""#);
    let tail = r#""}}"#;
    let length = CHANNEL.len() + 1 + BODY_BYTES;
    format!("{head:.<0$}{tail}", length - tail.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_of_a_client_is_the_message_under_its_mask() {
        let mut frame = Vec::new();
        publish(7, &mut frame);
        assert_eq!(frame[..4], [TEXT, MASKED | LENGTH_16, 0, 134]);
        let text: Vec<u8> = frame[8..]
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        assert_eq!(text, message(7).as_bytes());
    }
}
