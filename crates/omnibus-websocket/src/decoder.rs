//! What has a client said? Bytes in, messages and control frames out (RFC 6455 §5 and §8.1).

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::close::read_close;
use crate::frame::{FrameHead, Opcode, RSV1};
use crate::mask::unmask;
use crate::partial::{Body, Delivered, Partial, PartialFrame, PartialMessage};
use crate::violation::Violation;

/// How much one client may send at once.
///
/// Passed to every call, so that it can change during a connection, for example at authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest message, in bytes of payload over all its fragments. Judged by what a frame
    /// declares, before any of it is kept; and again once a compressed message is inflated.
    pub message_bytes_max: usize,
    /// The most frames in one message, empty ones included.
    pub fragments_max: u32,
    /// The longest time from the first byte of a message or frame to its last.
    pub message_age_max: Duration,
    /// How many times its bytes a compressed message may become; `None` where compression was not
    /// negotiated, and no message may be compressed.
    pub inflated_ratio_max: Option<u32>,
}

impl Limits {
    /// The reserved bits that have a meaning.
    fn reserved_bits(&self) -> u8 {
        match self.inflated_ratio_max {
            Some(_) => RSV1,
            None => 0,
        }
    }
}

impl Default for Limits {
    /// 1 MiB, 1,024 fragments, 10 s, no compression.
    fn default() -> Self {
        Self {
            message_bytes_max: 1 << 20,
            fragments_max: 1_024,
            message_age_max: Duration::from_secs(10),
            inflated_ratio_max: None,
        }
    }
}

