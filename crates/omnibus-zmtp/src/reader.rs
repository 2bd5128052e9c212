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

/// What has been admitted of the unfinished message.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    frames: u32,
    bytes: u64,
}

/// What may pass at this stage of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate<'c> {
    pub(crate) limits: &'c Limits,
    pub(crate) stage: GateStage,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum GateStage {
    /// Commands only, with so many bytes already taken.
    Handshake { bytes: usize },
    /// Everything; `subscriber` says that the peer sends subscriptions as messages.
    Traffic { subscriber: bool },
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
        // An unfinished message always has something in `held`: its first frame is kept. Without
        // one, which is the common case, a whole message costs its header and no copy.
        if self.held.is_empty()
            && let Some((found, end)) = self.find_whole(input, *at, gate)?
        {
            *at = end;
            return Ok(Some(found));
        }
        self.gather(input, at, gate)
    }

    /// Lets go of what the last call handed out.
    fn release(&mut self) {
        match self.release_to.take() {
            None => {}
            Some(0) => self.held = Vec::new(),
            Some(length) => self.held.truncate(length),
        }
    }

    /// Finds a message or command that lies in the input as a whole.
    fn find_whole(&self, input: &[u8], at: usize, gate: Gate<'_>) -> Result<Option<(Found, usize)>, Error> {
        let mut tally = Tally::default();
        let Some((kind, body)) = frame_in(input, at, gate, &mut tally)? else {
            return Ok(None);
        };
        let mut end = body.end;
        let mut kept_end = end;
        let mut more = kind == FrameKind::More;
        while more {
            let Some((kind, next)) = frame_in(input, end, gate, &mut tally)? else {
                return Ok(None);
            };
            if kind == FrameKind::Command {
                // Between two frames of a message: rare, and `gather` keeps them apart.
                return Ok(None);
            }
            end = next.end;
            if tally.frames <= self.keep_frames {
                kept_end = end;
            }
            more = kind == FrameKind::More;
        }
        let what = match kind {
            FrameKind::Command => What::Command,
            FrameKind::Last | FrameKind::More => What::Message {
                frame_count: tally.frames,
            },
        };
        let found = Found {
            source: Source::Input,
            what,
            rest: body.end..kept_end,
            body,
        };
        Ok(Some((found, end)))
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
            let end = self.held.len() + body_bytes;
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

/// Finds the frame at `input[at..]` if it is whole: its kind and where its body lies.
fn frame_in(
    input: &[u8],
    at: usize,
    gate: Gate<'_>,
    tally: &mut Tally,
) -> Result<Option<(FrameKind, Range<usize>)>, Error> {
    let Some(header) = Header::read(&input[at..])? else {
        return Ok(None);
    };
    let body_start = at + header.header_bytes;
    let Some(body_bytes) = gate.admit(&header, input.get(body_start), tally)? else {
        return Ok(None);
    };
    let body_end = body_start + body_bytes;
    Ok((body_end <= input.len()).then_some((header.kind, body_start..body_end)))
}

impl Gate<'_> {
    /// Judges a frame by its header, and adds it to the tally of its message. Gives the length
    /// of its body, now known to be within a limit, or `None` if the first byte of the body is
    /// needed to tell a subscription from a message.
    fn admit(self, header: &Header, first: Option<&u8>, tally: &mut Tally) -> Result<Option<usize>, Error> {
        let limits = self.limits;
        match (header.kind, self.stage) {
            (FrameKind::Command, GateStage::Handshake { bytes: before }) => {
                let max = limits.handshake_bytes_max;
                let bytes = header.body_bytes.saturating_add(before as u64);
                if bytes > max as u64 {
                    return Err(Error::HandshakeTooLong { bytes, max });
                }
            }
            (FrameKind::Command, GateStage::Traffic { .. }) => {
                let max = limits.command_bytes_max;
                let bytes = header.body_bytes;
                if bytes > max as u64 {
                    return Err(Error::CommandTooLong { bytes, max });
                }
            }
            (_, GateStage::Handshake { .. }) => return Err(Error::MessageBeforeReady),
            (_, GateStage::Traffic { subscriber }) => {
                let topic_bytes = header.body_bytes.saturating_sub(1);
                let max = limits.topic_bytes_max;
                if subscriber && tally.frames == 0 && topic_bytes > max as u64 {
                    match first {
                        None => return Ok(None),
                        Some(0 | 1) => {
                            let bytes = topic_bytes;
                            return Err(Error::TopicTooLong { bytes, max });
                        }
                        Some(_) => {}
                    }
                }
                tally.add(header.body_bytes, limits)?;
            }
        }
        // Every branch has compared the length with a limit that is a `usize`.
        Ok(usize::try_from(header.body_bytes).ok())
    }
}

impl Tally {
    fn add(&mut self, body_bytes: u64, limits: &Limits) -> Result<(), Error> {
        if self.frames >= limits.message_frames_max {
            let max = limits.message_frames_max;
            return Err(Error::TooManyFrames { max });
        }
        let bytes = self.bytes.saturating_add(body_bytes);
        if bytes > limits.message_bytes_max as u64 {
            let max = limits.message_bytes_max;
            return Err(Error::MessageTooLong { bytes, max });
        }
        self.frames += 1;
        self.bytes = bytes;
        Ok(())
    }
}
