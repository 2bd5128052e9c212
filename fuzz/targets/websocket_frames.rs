//! Does a client's stream of WebSocket frames mean the same however it is cut, and what RFC 6455
//! says?
//!
//! Input: a byte of choices, the pieces, the stream.
#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::frames::{self, Bounds, End, Reading, Said};
use omnibus_fuzz::input::Input;
use omnibus_fuzz::pieces::Pieces;
use omnibus_websocket::{CONTROL_PAYLOAD_BYTES_MAX, Decoded, Decoder, Event, Limits, Violation};

/// A frame's head has 14 bytes at most, of which the last is never kept.
const HEAD_BYTES_MAX: usize = 13;
/// Reading byte by byte is for short streams.
const SINGLE_BYTES_MAX: usize = 4096;
const MESSAGE_AGE_MAX: Duration = Duration::from_secs(10);

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let choices = input.byte();
    let pieces = input.pieces();
    let stream = input.rest();

    let expected = frames::read(stream, |said| bounds(choices, said));
    let now = Instant::now();
    check(&decode(stream, Pieces::WHOLE, choices, |_| now), &expected);
    check(&decode(stream, pieces, choices, |_| now), &expected);
    if stream.len() <= SINGLE_BYTES_MAX {
        check(&decode(stream, Pieces::SINGLE, choices, |_| now), &expected);
    }

    // The same, slowly: it may take too long, and changes nothing up to there.
    let pause = Duration::from_secs(u64::from(choices >> 4));
    let (said, violation) = decode(stream, pieces, choices, |piece| now + pause * piece);
    if let Some(Violation::MessageTooOld { .. }) = violation {
        assert!(expected.said.starts_with(&said));
    } else {
        check(&(said, violation), &expected);
    }
});

/// The bounds before the first text, and after it, as if that had been an authentication.
fn bounds(choices: u8, said: &[Said]) -> Bounds {
    let is_known = said.iter().any(|said| matches!(said, Said::Text(_)));
    let may_compress = choices & 2 != 0;
    match (choices & 1 == 0, is_known) {
        (true, false) => Bounds {
            message_bytes_max: 40,
            fragments_max: 3,
            may_compress,
        },
        (true, true) => Bounds {
            message_bytes_max: 400,
            fragments_max: 6,
            may_compress,
        },
        (false, _) => Bounds {
            message_bytes_max: Limits::default().message_bytes_max,
            fragments_max: Limits::default().fragments_max,
            may_compress,
        },
    }
}

/// Decodes a stream in pieces, each at its time, and checks what must hold after every call.
fn decode(
    stream: &[u8],
    pieces: Pieces<'_>,
    choices: u8,
    time: impl Fn(u32) -> Instant,
) -> (Vec<Said>, Option<Violation>) {
    let mut decoder = Decoder::new();
    let mut said = Vec::new();
    for (piece, number) in pieces.cut(stream).zip(0..) {
        let now = time(number);
        let mut piece = piece.to_vec();
        let mut rest = piece.as_mut_slice();
        loop {
            let bounds = bounds(choices, &said);
            let limits = Limits {
                message_bytes_max: bounds.message_bytes_max,
                fragments_max: bounds.fragments_max,
                message_age_max: MESSAGE_AGE_MAX,
                inflated_ratio_max: bounds.may_compress.then_some(1),
            };
            let deadline = decoder.deadline(&limits);
            let is_due = deadline.is_some_and(|deadline| now >= deadline);
            let Decoded { consumed, event } = decoder.decode(rest, &limits, now);
            let event = event.map(|event| event.map(own));
            let is_too_old = matches!(event, Err(Violation::MessageTooOld { .. }));
            assert_eq!(is_too_old, is_due);
            match event {
                Err(violation) => return (said, Some(violation)),
                Ok(Some(event)) => said.push(event),
                Ok(None) => {
                    assert_eq!(consumed, rest.len());
                    check_rest(&decoder, &limits, now);
                    break;
                }
            }
            assert!(decoder.buffered_bytes() <= kept_bytes_max(&limits));
            rest = &mut rest[consumed..];
        }
    }
    (said, None)
}

/// Checks a decoder that waits for more.
fn check_rest(decoder: &Decoder, limits: &Limits, now: Instant) {
    assert!(decoder.buffered_bytes() <= kept_bytes_max(limits));
    match decoder.deadline(limits) {
        Some(deadline) => {
            assert!(!decoder.is_idle());
            assert!(now < deadline && deadline <= now + MESSAGE_AGE_MAX);
        }
        None => {
            assert!(decoder.is_idle());
            assert_eq!(decoder.buffered_bytes(), 0);
        }
    }
}

fn kept_bytes_max(limits: &Limits) -> usize {
    limits.message_bytes_max + CONTROL_PAYLOAD_BYTES_MAX + HEAD_BYTES_MAX
}

/// Checks what was decoded against the plain reading.
fn check((said, violation): &(Vec<Said>, Option<Violation>), expected: &Reading) {
    assert_eq!(said, &expected.said);
    let code = violation.as_ref().map(Violation::close_code);
    match expected.end {
        End::Fine => assert_eq!(code, None, "{violation:?}"),
        End::Broken(expected) => assert_eq!(code, Some(expected), "{violation:?}"),
        End::Doubtful(expected) => assert!(code.is_none_or(|code| code == expected), "{violation:?}"),
    }
}

fn own(event: Event<'_>) -> Said {
    match event {
        Event::Text(text) => Said::Text(text.to_owned()),
        Event::Binary(bytes) => Said::Binary(bytes.to_vec()),
        Event::Compressed(message) => Said::Compressed(message.is_text(), message.bytes().to_vec()),
        Event::Ping(payload) => {
            assert!(payload.len() <= CONTROL_PAYLOAD_BYTES_MAX);
            Said::Ping(payload.to_vec())
        }
        Event::Pong(payload) => Said::Pong(payload.to_vec()),
        Event::Close(close) => Said::Close(close.map(|(code, reason)| (code, reason.to_owned()))),
    }
}