/// One complete message or control frame; it borrows from the input or from the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A text message, checked to be UTF-8 (RFC 6455 §5.6).
    Text(&'a str),
    /// A binary message (RFC 6455 §5.6).
    Binary(&'a [u8]),
    /// A message to be inflated by an [`Inflater`](crate::Inflater) (RFC 7692 §6.2).
    Compressed(Compressed<'a>),
    /// A ping, to be answered by a pong of the same payload, at most 125 bytes (RFC 6455 §5.5.2).
    Ping(&'a [u8]),
    /// A pong; unasked ones are allowed and need no answer (RFC 6455 §5.5.3).
    Pong(&'a [u8]),
    /// The client's last frame: nothing, or a valid code and a reason of at most 123 bytes
    /// (RFC 6455 §5.5.1). Answer with [`close_reply`](crate::close_reply) unless a close frame was
    /// sent already; whatever follows is to be ignored.
    Close(Option<(u16, &'a str)>),
}

/// A message as it was sent, compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compressed<'a> {
    is_text: bool,
    bytes: &'a [u8],
}

impl<'a> Compressed<'a> {
    /// Whether it is text once it is inflated, and has to be UTF-8 then.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.is_text
    }

    /// The payload of its frames.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }
}

/// What one call of [`Decoder::decode`] did.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// How many bytes of the input are done with, from its front.
    pub consumed: usize,
    /// One event; `None` if the input was used up before one was complete.
    pub event: Result<Option<Event<'a>>, Violation>,
}

/// Reads one client's frames.
///
/// While nothing is unfinished it is one null pointer; an incomplete frame or message is kept on the
/// heap and grows with what arrives.
///
/// ```text
///            frame complete in the input: event borrows the input
///           ┌──────┐
///           ▼      │   bytes missing                          last byte
///         idle ────┴─────────────────▶ partial (on the heap) ───────────▶ event borrows the decoder
///           ▲                                                                   │
///           └──────────────────────── next call frees it ◀──────────────────────┘
/// ```
///
/// Call [`Decoder::decode`] with the rest of the input until it returns no event; that last call also
/// frees what the event before it borrowed:
///
/// ```
/// # use omnibus_websocket::{Decoded, Decoder, Event, Limits};
/// # let mut input = [0x81, 0x82, 0, 0, 0, 0, b'h', b'i', 0x89, 0x80, 0, 0, 0, 0];
/// # let (mut decoder, limits, now) = (Decoder::new(), Limits::default(), std::time::Instant::now());
/// # let mut seen = 0;
/// let mut at = 0;
/// loop {
///     let Decoded { consumed, event } = decoder.decode(&mut input[at..], &limits, now);
///     at += consumed;
///     match event {
///         Ok(Some(Event::Text(text))) => assert_eq!(text, "hi"),
///         Ok(Some(_)) => { /* … */ }
///         Ok(None) => break,
///         Err(violation) => panic!("close with {}", violation.close_code()),
///     }
///     # seen += 1;
/// }
/// # assert_eq!(seen, 2);
/// assert!(decoder.is_idle());
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    partial: Option<Box<Partial>>,
}

impl Decoder {
    /// Begins behind the head of an upgraded connection; allocates nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Consumes from the front of `input`, unmasking in place, until one event is complete or the
    /// input is used up.
    ///
    /// A frame that lies completely in `input` is handed out without a copy; what is incomplete at
    /// the end of `input` is consumed and kept. Never returns `Ok(None)` with bytes left over.
    ///
    /// # Errors
    /// In [`Decoded::event`]: the first [`Violation`] in the stream, the same one however the stream
    /// is cut. After it the stream has no frame boundaries; drop the decoder.
    pub fn decode<'a>(&'a mut self, input: &'a mut [u8], limits: &Limits, now: Instant) -> Decoded<'a> {
        let mut at = 0;
        let ready = self.advance(input, &mut at, limits, now);
        let event = ready.and_then(|ready| ready.map(|ready| self.event(ready, input)).transpose());
        Decoded { consumed: at, event }
    }

    /// Whether no frame and no message is unfinished.
    pub fn is_idle(&self) -> bool {
        self.partial.as_ref().is_none_or(|partial| !partial.is_unfinished())
    }

    /// When the unfinished message or frame becomes too old; `None` if nothing is unfinished.
    ///
    /// From then on [`Decoder::decode`] answers [`Violation::MessageTooOld`]; a client that sends
    /// nothing more must be closed by the caller, with that violation's code.
    pub fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let partial = self.partial.as_ref().filter(|partial| partial.is_unfinished())?;
        partial.started.checked_add(limits.message_age_max)
    }

    /// How many bytes received are kept at present: of the unfinished message, or of the event
    /// returned last.
    pub fn buffered_bytes(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.buffered_bytes())
    }

    /// Moves `at` forward to the end of the next event and says where that lies.
    fn advance(
        &mut self,
        input: &mut [u8],
        at: &mut usize,
        limits: &Limits,
        now: Instant,
    ) -> Result<Option<Ready>, Violation> {
        self.release_delivered();
        if self.deadline(limits).is_some_and(|deadline| now >= deadline) {
            return Err(Violation::MessageTooOld {
                age_max: limits.message_age_max,
            });
        }
        loop {
            let unfinished = self.partial.as_mut().and_then(|partial| partial.frame.take());
            let frame = match unfinished {
                Some(frame) => frame,
                None => {
                    let Some(head) = self.read_head(input, at, limits, now)? else {
                        return Ok(None);
                    };
                    self.admit(&head, limits)?;
                    let whole = input.len() - *at;
                    if head.payload_bytes <= whole as u64 && self.is_event_of_its_own(&head) {
                        // The bound above makes the length fit a usize.
                        let payload = *at..*at + head.payload_bytes as usize;
                        *at = payload.end;
                        unmask(&mut input[payload.clone()], head.mask);
                        return Ok(Some(match head.compressed {
                            false => Ready::InInput {
                                opcode: head.opcode,
                                payload,
                            },
                            true => Ready::CompressedInInput {
                                is_text: head.opcode == Opcode::Text,
                                payload,
                            },
                        }));
                    }
                    PartialFrame::new(head)
                }
            };
            match self.take_payload(frame, input, at, now)? {
                Taken::Event(ready) => return Ok(Some(ready)),
                Taken::Fragment => {}
                Taken::InputUsedUp => return Ok(None),
            }
        }
    }

    /// Lets go of what the last event borrowed, and of everything if nothing is unfinished.
    fn release_delivered(&mut self) {
        if let Some(partial) = &mut self.partial {
            partial.release_delivered();
            if !partial.is_unfinished() {
                self.partial = None;
            }
        }
    }

    /// Reads a frame head, beginning with what an earlier call kept of it.
    fn read_head(
        &mut self,
        input: &[u8],
        at: &mut usize,
        limits: &Limits,
        now: Instant,
    ) -> Result<Option<FrameHead>, Violation> {
        let kept = self.partial.as_ref().map_or(0, |partial| partial.head.as_bytes().len());
        if kept == 0
            && let Some((head, head_bytes)) = FrameHead::read(&input[*at..], limits.reserved_bits())?
        {
            *at += head_bytes;
            return Ok(Some(head));
        }
        self.read_cut_head(input, at, limits, now)
    }

    /// Reads a frame head of which only a part has come at once.
    #[cold]
    fn read_cut_head(
        &mut self,
        input: &[u8],
        at: &mut usize,
        limits: &Limits,
        now: Instant,
    ) -> Result<Option<FrameHead>, Violation> {
        let rest = &input[*at..];
        let kept = self.partial.as_ref().map_or(0, |partial| partial.head.as_bytes().len());
        if rest.is_empty() {
            return Ok(None);
        }
        let partial = self.partial.get_or_insert_with(|| Box::new(Partial::new(now)));
        let taken = partial.head.fill(rest);
        match FrameHead::read(partial.head.as_bytes(), limits.reserved_bits())? {
            Some((head, head_bytes)) => {
                *at += head_bytes - kept;
                partial.head.clear();
                Ok(Some(head))
            }
            None => {
                *at += taken;
                Ok(None)
            }
        }
    }

    /// Judges a frame by the message it stands in (RFC 6455 §5.4) and by the limits.
    fn admit(&mut self, head: &FrameHead, limits: &Limits) -> Result<(), Violation> {
        if head.opcode.is_control() {
            return Ok(());
        }
        let message = self.partial.as_mut().and_then(|partial| partial.message.as_mut());
        let (before, fragments) = match (&message, head.opcode) {
            (None, Opcode::Continuation) => return Err(Violation::StrayContinuation),
            (Some(_), Opcode::Text | Opcode::Binary) => return Err(Violation::InterleavedMessage),
            (None, _) => (0, 1),
            (Some(message), _) => (message.bytes(), message.fragments.saturating_add(1)),
        };
        if fragments > limits.fragments_max {
            return Err(Violation::TooManyFragments {
                fragments_max: limits.fragments_max,
            });
        }
        let bytes = head.payload_bytes.saturating_add(before as u64);
        if bytes > limits.message_bytes_max as u64 {
            return Err(Violation::MessageTooBig {
                bytes,
                bytes_max: limits.message_bytes_max,
            });
        }
        if let Some(message) = message {
            message.fragments = fragments;
        }
        Ok(())
    }

    /// Whether a frame, once complete, is an event without regard to what came before it.
    fn is_event_of_its_own(&self, head: &FrameHead) -> bool {
        head.opcode.is_control() || (head.fin && head.opcode != Opcode::Continuation)
    }

    /// Keeps the payload of `frame` as far as it has arrived.
    fn take_payload(
        &mut self,
        mut frame: PartialFrame,
        input: &mut [u8],
        at: &mut usize,
        now: Instant,
    ) -> Result<Taken, Violation> {
        let rest = &mut input[*at..];
        let taken = usize::try_from(frame.missing_bytes).map_or(rest.len(), |missing| missing.min(rest.len()));
        let piece = &mut rest[..taken];
        frame.mask = unmask(piece, frame.mask);
        frame.missing_bytes -= taken as u64;
        *at += taken;

        let partial = self.partial.get_or_insert_with(|| Box::new(Partial::new(now)));
        let complete = frame.missing_bytes == 0;
        if !complete {
            partial.frame = Some(frame);
        }
        if frame.opcode.is_control() {
            partial.control.extend_from_slice(piece);
            if !complete {
                return Ok(Taken::InputUsedUp);
            }
            partial.delivered = Delivered::Control;
            return Ok(Taken::Event(Ready::Control { opcode: frame.opcode }));
        }
        let message = partial.message.get_or_insert_with(|| PartialMessage::new(&frame));
        message.push(piece)?;
        if !complete {
            return Ok(Taken::InputUsedUp);
        }
        if !frame.fin {
            return Ok(Taken::Fragment);
        }
        message.finish()?;
        partial.delivered = Delivered::Message;
        Ok(Taken::Event(Ready::Message))
    }

    /// Makes the event from the bytes that `ready` names.
    fn event<'a>(&'a self, ready: Ready, input: &'a [u8]) -> Result<Event<'a>, Violation> {
        match ready {
            Ready::InInput {
                opcode: Opcode::Text,
                payload,
            } => simdutf8::basic::from_utf8(&input[payload])
                .map(Event::Text)
                .map_err(|_| Violation::TextNotUtf8),
            Ready::InInput {
                opcode: Opcode::Binary,
                payload,
            } => Ok(Event::Binary(&input[payload])),
            Ready::InInput { opcode, payload } => control_event(opcode, &input[payload]),
            Ready::CompressedInInput { is_text, payload } => Ok(Event::Compressed(Compressed {
                is_text,
                bytes: &input[payload],
            })),
            Ready::Control { opcode } => control_event(opcode, &self.kept().control),
            Ready::Message => {
                let message = self
                    .kept()
                    .message
                    .as_ref()
                    .expect("a message that ended is kept until the next call");
                Ok(match &message.body {
                    Body::Text(text) => Event::Text(text.as_str()),
                    Body::Binary(bytes) => Event::Binary(bytes),
                    &Body::Compressed { is_text, ref bytes } => Event::Compressed(Compressed { is_text, bytes }),
                })
            }
        }
    }

    fn kept(&self) -> &Partial {
        self.partial
            .as_ref()
            .expect("an event from the decoder is kept until the next call")
    }
}

/// Where the bytes of a complete event lie.
enum Ready {
    /// In the input, all of them.
    InInput { opcode: Opcode, payload: Range<usize> },
    /// In the input, all of them, and compressed.
    CompressedInInput { is_text: bool, payload: Range<usize> },
    /// In the decoder, as the payload of a control frame.
    Control { opcode: Opcode },
    /// In the decoder, as a message.
    Message,
}

/// How far the payload of a frame has come.
enum Taken {
    Event(Ready),
    /// The frame is complete, its message is not.
    Fragment,
    /// The frame is not complete.
    InputUsedUp,
}

fn control_event(opcode: Opcode, payload: &[u8]) -> Result<Event<'_>, Violation> {
    Ok(match opcode {
        Opcode::Ping => Event::Ping(payload),
        Opcode::Pong => Event::Pong(payload),
        // The other opcodes are messages and never come here.
        _ => Event::Close(read_close(payload)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_decoder_is_one_pointer() {
        assert!(size_of::<Decoder>() <= 40);
        assert_eq!(size_of::<Decoder>(), size_of::<usize>());
    }
}
