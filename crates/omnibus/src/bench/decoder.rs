//! What does a server say, however its bytes are cut?
//!
//! Only the beginning of a message is looked at, so a client that waits for the rest of a large
//! one keeps [`HEAD_BYTES_MAX`] and a little; between messages it keeps nothing.

use thiserror::Error;

/// The bytes of a message that are looked at; the others are counted.
pub(crate) const HEAD_BYTES_MAX: usize = 1_024;

/// The largest payload of a control frame (RFC 6455, section 5.5).
const CONTROL_BYTES_MAX: u64 = 125;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// A message, of which this is the beginning.
    Message { head: &'a [u8], bytes: u64 },
    /// A ping, to be answered with the same bytes.
    Ping(&'a [u8]),
    /// A pong.
    Pong,
    /// The server closes, with this code if it names one.
    Close(Option<u16>),
}

/// Why this is no server of RFC 6455.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("broken websocket frame: {0}")]
pub(crate) struct Broken(&'static str);

/// Reads a server's frames.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// The beginning of a frame that has not come whole, its header included.
    kept: Vec<u8>,
    /// Bytes of that frame that will only be counted.
    skip: u64,
    /// A message whose last fragment has not come.
    fragments: Option<Box<Fragments>>,
}

#[derive(Debug, Default)]
struct Fragments {
    head: Vec<u8>,
    bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Header {
    is_last: bool,
    opcode: u8,
    /// Of the header itself.
    bytes: usize,
    payload_bytes: u64,
}

impl Header {
    /// Reads a header; `None` if it has not come whole.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, Broken> {
        let &[first, second, ref rest @ ..] = bytes else {
            return Ok(None);
        };
        if first & 0x70 != 0 {
            return Err(Broken("an extension that was not agreed on"));
        }
        if second & 0x80 != 0 {
            return Err(Broken("a mask on a server's frame"));
        }
        let (length_bytes, payload_bytes) = match second {
            126 => match rest {
                [high, low, ..] => (2, u64::from(u16::from_be_bytes([*high, *low]))),
                _ => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(length) => (8, u64::from_be_bytes(*length)),
                None => return Ok(None),
            },
            length => (0, u64::from(length)),
        };
        let opcode = first & 0x0f;
        let is_last = first & 0x80 != 0;
        if opcode >= 8 && (!is_last || payload_bytes > CONTROL_BYTES_MAX) {
            return Err(Broken("a control frame that is cut or too long"));
        }
        Ok(Some(Self {
            is_last,
            opcode,
            bytes: 2 + length_bytes,
            payload_bytes,
        }))
    }

    /// Bytes of the frame, header included, that are looked at.
    fn looked_at(&self) -> usize {
        let head = usize::try_from(self.payload_bytes).unwrap_or(usize::MAX);
        self.bytes + head.min(HEAD_BYTES_MAX)
    }

    /// Bytes that follow those.
    fn skipped(&self) -> u64 {
        self.payload_bytes.saturating_sub(HEAD_BYTES_MAX as u64)
    }
}

impl Decoder {
    /// Takes what has come, and tells what is whole now.
    ///
    /// # Errors
    /// [`Broken`]: nothing that follows can be understood.
    pub(crate) fn push(&mut self, mut input: &[u8], mut on: impl FnMut(Event<'_>)) -> Result<(), Broken> {
        while !input.is_empty() {
            input = if self.skip > 0 {
                self.pass(input, &mut on)?
            } else if self.kept.is_empty() {
                self.take(input, &mut on)?
            } else {
                self.complete(input, &mut on)?
            };
        }
        Ok(())
    }

    /// Passes over the end of a frame whose beginning is kept.
    fn pass<'a>(&mut self, input: &'a [u8], on: &mut impl FnMut(Event<'_>)) -> Result<&'a [u8], Broken> {
        let passed = usize::try_from(self.skip).map_or(input.len(), |skip| skip.min(input.len()));
        self.skip -= passed as u64;
        if self.skip == 0 {
            self.finish_kept(on)?;
        }
        Ok(&input[passed..])
    }

    /// Takes a frame from where it lies; this is the way of nearly all.
    fn take<'a>(&mut self, input: &'a [u8], on: &mut impl FnMut(Event<'_>)) -> Result<&'a [u8], Broken> {
        let header = Header::parse(input)?;
        let Some(header) = header.filter(|header| input.len() >= header.looked_at()) else {
            self.kept = input.to_vec();
            return Ok(&[]);
        };
        let (looked_at, rest) = input.split_at(header.looked_at());
        let skipped = usize::try_from(header.skipped()).unwrap_or(usize::MAX);
        if skipped > rest.len() {
            self.kept = looked_at.to_vec();
            self.skip = header.skipped();
            return Ok(rest);
        }
        self.frame(header, &looked_at[header.bytes..], on)?;
        Ok(&rest[skipped..])
    }

    /// Adds to the beginning of a frame that is kept.
    fn complete<'a>(&mut self, input: &'a [u8], on: &mut impl FnMut(Event<'_>)) -> Result<&'a [u8], Broken> {
        let wanted = match Header::parse(&self.kept)? {
            Some(header) => header.looked_at(),
            None => self.kept.len() + 1,
        };
        let (more, rest) = input.split_at(input.len().min(wanted - self.kept.len()));
        self.kept.extend_from_slice(more);
        if let Some(header) = Header::parse(&self.kept)?
            && self.kept.len() == header.looked_at()
        {
            self.skip = header.skipped();
            if self.skip == 0 {
                self.finish_kept(on)?;
            }
        }
        Ok(rest)
    }

    fn finish_kept(&mut self, on: &mut impl FnMut(Event<'_>)) -> Result<(), Broken> {
        let kept = std::mem::take(&mut self.kept);
        let header = Header::parse(&kept)?.expect("its header was read before");
        self.frame(header, &kept[header.bytes..], on)
    }

    fn frame(&mut self, header: Header, head: &[u8], on: &mut impl FnMut(Event<'_>)) -> Result<(), Broken> {
        match (header.opcode, self.fragments.as_mut()) {
            (1 | 2, None) if header.is_last => on(Event::Message {
                head,
                bytes: header.payload_bytes,
            }),
            (1 | 2, None) => self.fragments.insert(Box::default()).add(header, head),
            (0, Some(fragments)) => {
                fragments.add(header, head);
                if header.is_last {
                    let Fragments { head, bytes } = *self.fragments.take().expect("it was looked at just now");
                    on(Event::Message { head: &head, bytes });
                }
            }
            (8, _) => on(Event::Close(head.first_chunk().map(|code| u16::from_be_bytes(*code)))),
            (9, _) => on(Event::Ping(head)),
            (10, _) => on(Event::Pong),
            (0, None) => return Err(Broken("a continuation of nothing")),
            (1 | 2, Some(_)) => return Err(Broken("a message within another")),
            _ => return Err(Broken("an unknown opcode")),
        }
        Ok(())
    }
}

impl Fragments {
    fn add(&mut self, header: Header, head: &[u8]) {
        let room = HEAD_BYTES_MAX.saturating_sub(self.head.len());
        // Of a later fragment only what touches the head so far belongs to it.
        if self.bytes == self.head.len() as u64 {
            self.head.extend_from_slice(&head[..head.len().min(room)]);
        }
        self.bytes = self.bytes.saturating_add(header.payload_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = vec![first];
        match payload.len() {
            length @ 0..=125 => out.push(u8::try_from(length).unwrap()),
            length @ 126..=65_535 => {
                out.push(126);
                out.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                out.push(127);
                out.extend((length as u64).to_be_bytes());
            }
        }
        out.extend(payload);
        out
    }

    fn told(pieces: &[&[u8]]) -> Vec<String> {
        let mut decoder = Decoder::default();
        let mut told = Vec::new();
        for piece in pieces {
            let pushed = decoder.push(piece, |event| {
                told.push(match event {
                    Event::Message { head, bytes } => format!("{}/{bytes}", String::from_utf8_lossy(head)),
                    other => format!("{other:?}"),
                });
            });
            if let Err(error) = pushed {
                told.push(error.to_string());
                return told;
            }
        }
        told
    }

    #[test]
    fn frames_are_the_same_however_they_are_cut() {
        let long = "x".repeat(70_000);
        let bytes = [
            frame(0x81, b"one"),
            frame(0x89, b"ping"),
            frame(0x81, b""),
            frame(0x81, "y".repeat(1_024).as_bytes()),
            frame(0x81, "z".repeat(1_025).as_bytes()),
            frame(0x01, b"in "),
            frame(0x8a, b""),
            frame(0x00, b"three "),
            frame(0x80, b"parts"),
            frame(0x82, long.as_bytes()),
            frame(0x88, b"\x03\xf5slow"),
        ]
        .concat();
        let whole = told(&[&bytes]);
        assert_eq!(whole.len(), 9);
        assert_eq!(whole[0], "one/3");
        assert_eq!(whole[1], "Ping([112, 105, 110, 103])");
        assert_eq!(whole[2], "/0");
        assert_eq!(whole[5], "Pong");
        assert_eq!(whole[6], "in three parts/14");
        assert_eq!(whole[7], format!("{}/70000", &long[..HEAD_BYTES_MAX]));
        assert_eq!(whole[8], "Close(Some(1013))");
        for size in [1, 2, 3, 7, 125, 1_023, 1_030, 65_536] {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            assert_eq!(told(&pieces), whole, "in pieces of {size}");
        }
    }

    #[test]
    fn nothing_is_kept_between_frames_and_little_within() {
        let mut decoder = Decoder::default();
        let bytes = frame(0x81, &[b'x'; 5_000]);
        decoder.push(&bytes[..4_000], |_| ()).unwrap();
        assert!(decoder.kept.len() <= HEAD_BYTES_MAX + 10);
        decoder.push(&bytes[4_000..], |_| ()).unwrap();
        assert_eq!((decoder.kept.capacity(), decoder.skip), (0, 0));
    }

    #[test]
    fn what_no_server_may_send_is_refused() {
        for (bytes, part) in [
            (&[0x81, 0x80, 0, 0, 0, 0][..], "mask"),
            (&[0xc1, 0], "extension"),
            (&[0x09, 0], "control"),
            (&[0x88, 126, 0, 126], "control"),
            (&[0x80, 0], "continuation"),
            (&[0x01, 0, 0x81, 0], "within"),
            (&[0x83, 0], "opcode"),
        ] {
            let told = told(&[bytes]);
            assert!(told.last().unwrap().contains(part), "{bytes:?}: {told:?}");
        }
    }
}
