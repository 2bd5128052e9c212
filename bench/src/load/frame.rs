//! How are frames of a WebSocket written, and where do those of a server end?

/// First bytes of a frame: unfragmented text, and unfragmented bytes.
pub(super) const TEXT: u8 = 0x81;
pub(super) const BINARY: u8 = 0x82;

/// Second byte: a length of 16 bits follows, or one of 64.
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;
/// Bit of the second byte: a mask follows.
const MASKED: u8 = 0x80;
/// A client must choose unpredictable masks to protect proxies; here is none.
const MASK: [u8; 4] = [0x5a, 0x13, 0xc7, 0x88];

/// Appends a server's frame.
pub(super) fn of_server(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(opcode);
    length(payload.len(), 0, out);
    out.extend_from_slice(payload);
}

/// Appends a client's frame.
pub(super) fn of_client(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(opcode);
    length(payload.len(), MASKED, out);
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

fn length(bytes: usize, masked: u8, out: &mut Vec<u8>) {
    match (u8::try_from(bytes), u16::try_from(bytes)) {
        (Ok(short), _) if short < LENGTH_16 => out.push(masked | short),
        (_, Ok(medium)) => {
            out.push(masked | LENGTH_16);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(masked | LENGTH_64);
            out.extend_from_slice(&(bytes as u64).to_be_bytes());
        }
    }
}

/// Where the payload of the frame begins and ends with which a server's bytes begin; `None` while
/// its head has not come as a whole.
pub(super) fn payload(bytes: &[u8]) -> Option<(usize, usize)> {
    let (start, length) = match *bytes {
        [_, LENGTH_16, high, low, ..] => (4, u64::from(u16::from_be_bytes([high, low]))),
        [_, LENGTH_64, a, b, c, d, e, f, g, h, ..] => (10, u64::from_be_bytes([a, b, c, d, e, f, g, h])),
        [_, length, ..] if length < LENGTH_16 => (2, u64::from(length)),
        _ => return None,
    };
    Some((start, start + usize::try_from(length).ok()?))
}

/// Takes the heads of frames out of a server's stream, wherever that is cut.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unframer {
    /// The part of a head that has come.
    head: [u8; HEAD_MAX],
    head_bytes: usize,
    /// What is still to come of the frame's payload.
    payload_bytes: usize,
}

const HEAD_MAX: usize = 10;

impl Unframer {
    /// Calls `piece` with each stretch of payload; false, at once, when that says so.
    pub(super) fn unframe<'a>(&mut self, mut bytes: &'a [u8], mut piece: impl FnMut(&'a [u8]) -> bool) -> bool {
        while !bytes.is_empty() {
            if self.payload_bytes == 0 {
                self.head[self.head_bytes] = bytes[0];
                self.head_bytes += 1;
                bytes = &bytes[1..];
                if let Some((start, end)) = payload(&self.head[..self.head_bytes]) {
                    self.payload_bytes = end - start;
                    self.head_bytes = 0;
                }
                continue;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(self.payload_bytes));
            self.payload_bytes -= now.len();
            bytes = rest;
            if !piece(now) {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_of_a_client_is_the_payload_under_its_mask() {
        let text = "x".repeat(134);
        let mut frame = Vec::new();
        of_client(TEXT, text.as_bytes(), &mut frame);
        assert_eq!(frame[..4], [TEXT, MASKED | LENGTH_16, 0, 134]);
        let unmasked: Vec<u8> = frame[8..]
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        assert_eq!(unmasked, text.as_bytes());
    }

    #[test]
    fn payloads_are_found_however_the_stream_is_cut() {
        let payloads = [vec![1; 3], vec![], vec![2; 200], vec![3; 70_000]];
        let mut stream = Vec::new();
        for payload in &payloads {
            of_server(BINARY, payload, &mut stream);
        }
        for size in [1, 2, 7, 1_000, stream.len()] {
            let (mut unframer, mut got) = (Unframer::default(), Vec::new());
            for piece in stream.chunks(size) {
                assert!(unframer.unframe(piece, |bytes| {
                    got.extend_from_slice(bytes);
                    true
                }));
            }
            assert_eq!(got, payloads.concat());
        }
    }

    #[test]
    fn end_of_a_frame_is_told_once_its_head_is_there() {
        let mut frame = Vec::new();
        of_server(TEXT, &[0; 300], &mut frame);
        assert_eq!(payload(&frame[..3]), None);
        assert_eq!(payload(&frame[..4]), Some((4, 304)));
    }
}
