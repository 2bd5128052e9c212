//! How are bytes cut into frames?
//!
//! A frame is one byte of flags, a length of one or eight bytes, and a body
//! (RFC 37, "Framing").

use crate::error::Error;

const MORE: u8 = 0x01;
const LONG: u8 = 0x02;
const COMMAND: u8 = 0x04;

/// Says what a frame is to the frames around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// The last frame of a message, or its only one.
    Last,
    /// A frame of a message after which another one follows.
    More,
    /// A command, always one frame.
    Command,
}

impl FrameKind {
    fn flags(self) -> u8 {
        match self {
            Self::Last => 0,
            Self::More => MORE,
            Self::Command => COMMAND,
        }
    }
}

/// Appends the header of a frame, in its short form where that is possible (RFC 37: "SHOULD").
pub(crate) fn push_header(kind: FrameKind, body_bytes: usize, out: &mut Vec<u8>) {
    match u8::try_from(body_bytes) {
        Ok(short) => out.extend_from_slice(&[kind.flags(), short]),
        Err(_) => {
            out.push(kind.flags() | LONG);
            out.extend_from_slice(&(body_bytes as u64).to_be_bytes());
        }
    }
}

/// A frame's header as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: FrameKind,
    /// Bytes of the header itself: 2 or 9.
    pub(crate) header_bytes: usize,
    /// Declared bytes of the body: up to 2^64-1 until a limit was applied.
    pub(crate) body_bytes: u64,
}

impl Header {
    /// Reads the header at the front of `bytes`; `None` asks for more bytes.
    ///
    /// A short body in the long form is accepted, as libzmq does.
    #[inline]
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<Self>, Error> {
        let Some(&flags) = bytes.first() else {
            return Ok(None);
        };
        let kind = match flags & !LONG {
            0 => FrameKind::Last,
            MORE => FrameKind::More,
            COMMAND => FrameKind::Command,
            _ => return Err(Error::BadFlags { flags }),
        };
        let length = if flags & LONG == 0 {
            bytes.get(1).map(|&short| (2, u64::from(short)))
        } else {
            bytes
                .get(1..)
                .and_then(<[u8]>::first_chunk)
                .map(|&long| (9, u64::from_be_bytes(long)))
        };
        Ok(length.map(|(header_bytes, body_bytes)| Self {
            kind,
            header_bytes,
            body_bytes,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: FrameKind, body_bytes: usize) -> Vec<u8> {
        let mut out = Vec::new();
        push_header(kind, body_bytes, &mut out);
        out
    }

    #[test]
    fn a_header_is_short_up_to_255_bytes_and_long_above() {
        assert_eq!(header(FrameKind::Last, 0), [0, 0]);
        assert_eq!(header(FrameKind::More, 255), [1, 255]);
        assert_eq!(header(FrameKind::Last, 256), [2, 0, 0, 0, 0, 0, 0, 1, 0]);
        assert_eq!(header(FrameKind::Command, 65_536), [6, 0, 0, 0, 0, 0, 1, 0, 0]);
        for (body_bytes, header_bytes) in [(0, 2), (255, 2), (256, 9), (1 << 20, 9)] {
            assert_eq!(header(FrameKind::Last, body_bytes).len(), header_bytes);
        }
    }

    #[test]
    fn every_header_is_read_back() {
        for kind in [FrameKind::Last, FrameKind::More, FrameKind::Command] {
            for body_bytes in [0, 1, 255, 256, 70_000] {
                let bytes = header(kind, body_bytes);
                assert_eq!(
                    Header::read(&bytes),
                    Ok(Some(Header {
                        kind,
                        header_bytes: bytes.len(),
                        body_bytes: body_bytes as u64
                    }))
                );
                for cut in 0..bytes.len() {
                    assert_eq!(Header::read(&bytes[..cut]), Ok(None));
                }
            }
        }
    }

    #[test]
    fn flags_outside_the_grammar_are_refused_by_their_first_byte() {
        for flags in 0..=255_u8 {
            let defined = [0, 1, 2, 3, 4, 6].contains(&flags);
            assert_eq!(Header::read(&[flags]).is_ok(), defined, "{flags:#04x}");
        }
    }
}
