//! Which bytes does a client send? (RFC 6455, section 5)

/// The kinds of frames that clients send here.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Opcode {
    Text = 1,
    Close = 8,
    Pong = 10,
}

/// Bit of the first byte: the message ends with this frame.
const FIN: u8 = 0x80;

/// Bit of the second byte: a mask follows the length.
const MASKED: u8 = 0x80;

/// Appends a frame under this mask.
pub(crate) fn encode(opcode: Opcode, payload: &[u8], mask: [u8; 4], out: &mut Vec<u8>) {
    out.push(FIN | opcode as u8);
    match payload.len() {
        length @ 0..=125 => out.push(MASKED | u8::try_from(length).expect("it is at most 125")),
        length => match u16::try_from(length) {
            Ok(length) => {
                out.push(MASKED | 126);
                out.extend_from_slice(&length.to_be_bytes());
            }
            Err(_) => {
                out.push(MASKED | 127);
                out.extend_from_slice(&(length as u64).to_be_bytes());
            }
        },
    }
    out.extend_from_slice(&mask);
    let start = out.len();
    out.extend_from_slice(payload);
    for four in out[start..].chunks_mut(mask.len()) {
        for (byte, mask) in four.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}

/// Gives a mask that nobody foresees.
pub(crate) fn mask() -> [u8; 4] {
    fastrand::u32(..).to_ne_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The masked "Hello" of RFC 6455, section 5.7.
    #[test]
    fn text_is_framed_as_the_rfc_shows() {
        let mut out = Vec::new();
        encode(Opcode::Text, b"Hello", [0x37, 0xfa, 0x21, 0x3d], &mut out);
        assert_eq!(out, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn length_takes_as_many_bytes_as_it_needs() {
        for (bytes, header) in [
            (0, &[0x81, 0x80][..]),
            (125, &[0x81, 0xfd]),
            (126, &[0x81, 0xfe, 0, 126]),
            (65_535, &[0x81, 0xfe, 0xff, 0xff]),
            (65_536, &[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let mut out = Vec::new();
            encode(Opcode::Text, &vec![0; bytes], [1, 2, 3, 4], &mut out);
            assert_eq!(out[..header.len()], *header);
            assert_eq!(out.len(), header.len() + 4 + bytes);
        }
    }
}
