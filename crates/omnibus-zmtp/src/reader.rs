//! Which bytes of the stream make the next message or command?
//!
//! What is whole in the input is found there and never copied. Only a message
//! whose end has not arrived is kept, in `held`, which grows with what arrived
//! and never to what was declared. Each byte is looked at once, however the
//! stream is cut.

use std::ops::Range;

use crate::config::Limits;
use crate::error::Error;
use crate::frame::{FrameKind, Header};
use crate::gate::{Gate, Tally};
use crate::message::Message;

/// Memory that a busy connection keeps from one unfinished message to the next.
const SPARE_BYTES_MAX: usize = 16 << 10;

/// Cuts a stream into messages and commands.
///
/// ```text
///                header whole, frame kept
///   Header ───────────────────────────────▶ Body ──┐
///     ▲  │       header whole, frame dropped       │ body whole
///     │  └──────────────────────────────▶ Skip ──┐ │
///     └──────────────────────────────────────────┴─┘
/// ```
#[derive(Debug)]
pub(crate) struct Reader {
    /// Kept frames of the unfinished message, then the unfinished frame; headers included.
    held: Vec<u8>,
    /// Where the unfinished frame begins in `held`.
    frame_start: usize,
    /// To this length `held` is cut before the next call: what lies behind was handed out.
    release_to: Option<usize>,
    place: Place,
    tally: Tally,
    /// Frames of a message that are kept.
    keep_frames: u32,
}

/// Where in a frame the stream stands.
#[derive(Debug)]
enum Place {
    /// Before or within a header.
    Header,
    /// Within the body of a kept frame, which ends at this length of `held`.
    Body { kind: FrameKind, end: usize },
    /// Within the body of a dropped frame, with so many bytes to come.
    Skip { kind: FrameKind, left: u64 },
}

