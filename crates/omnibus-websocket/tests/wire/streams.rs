//! Does a stream mean the same however it is cut, and can any bytes at all break the decoder?

use omnibus_websocket::{HeadLimits, Limits, parse_head, upgrade};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::client::{CLOSE, CONTINUATION, FIN, PING, PONG, frame, read, read_in_pieces};

/// Small enough that random streams meet them.
fn limits() -> Limits {
    Limits {
        message_bytes_max: 400,
        fragments_max: 6,
        ..Limits::default()
    }
}

/// Frames that are mostly well-formed, so that streams get far.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        4 => "[a-zéẞ😀]{0,40}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..40),
        1 => vec(any::<u8>(), 120..300),
    ];
    let first = prop_oneof![
        6 => (prop::bool::ANY, 0..=2_u8).prop_map(|(fin, opcode)| if fin { FIN | opcode } else { opcode }),
        3 => prop_oneof![Just(FIN | PING), Just(FIN | PONG), Just(CONTINUATION), Just(FIN | CONTINUATION)],
        1 => Just(FIN | CLOSE),
        1 => any::<u8>(),
    ];
    (first, payload).prop_map(|(first, payload)| frame(first, payload))
}

/// Cuts `stream` behind each of `lengths`, used again and again.
fn pieces<'a>(stream: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = stream;
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(rest.len().min(*length));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stream_means_the_same_however_it_is_cut(
        frames in vec(any_frame(), 1..12),
        lengths in vec(1..60_usize, 1..8),
    ) {
        let stream = frames.concat();
        let whole = read(&stream, &limits());
        prop_assert_eq!(&read_in_pieces(pieces(&stream, &lengths), &limits()), &whole);
        prop_assert_eq!(&read_in_pieces(stream.chunks(1), &limits()), &whole);
    }

    #[test]
    fn arbitrary_bytes_never_panic(stream in vec(any::<u8>(), 0..600), lengths in vec(1..60_usize, 1..8)) {
        let whole = read(&stream, &limits());
        prop_assert_eq!(read_in_pieces(pieces(&stream, &lengths), &limits()), whole);
    }

    #[test]
    fn arbitrary_heads_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        let head = [b"GET / HTTP/1.1\r\n".as_slice(), &bytes, b"\r\n\r\n"].concat();
        for buf in [&bytes, &head] {
            if let Ok(Some((head, consumed))) = parse_head(buf, &HeadLimits::default()) {
                prop_assert!(consumed <= buf.len());
                prop_assert!(upgrade(&head).is_err());
            }
        }
    }
}
