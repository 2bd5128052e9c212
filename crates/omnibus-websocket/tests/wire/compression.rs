//! Are compressed messages read as RFC 7692 says, within their bounds, and written so that others
//! read them?

use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};
use omnibus_websocket::{BLOCK_BYTES, BLOCKS_FREE, Deflater, INFLATED_FREE_BYTES, Limits, Opcode, Violation};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::client::{
    BINARY, CONTINUATION, FIN, Outcome, PING, PONG, RSV1, Seen, TEXT, announce, frame, read, read_in_pieces,
};

/// "Hello" in one fixed block (RFC 7692 §7.2.3.1).
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

const RATIO_MAX: u32 = 100;

/// As after a negotiation.
fn limits() -> Limits {
    Limits {
        inflated_ratio_max: Some(RATIO_MAX),
        ..Limits::default()
    }
}

fn text(text: &str) -> Outcome {
    Outcome {
        events: vec![Seen::Text(text.to_owned())],
        violation: None,
    }
}

fn broken(violation: Violation) -> Outcome {
    Outcome {
        events: vec![],
        violation: Some(violation),
    }
}

fn deflated(payload: impl AsRef<[u8]>) -> Vec<u8> {
    Deflater::new(6).deflate(payload.as_ref()).to_vec()
}

/// A compressed message in one frame.
fn compressed(opcode: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(FIN | RSV1 | opcode, payload)
}

