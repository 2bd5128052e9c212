//! How does a test client write frames, good and bad, and read what came of them?

use std::time::Instant;

use omnibus_websocket::{Decoder, Event, Inflater, Limits, Violation};

pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xa;
pub(crate) const FIN: u8 = 0x80;
/// Says that a message is compressed.
pub(crate) const RSV1: u8 = 0x40;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A masked frame with `first` as its first byte: FIN, reserved bits and opcode.
pub(crate) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    [announce(first, payload.len() as u64), masked(payload)].concat()
}

/// The head of a masked frame of `length` bytes.
pub(crate) fn announce(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first];
    match length {
        0..=125 => head.push(0x80 | length as u8),
        126..=0xffff => {
            head.push(0x80 | 126);
            head.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            head.push(0x80 | 127);
            head.extend_from_slice(&length.to_be_bytes());
        }
    }
    head.extend_from_slice(&MASK);
    head
}

/// `payload` under the mask of [`announce`].
pub(crate) fn masked(payload: &[u8]) -> Vec<u8> {
    payload
        .iter()
        .zip(MASK.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect()
}

/// A frame without a mask.
pub(crate) fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first, payload.len() as u8], payload].concat()
}

/// A close frame.
pub(crate) fn close(code: u16, reason: impl AsRef<[u8]>) -> Vec<u8> {
    frame(FIN | CLOSE, [&code.to_be_bytes(), reason.as_ref()].concat())
}

/// An [`Event`] that borrows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Text(text) => Self::Text(text.to_owned()),
            Event::Binary(bytes) => Self::Binary(bytes.to_vec()),
            Event::Compressed(message) => panic!("{message:?} was not inflated"),
            Event::Ping(bytes) => Self::Ping(bytes.to_vec()),
            Event::Pong(bytes) => Self::Pong(bytes.to_vec()),
            Event::Close(close) => Self::Close(close.map(|(code, reason)| (code, reason.to_owned()))),
        }
    }
}

/// What came of a stream: the events, and the violation that ended it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) events: Vec<Seen>,
    pub(crate) violation: Option<Violation>,
}

/// Reads `stream` in pieces, up to its first close frame or violation, as a server does.
pub(crate) fn read_in_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> Outcome {
    let now = Instant::now();
    let mut decoder = Decoder::new();
    let mut inflater = Inflater::new();
    let mut outcome = Outcome::default();
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut at = 0;
        loop {
            let decoded = decoder.decode(&mut piece[at..], limits, now);
            at += decoded.consumed;
            let event = match decoded.event {
                Ok(Some(Event::Compressed(message))) => inflater.inflate(message, limits).map(Some),
                event => event,
            };
            match event {
                Ok(Some(event)) => outcome.events.push(event.into()),
                Ok(None) => break,
                Err(violation) => {
                    outcome.violation = Some(violation);
                    return outcome;
                }
            }
            if matches!(outcome.events.last(), Some(Seen::Close(_))) {
                return outcome;
            }
        }
        assert_eq!(at, piece.len(), "no event, but bytes are left over");
    }
    outcome
}

/// Reads `stream` whole.
pub(crate) fn read(stream: &[u8], limits: &Limits) -> Outcome {
    read_in_pieces([stream], limits)
}
