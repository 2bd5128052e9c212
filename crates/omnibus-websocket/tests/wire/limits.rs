//! Do the limits hold, and does an idle or unfinished connection cost only what has arrived?

use std::time::{Duration, Instant};

use omnibus_websocket::{Decoder, Event, Limits, Violation};

use crate::client::{BINARY, CONTINUATION, FIN, PING, Seen, TEXT, announce, frame, masked, read};

fn limits() -> Limits {
    Limits {
        message_bytes_max: 1_000,
        fragments_max: 4,
        message_age_max: Duration::from_secs(10),
        inflated_ratio_max: None,
    }
}

/// Feeds all of `input`, which is to give no event.
fn feed(decoder: &mut Decoder, mut input: Vec<u8>, now: Instant) {
    let decoded = decoder.decode(&mut input, &limits(), now);
    assert_eq!(decoded.event, Ok(None));
}

#[test]
fn message_of_exactly_the_limit_passes_and_one_byte_more_is_1009() {
    assert_eq!(read(&frame(FIN | TEXT, [b'x'; 1_000]), &limits()).events.len(), 1);
    let outcome = read(&frame(FIN | TEXT, [b'x'; 1_001]), &limits());
    let violation = Violation::MessageTooBig {
        bytes: 1_001,
        bytes_max: 1_000,
    };
    assert_eq!(violation.close_code(), 1009);
    assert_eq!(outcome.violation, Some(violation));
}

#[test]
fn declared_length_is_refused_before_any_payload_arrives() {
    for length in [1_001, 1 << 20, 1 << 40, i64::MAX as u64] {
        let outcome = read(&announce(FIN | BINARY, length), &limits());
        assert_eq!(
            outcome.violation,
            Some(Violation::MessageTooBig {
                bytes: length,
                bytes_max: 1_000
            })
        );
    }
}

#[test]
fn sum_of_the_fragments_is_limited_like_a_whole_message() {
    let (first, rest) = (frame(BINARY, [0; 600]), frame(FIN | CONTINUATION, [0; 400]));
    assert_eq!(
        read(&[first.clone(), rest].concat(), &limits()).events,
        [Seen::Binary(vec![0; 1_000])]
    );

    let outcome = read(&[first, announce(FIN | CONTINUATION, 401)].concat(), &limits());
    assert_eq!(
        outcome.violation,
        Some(Violation::MessageTooBig {
            bytes: 1_001,
            bytes_max: 1_000
        })
    );
}

#[test]
fn bytes_of_an_unfinished_character_count_for_the_limit() {
    let outcome = read(
        &[frame(TEXT, b"\xf0\x9f\x98"), announce(CONTINUATION, 998)].concat(),
        &limits(),
    );
    assert_eq!(
        outcome.violation,
        Some(Violation::MessageTooBig {
            bytes: 1_001,
            bytes_max: 1_000
        })
    );
}

#[test]
fn empty_fragments_count_and_control_frames_in_between_do_not() {
    let (empty, ping) = (frame(CONTINUATION, b""), frame(FIN | PING, b""));
    let pings = ping.repeat(20);
    let four = [
        frame(TEXT, b""),
        empty.clone(),
        pings,
        empty.clone(),
        frame(FIN | CONTINUATION, b""),
    ]
    .concat();
    assert_eq!(read(&four, &limits()).events.last(), Some(&Seen::Text(String::new())));

    let five = [frame(TEXT, b""), empty.repeat(4)].concat();
    let violation = Violation::TooManyFragments { fragments_max: 4 };
    assert_eq!(violation.close_code(), 1009);
    assert_eq!(read(&five, &limits()).violation, Some(violation));
}

#[test]
fn message_that_is_unfinished_for_too_long_is_refused_when_it_goes_on() {
    let mut decoder = Decoder::new();
    let start = Instant::now();
    feed(&mut decoder, frame(TEXT, b"a"), start);
    feed(&mut decoder, frame(CONTINUATION, b"b"), start + Duration::from_secs(9));
    assert_eq!(decoder.deadline(&limits()), Some(start + Duration::from_secs(10)));

    let mut last = frame(FIN | CONTINUATION, b"c");
    let decoded = decoder.decode(&mut last, &limits(), start + Duration::from_secs(10));
    let violation = Violation::MessageTooOld {
        age_max: Duration::from_secs(10),
    };
    assert_eq!(violation.close_code(), 1008);
    assert_eq!(decoded.event, Err(violation));
}

