//! What is kept of a frame or message that has not arrived completely?

use std::time::Instant;

use crate::frame::{CLIENT_HEAD_BYTES_MAX, FrameHead, Opcode};
use crate::utf8::{NotUtf8, PartialText};
use crate::violation::Violation;

/// Everything that a decoder keeps between two reads, on the heap and only while it is needed.
#[derive(Debug)]
pub(crate) struct Partial {
    /// When the first byte of what is unfinished arrived.
    pub(crate) started: Instant,
    /// The first bytes of a frame head that is not complete.
    pub(crate) head: PartialHead,
    /// A frame whose head is complete and whose payload is not.
    pub(crate) frame: Option<PartialFrame>,
    /// A message whose last frame is not complete.
    pub(crate) message: Option<PartialMessage>,
    /// The payload so far of the control frame in `frame`; it may interrupt a message.
    pub(crate) control: Vec<u8>,
    /// What the last event borrowed; freed by the next call.
    pub(crate) delivered: Delivered,
}

/// What the last event borrowed from the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    Nothing,
    Message,
    Control,
}

impl Partial {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            started: now,
            head: PartialHead::default(),
            frame: None,
            message: None,
            control: Vec::new(),
            delivered: Delivered::Nothing,
        }
    }

    /// Whether something has begun and not ended.
    pub(crate) fn is_unfinished(&self) -> bool {
        let in_message = self.message.is_some() && self.delivered != Delivered::Message;
        in_message || self.frame.is_some() || !self.head.is_empty()
    }

    /// Lets go of what the last event borrowed.
    pub(crate) fn release_delivered(&mut self) {
        match self.delivered {
            Delivered::Nothing => {}
            Delivered::Message => self.message = None,
            Delivered::Control => self.control = Vec::new(),
        }
        self.delivered = Delivered::Nothing;
    }

    pub(crate) fn buffered_bytes(&self) -> usize {
        let message_bytes = self.message.as_ref().map_or(0, PartialMessage::bytes);
        self.head.as_bytes().len() + message_bytes + self.control.len()
    }
}

/// Up to 14 bytes of a frame head.
#[derive(Debug, Default)]
pub(crate) struct PartialHead {
    bytes: [u8; CLIENT_HEAD_BYTES_MAX],
    len: u8,
}

impl PartialHead {
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Takes as much of `input` as a head can have and returns how much that was.
    pub(crate) fn fill(&mut self, input: &[u8]) -> usize {
        let from = usize::from(self.len);
        let taken = input.len().min(CLIENT_HEAD_BYTES_MAX - from);
        self.bytes[from..from + taken].copy_from_slice(&input[..taken]);
        self.len += taken as u8;
        taken
    }
}

/// A frame whose payload is on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartialFrame {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    pub(crate) compressed: bool,
    /// Turned as the next byte needs it.
    pub(crate) mask: [u8; 4],
    pub(crate) missing_bytes: u64,
}

impl PartialFrame {
    pub(crate) fn new(head: FrameHead) -> Self {
        Self {
            opcode: head.opcode,
            fin: head.fin,
            compressed: head.compressed,
            mask: head.mask,
            missing_bytes: head.payload_bytes,
        }
    }
}

/// The fragments of a message so far.
#[derive(Debug)]
pub(crate) struct PartialMessage {
    pub(crate) body: Body,
    /// How many frames it has, the present one and empty ones included.
    pub(crate) fragments: u32,
}

/// Payload that grows with what has arrived, never with what was announced.
#[derive(Debug)]
pub(crate) enum Body {
    Text(PartialText),
    Binary(Vec<u8>),
    Compressed { is_text: bool, bytes: Vec<u8> },
}

impl PartialMessage {
    /// Begins a message with its first frame, text or binary.
    pub(crate) fn new(frame: &PartialFrame) -> Self {
        let is_text = frame.opcode == Opcode::Text;
        let body = match (frame.compressed, is_text) {
            (true, is_text) => Body::Compressed {
                is_text,
                bytes: Vec::new(),
            },
            (false, true) => Body::Text(PartialText::default()),
            (false, false) => Body::Binary(Vec::new()),
        };
        Self { body, fragments: 1 }
    }

    pub(crate) fn bytes(&self) -> usize {
        match &self.body {
            Body::Text(text) => text.bytes(),
            Body::Binary(bytes) | Body::Compressed { bytes, .. } => bytes.len(),
        }
    }

    /// Takes the next unmasked bytes.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Violation> {
        match &mut self.body {
            Body::Text(text) => text.push(piece).map_err(|NotUtf8| Violation::TextNotUtf8),
            Body::Binary(bytes) | Body::Compressed { bytes, .. } => {
                bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    /// Checks that the message may end here.
    pub(crate) fn finish(&self) -> Result<(), Violation> {
        match &self.body {
            Body::Text(text) => text.finish().map(|_| ()).map_err(|NotUtf8| Violation::TextNotUtf8),
            Body::Binary(_) | Body::Compressed { .. } => Ok(()),
        }
    }
}