/// One message or command, as places in the bytes that hold it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) source: Source,
    pub(crate) what: What,
    /// The command's body, or the first frame's.
    pub(crate) body: Range<usize>,
    /// Further kept frames, headers included.
    pub(crate) rest: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Input,
    Held,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Command,
    Message { frame_count: u32 },
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self {
            held: Vec::new(),
            frame_start: 0,
            release_to: None,
            place: Place::Header,
            tally: Tally::default(),
            keep_frames: 1,
        }
    }

    pub(crate) fn keep_frames(&mut self, frames: u32) {
        self.keep_frames = frames.max(1);
    }

    /// Finds a message that lies whole at the front of `input`, unless another is unfinished.
    #[inline]
    pub(crate) fn whole_message<'a>(&mut self, input: &'a [u8], limits: &Limits) -> Option<(Message<'a>, usize)> {
        self.release();
        if self.held.is_empty() {
            Message::whole(input, self.keep_frames, limits)
        } else {
            None
        }
    }

    /// Gives the bytes in which `found` lies.
    pub(crate) fn bytes<'a>(&'a self, found: &Found, input: &'a [u8]) -> &'a [u8] {
        match found.source {
            Source::Input => input,
            Source::Held => &self.held,
        }
    }

    /// Bytes that are kept of an unfinished message.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held.len()
    }

    /// Finds the next message or command at `input[*at..]`; `None` has used the input up.
    ///
    /// # Errors
    /// Whatever the gate refuses; nothing can be read after that.
    pub(crate) fn next(&mut self, input: &[u8], at: &mut usize, gate: Gate<'_>) -> Result<Option<Found>, Error> {
        self.release();
        // An unfinished message always has something in `held`: its first frame is kept.
        if self.held.is_empty()
            && let Some((found, end)) = Self::find_whole(input, *at, gate)?
        {
            *at = end;
            return Ok(Some(found));
        }
        let found = self.gather(input, at, gate)?;
        if found.is_none() && self.held.is_empty() {
            // Nothing is unfinished, so the peer may be idle for long.
            self.held = Vec::new();
        }
        Ok(found)
    }

    /// Lets go of what the last call handed out.
    #[inline]
    fn release(&mut self) {
        if let Some(length) = self.release_to.take() {
            self.held.truncate(length);
            if length == 0 && self.held.capacity() > SPARE_BYTES_MAX {
                self.held = Vec::new();
            }
        }
    }

    /// Finds a command, or a message of one frame, that lies in the input as a whole.
    fn find_whole(input: &[u8], at: usize, gate: Gate<'_>) -> Result<Option<(Found, usize)>, Error> {
        let Some(header) = Header::read(&input[at..])? else {
            return Ok(None);
        };
        let body_start = at + header.header_bytes;
        let first = input.get(body_start);
        let Some(body_bytes) = gate.admit(&header, first, &mut Tally::default())? else {
            return Ok(None);
        };
        let what = match header.kind {
            FrameKind::Command => What::Command,
            FrameKind::Last => What::Message { frame_count: 1 },
            FrameKind::More => return Ok(None),
        };
        let end = body_start.saturating_add(body_bytes);
        let found = Found {
            source: Source::Input,
            what,
            body: body_start..end,
            rest: end..end,
        };
        Ok((end <= input.len()).then_some((found, end)))
    }

    /// Keeps what has arrived of an unfinished message or command until it is whole.
    fn gather(&mut self, input: &[u8], at: &mut usize, gate: Gate<'_>) -> Result<Option<Found>, Error> {
        loop {
            let whole = match self.place {
                Place::Header => {
                    if !self.gather_header(input, at, gate)? {
                        return Ok(None);
                    }
                    None
                }
                Place::Body { kind, end } => {
                    let rest = &input[*at..];
                    let wanted = end.saturating_sub(self.held.len()).min(rest.len());
                    self.held.extend_from_slice(&rest[..wanted]);
                    *at += wanted;
                    if self.held.len() < end {
                        return Ok(None);
                    }
                    Some(kind)
                }
                Place::Skip { kind, left } => {
                    let wanted = left.min((input.len() - *at) as u64);
                    *at += wanted as usize;
                    if wanted < left {
                        let left = left - wanted;
                        self.place = Place::Skip { kind, left };
                        return Ok(None);
                    }
                    Some(kind)
                }
            };
            if let Some(kind) = whole {
                self.place = Place::Header;
                if let Some(found) = self.finish_frame(kind) {
                    return Ok(Some(found));
                }
            }
        }
    }

    /// Completes and judges the header of a frame; `false` needs more input.
    fn gather_header(&mut self, input: &[u8], at: &mut usize, gate: Gate<'_>) -> Result<bool, Error> {
        let header = loop {
            if let Some(header) = Header::read(&self.held[self.frame_start..])? {
                break header;
            }
            let Some(&byte) = input.get(*at) else {
                return Ok(false);
            };
            self.held.push(byte);
            *at += 1;
        };
        let Some(body_bytes) = gate.admit(&header, input.get(*at), &mut self.tally)? else {
            return Ok(false);
        };
        let kind = header.kind;
        self.place = if kind == FrameKind::Command || self.tally.frames <= self.keep_frames {
            let end = self.held.len().saturating_add(body_bytes);
            Place::Body { kind, end }
        } else {
            self.held.truncate(self.frame_start);
            let left = header.body_bytes;
            Place::Skip { kind, left }
        };
        Ok(true)
    }

    /// Takes note of a frame whose body is whole, and hands out what it completes.
    fn finish_frame(&mut self, kind: FrameKind) -> Option<Found> {
        let start = match kind {
            FrameKind::Command => self.frame_start,
            FrameKind::More => {
                self.frame_start = self.held.len();
                return None;
            }
            FrameKind::Last => 0,
        };
        // A header that was read once is read again here, from bytes that have not changed.
        let header = Header::read(&self.held[start..]).ok().flatten()?;
        let body_start = start + header.header_bytes;
        let body_end = body_start + usize::try_from(header.body_bytes).ok()?;
        self.release_to = Some(start);
        let what = match kind {
            FrameKind::Command => What::Command,
            FrameKind::Last | FrameKind::More => {
                self.frame_start = 0;
                let frame_count = std::mem::take(&mut self.tally).frames;
                What::Message { frame_count }
            }
        };
        Some(Found {
            source: Source::Held,
            what,
            body: body_start..body_end,
            rest: body_end..self.held.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::GateStage;

    fn next(reader: &mut Reader, input: &[u8]) -> Option<Vec<u8>> {
        let limits = Limits::default();
        let stage = GateStage::Traffic { subscriber: false };
        let gate = Gate { limits: &limits, stage };
        let found = reader.next(input, &mut 0, gate).unwrap()?;
        Some(reader.bytes(&found, input)[found.body].to_vec())
    }

    #[test]
    fn a_whole_message_is_found_without_holding_anything() {
        let mut reader = Reader::new();
        assert_eq!(next(&mut reader, b"\x00\x03a:1"), Some(b"a:1".to_vec()));
        assert_eq!(reader.held.capacity(), 0);
    }

    #[test]
    fn memory_grows_with_what_arrived_and_not_with_what_was_declared() {
        let mut reader = Reader::new();
        assert_eq!(next(&mut reader, b"\x02\0\0\0\0\x01\0\0\0"), None);
        assert!(reader.held.capacity() <= 64);
        for arrived in 1..=100 {
            assert_eq!(next(&mut reader, &[b'x'; 1000]), None);
            assert_eq!(reader.held_bytes(), 9 + arrived * 1000);
            assert!(reader.held.capacity() <= 2 * reader.held_bytes());
        }
    }

    #[test]
    fn memory_of_a_finished_message_is_let_go_by_the_next_call() {
        let mut reader = Reader::new();
        assert_eq!(next(&mut reader, b"\x00\x03a"), None);
        assert_eq!(next(&mut reader, b":1"), Some(b"a:1".to_vec()));
        assert_eq!(next(&mut reader, b""), None);
        assert_eq!(reader.held.capacity(), 0);
    }

    #[test]
    fn a_busy_connection_keeps_its_memory_but_not_that_of_a_large_message() {
        let mut reader = Reader::new();
        assert_eq!(next(&mut reader, b"\x00\x03a"), None);
        assert_eq!(next(&mut reader, b":1"), Some(b"a:1".to_vec()));
        let spare = reader.held.as_ptr();
        assert_eq!(next(&mut reader, b"\x00\x03b"), None);
        assert_eq!(reader.held.as_ptr(), spare);
        assert_eq!(next(&mut reader, b":2"), Some(b"b:2".to_vec()));

        assert_eq!(next(&mut reader, b"\x02\0\0\0\0\0\x01\0\0"), None);
        assert!(next(&mut reader, &[b'x'; 65_536]).is_some());
        assert_eq!(next(&mut reader, b"\x00\x03c"), None);
        assert!(reader.held.capacity() <= SPARE_BYTES_MAX);
    }

    #[test]
    fn whole_messages_are_found_on_the_hot_path_again_after_an_unfinished_one() {
        let mut reader = Reader::new();
        let limits = Limits::default();
        assert_eq!(next(&mut reader, b"\x00\x03a"), None);
        let whole = b"\x00\x01b";
        assert_eq!(reader.whole_message(whole, &limits), None);
        assert_eq!(next(&mut reader, b":1"), Some(b"a:1".to_vec()));
        assert!(reader.whole_message(whole, &limits).is_some());
    }

    #[test]
    fn frames_that_are_not_kept_take_no_memory() {
        let mut reader = Reader::new();
        assert_eq!(next(&mut reader, b"\x01\x01a\x02\0\0\0\0\0\x10\0\0"), None);
        for _ in 0..4096 {
            assert_eq!(reader.held_bytes(), 3);
            let found = next(&mut reader, &[b'x'; 256]);
            assert!(found.is_none() || found.as_deref() == Some(b"a"));
        }
        assert_eq!(next(&mut reader, b""), None);
        assert_eq!(reader.held_bytes(), 0);
    }
}