#[test]
fn age_is_measured_from_the_first_byte_and_a_ping_in_between_does_not_reset_it() {
    let mut decoder = Decoder::new();
    let start = Instant::now();
    let whole = frame(TEXT, b"a");
    feed(&mut decoder, whole[..1].to_vec(), start);
    feed(&mut decoder, whole[1..].to_vec(), start + Duration::from_secs(5));
    let mut ping = frame(FIN | PING, b"");
    let decoded = decoder.decode(&mut ping, &limits(), start + Duration::from_secs(6));
    assert_eq!(decoded.event, Ok(Some(Event::Ping(b""))));
    assert_eq!(decoder.deadline(&limits()), Some(start + Duration::from_secs(10)));
}

#[test]
fn age_begins_afresh_with_every_message() {
    let mut decoder = Decoder::new();
    let start = Instant::now();
    for round in 0..5 {
        let now = start + Duration::from_secs(9 * round);
        feed(&mut decoder, frame(TEXT, b"a"), now);
        let mut last = frame(FIN | CONTINUATION, b"b");
        let decoded = decoder.decode(&mut last, &limits(), now + Duration::from_secs(8));
        assert_eq!(decoded.event, Ok(Some(Event::Text("ab"))));
        assert_eq!(decoder.deadline(&limits()), None);
    }
}

#[test]
fn limit_without_end_has_no_deadline() {
    let mut decoder = Decoder::new();
    feed(&mut decoder, frame(TEXT, b"a"), Instant::now());
    assert_eq!(
        decoder.deadline(&Limits {
            message_age_max: Duration::MAX,
            ..limits()
        }),
        None
    );
}

#[test]
fn complete_frame_is_handed_out_where_it_lies() {
    let mut decoder = Decoder::new();
    let mut input = frame(FIN | TEXT, b"in place");
    let payload_at = input.as_ptr() as usize + 6;
    let decoded = decoder.decode(&mut input, &limits(), Instant::now());
    let Ok(Some(Event::Text(text))) = decoded.event else {
        panic!("{decoded:?}")
    };
    assert_eq!((text, text.as_ptr() as usize), ("in place", payload_at));
    assert!(decoder.is_idle());
    assert_eq!(decoder.buffered_bytes(), 0);
}

#[test]
fn unfinished_frame_keeps_what_has_arrived_and_not_what_was_announced() {
    let mut decoder = Decoder::new();
    let now = Instant::now();
    feed(&mut decoder, announce(FIN | BINARY, 1_000), now);
    assert_eq!(decoder.buffered_bytes(), 0);
    feed(&mut decoder, masked(b"1234"), now);
    assert_eq!(decoder.buffered_bytes(), 4);
    assert!(!decoder.is_idle());
}

#[test]
fn decoder_is_empty_again_after_the_call_that_follows_an_event() {
    for stream in [
        frame(FIN | TEXT, b"message"),
        frame(FIN | PING, b"ping"),
        [frame(BINARY, b"a"), frame(FIN | CONTINUATION, b"b")].concat(),
    ] {
        for cut in 0..stream.len() {
            let mut decoder = Decoder::new();
            let now = Instant::now();
            feed(&mut decoder, stream[..cut].to_vec(), now);
            let mut rest = stream[cut..].to_vec();
            let decoded = decoder.decode(&mut rest, &limits(), now);
            assert!(matches!(decoded.event, Ok(Some(_))), "cut at {cut}: {decoded:?}");
            assert!(decoder.is_idle(), "cut at {cut}");
            feed(&mut decoder, Vec::new(), now);
            assert_eq!(decoder.buffered_bytes(), 0, "cut at {cut}");
        }
    }
}

#[test]
fn limits_may_grow_during_a_connection() {
    let mut decoder = Decoder::new();
    let now = Instant::now();
    feed(&mut decoder, frame(BINARY, [0; 900]), now);
    let wider = Limits {
        message_bytes_max: 2_000,
        ..limits()
    };
    let mut rest = frame(FIN | CONTINUATION, [0; 900]);
    assert_eq!(
        decoder.decode(&mut rest, &wider, now).event,
        Ok(Some(Event::Binary(&[0; 1_800])))
    );
}