#[test]
fn the_examples_of_the_rfc_are_read() {
    let examples: [(&str, &[u8]); 5] = [
        ("one fixed block", &HELLO),
        (
            "one stored block",
            &[0x00, 0x05, 0x00, 0xfa, 0xff, b'H', b'e', b'l', b'l', b'o', 0x00],
        ),
        ("one final block", &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
        (
            "two blocks",
            &[
                0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
            ],
        ),
        // The tail was left out behind the final block, which ends the message as well.
        ("a final block alone", &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
    ];
    for (what, payload) in examples {
        assert_eq!(read(&compressed(TEXT, payload), &limits()), text("Hello"), "{what}");
    }
}

#[test]
fn a_message_in_fragments_is_marked_on_the_first_and_may_be_cut_anywhere() {
    for cut in 0..=HELLO.len() {
        let stream = [
            frame(RSV1 | TEXT, &HELLO[..cut]),
            frame(FIN | PING, "between"),
            frame(CONTINUATION, ""),
            frame(FIN | CONTINUATION, &HELLO[cut..]),
            frame(FIN | TEXT, "plain"),
        ]
        .concat();
        let outcome = read(&stream, &limits());
        let expected = [
            Seen::Ping(b"between".to_vec()),
            Seen::Text("Hello".to_owned()),
            Seen::Text("plain".to_owned()),
        ];
        assert_eq!(outcome.events, expected, "cut at {cut}");
        assert_eq!(read_in_pieces(stream.chunks(1), &limits()), outcome);
    }
}

#[test]
fn an_empty_message_may_be_one_byte_or_none() {
    for payload in [b"\x00".as_slice(), b""] {
        assert_eq!(read(&compressed(TEXT, payload), &limits()), text(""));
    }
    let nothing = [frame(RSV1 | BINARY, ""), frame(FIN | CONTINUATION, "")].concat();
    assert_eq!(read(&nothing, &limits()).events, [Seen::Binary(vec![])]);
    assert_eq!(deflated(""), b"\x00");
}

#[test]
fn nothing_is_known_of_the_message_before() {
    // "Hello" again, as a reference to what was said before (RFC 7692 §7.2.3.2).
    let stream = [
        compressed(TEXT, HELLO),
        compressed(TEXT, [0xf2, 0x00, 0x11, 0x00, 0x00]),
    ]
    .concat();
    let outcome = read(&stream, &limits());
    assert_eq!(outcome.events, [Seen::Text("Hello".to_owned())]);
    assert_eq!(outcome.violation, Some(Violation::CompressionBroken));
}

#[test]
fn what_is_not_complete_or_no_deflate_data_is_refused() {
    let long = deflated("A text that has some length, and is cut.");
    let mut cases: Vec<&[u8]> = vec![
        b"\xff\xff\xff",
        b"\x07",
        b"\x05\x00",
        // A stored block that says it is longer.
        &[0x00, 0x06, 0x00, 0xf9, 0xff, b'H', b'e', b'l', b'l', b'o'],
        // With its tail left on.
        &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff],
    ];
    cases.extend((1..HELLO.len()).map(|end| &HELLO[..end]));
    cases.extend((1..long.len()).map(|end| &long[..end]));
    for payload in cases {
        let outcome = read(&compressed(BINARY, payload), &limits());
        assert_eq!(outcome, broken(Violation::CompressionBroken), "{payload:x?}");
    }
    assert_eq!(Violation::CompressionBroken.close_code(), 1002);
}

#[test]
fn compressed_text_has_to_be_utf8_and_bytes_have_not() {
    let bytes = deflated(b"caf\xc3");
    assert_eq!(
        read(&compressed(TEXT, &bytes), &limits()),
        broken(Violation::TextNotUtf8)
    );
    let outcome = read(&compressed(BINARY, &bytes), &limits());
    assert_eq!(outcome.events, [Seen::Binary(b"caf\xc3".to_vec())]);
}

#[test]
fn without_negotiation_no_frame_may_be_marked() {
    let violation = Violation::ReservedBits { bits: 0b100 };
    assert_eq!(
        read(&compressed(TEXT, HELLO), &Limits::default()),
        broken(violation.clone())
    );
    assert_eq!(violation.close_code(), 1002);
}

#[test]
fn continuations_and_control_frames_are_never_marked() {
    for opcode in [PING, PONG, 0x8] {
        let misplaced = Violation::CompressionMisplaced { opcode };
        assert_eq!(
            read(&frame(FIN | RSV1 | opcode, ""), &limits()),
            broken(misplaced.clone())
        );
        assert_eq!(misplaced.close_code(), 1002);
    }
    let stream = [
        frame(RSV1 | TEXT, &HELLO[..2]),
        frame(FIN | RSV1 | CONTINUATION, &HELLO[2..]),
    ];
    let misplaced = Violation::CompressionMisplaced { opcode: 0 };
    assert_eq!(read(&stream.concat(), &limits()), broken(misplaced));
}

#[test]
fn a_message_is_as_large_as_it_is_once_inflated() {
    let limits = Limits {
        message_bytes_max: 10_000,
        ..limits()
    };
    // Hardly compressible, so that the size alone decides.
    let mut dice = fastrand::Rng::with_seed(7);
    let noise: Vec<u8> = std::iter::repeat_with(|| dice.u8(b'a'..=b'p')).take(10_001).collect();
    let fits = read(&compressed(BINARY, deflated(&noise[..10_000])), &limits);
    assert_eq!(fits.events, [Seen::Binary(noise[..10_000].to_vec())]);
    let too_big = Violation::InflatedTooBig { bytes_max: 10_000 };
    assert_eq!(
        read(&compressed(BINARY, deflated(&noise)), &limits),
        broken(too_big.clone())
    );
    assert_eq!(too_big.close_code(), 1009);
    // As sent it may not be larger either, and its length alone says so.
    let announced = read(&announce(FIN | RSV1 | BINARY, 10_001), &limits);
    assert!(matches!(announced.violation, Some(Violation::MessageTooBig { .. })));
}

#[test]
fn a_message_may_not_become_many_times_its_bytes() {
    let bomb = deflated(vec![b' '; 1 << 20]);
    let too_much = Violation::InflatedTooMuch { ratio_max: RATIO_MAX };
    assert!(bomb.len() * 900 < 1 << 20);
    assert_eq!(read(&compressed(TEXT, &bomb), &limits()), broken(too_much.clone()));
    assert_eq!(too_much.close_code(), 1009);
    let generous = Limits {
        inflated_ratio_max: Some(2_000),
        ..limits()
    };
    let passed = read(&compressed(TEXT, &bomb), &generous);
    assert_eq!(passed.events, [Seen::Text(" ".repeat(1 << 20))]);
    // Small messages are free.
    let small = " ".repeat(INFLATED_FREE_BYTES);
    assert_eq!(read(&compressed(TEXT, deflated(&small)), &limits()), text(&small));
    let more = " ".repeat(INFLATED_FREE_BYTES + 1);
    assert_eq!(read(&compressed(TEXT, deflated(&more)), &limits()), broken(too_much));
}

/// Tables of a block cost more than what stands in it: a message must not be made of them.
#[test]
fn a_message_has_no_more_blocks_than_its_size_allows() {
    let stored = |text: &[u8]| {
        let length = u16::try_from(text.len()).unwrap();
        let [low, high] = length.to_le_bytes();
        [&[0, low, high, !low, !high], text].concat()
    };
    // Final blocks of fixed codes, and blocks that are not compressed, all of them empty.
    for block in [vec![3, 0], stored(b"")] {
        let payload = block.repeat(BLOCKS_FREE * 4);
        let blocks_max = BLOCKS_FREE + payload.len() / BLOCK_BYTES;
        let too_many = Violation::TooManyBlocks { blocks_max };
        assert_eq!(read(&compressed(BINARY, &payload), &limits()), broken(too_many.clone()));
        assert_eq!(too_many.close_code(), 1009);
    }
    // What is behind them is the beginning of a block whose end senders cut.
    let few = [stored(b"").repeat(BLOCKS_FREE / 2), vec![0]].concat();
    let few = read(&compressed(BINARY, few), &limits());
    assert_eq!(few.events, [Seen::Binary(vec![])]);
    // As many as one wants, where they have the size.
    let text = [b'a'; BLOCK_BYTES];
    let many = [stored(&text).repeat(BLOCKS_FREE * 4), vec![0]].concat();
    let many = read(&compressed(BINARY, many), &limits());
    assert_eq!(many.events, [Seen::Binary(text.repeat(BLOCKS_FREE * 4))]);
}

#[test]
fn a_message_is_flushed_once_whatever_its_size() {
    let mut dice = fastrand::Rng::with_seed(7);
    let noise: Vec<u8> = std::iter::repeat_with(|| dice.u8(..)).take(1_500).collect();
    let mut used = Deflater::new(1);
    used.deflate(&vec![7; 1 << 16]);
    for length in 0..noise.len() {
        let payload = &noise[..length];
        let deflated = Deflater::new(1).deflate(payload).to_vec();
        // Room that is left from before changes nothing.
        assert_eq!(deflated, used.deflate(payload), "{length} bytes");
        assert!(
            !deflated.ends_with(&[0x00, 0x00, 0x00, 0xff, 0xff, 0x00]),
            "{length} bytes"
        );
    }
}

/// Compresses as another sender might: in parts, with blocks of its own choice.
fn written_by_others(parts: &[Vec<u8>], level: u32, flush: FlushCompress) -> Vec<u8> {
    let mut stream = Compress::new(Compression::new(level), false);
    let mut out = Vec::with_capacity(64 << 10);
    for part in parts {
        stream.compress_vec(part, &mut out, flush).expect("DEFLATE takes all");
    }
    stream
        .compress_vec(&[], &mut out, FlushCompress::Full)
        .expect("DEFLATE takes all");
    out.truncate(out.len() - 4);
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_compressed_is_inflated(payload in vec(any::<u8>(), 0..9_000), level in 1..=9_u32) {
        let mut stream = Vec::new();
        let mut deflater = Deflater::new(level);
        // The second time says whether the first left something.
        for _ in 0..2 {
            deflater.append_frame(Opcode::Binary, &payload, &mut stream);
        }
        let sent = deflater.deflate(&payload).to_vec();
        let outcome = read(&[compressed(BINARY, &sent), compressed(BINARY, &sent)].concat(), &limits());
        prop_assert_eq!(outcome.events, vec![Seen::Binary(payload.clone()), Seen::Binary(payload)]);
        prop_assert_eq!(stream[0], FIN | RSV1 | BINARY);
        let (first, second) = stream.split_at(stream.len() / 2);
        prop_assert_eq!(first, second);
        prop_assert!(first.ends_with(&sent));
    }

    #[test]
    fn blocks_of_all_kinds_are_read_in_any_fragments(
        parts in vec(vec(prop_oneof![3 => Just(b'a'), 1 => any::<u8>()], 0..300), 0..6),
        level in 0..=9_u32,
        is_full in prop::bool::ANY,
        lengths in vec(1..40_usize, 1..5),
    ) {
        let flush = if is_full { FlushCompress::Full } else { FlushCompress::Sync };
        let payload = written_by_others(&parts, level, flush);
        let mut stream = frame(RSV1 | BINARY, "");
        let mut rest = payload.as_slice();
        for length in lengths.iter().cycle().take(900) {
            let (piece, behind) = rest.split_at(rest.len().min(*length));
            stream.extend(frame(CONTINUATION, piece));
            rest = behind;
        }
        stream.extend(frame(FIN | CONTINUATION, rest));
        let outcome = read_in_pieces(stream.chunks(lengths[0]), &limits());
        prop_assert_eq!(outcome.violation, None);
        prop_assert_eq!(outcome.events, vec![Seen::Binary(parts.concat())]);
    }

    #[test]
    fn arbitrary_compressed_bytes_never_pass_a_bound(payload in vec(any::<u8>(), 0..600)) {
        let limits = Limits { message_bytes_max: 8_000, message_age_max: Duration::from_secs(1), ..limits() };
        for event in read(&compressed(BINARY, payload), &limits).events {
            prop_assert!(matches!(event, Seen::Binary(bytes) if bytes.len() <= 8_000));
        }
    }
}
