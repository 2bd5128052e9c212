//! Does the decoder keep every rule that Autobahn's groups 1 to 7 ask about?
//!
//! The rules are data: a stream of client bytes, the events it must give, the code that ends it.
//! Each stream is read whole, a byte at a time, and cut in two at every byte.

use omnibus_websocket::Limits;

use crate::client::{
    BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, Seen, TEXT, announce, close, frame, masked, read, read_in_pieces,
    unmasked,
};

/// Longer streams are cut at a sample of their bytes only.
const CUT_EVERYWHERE_BYTES_MAX: usize = 2_000;

struct Rule {
    /// The group of Autobahn cases that asks about it.
    group: &'static str,
    name: &'static str,
    stream: Vec<u8>,
    events: Vec<Seen>,
    close_code: Option<u16>,
}

/// A stream that is well.
fn good(group: &'static str, name: &'static str, frames: &[Vec<u8>], events: &[Seen]) -> Rule {
    Rule {
        group,
        name,
        stream: frames.concat(),
        events: events.to_vec(),
        close_code: None,
    }
}

/// A stream that ends in a violation after `events`.
fn bad(group: &'static str, name: &'static str, frames: &[Vec<u8>], events: &[Seen], close_code: u16) -> Rule {
    Rule {
        group,
        name,
        stream: frames.concat(),
        events: events.to_vec(),
        close_code: Some(close_code),
    }
}

fn seen_text(text: &str) -> Seen {
    Seen::Text(text.to_owned())
}

fn seen_ping(payload: &[u8]) -> Seen {
    Seen::Ping(payload.to_vec())
}

fn framing() -> Vec<Rule> {
    let mut rules = Vec::new();
    for length in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537] {
        let text = "*".repeat(length);
        rules.push(good(
            "1.1",
            "text_of_every_length_form",
            &[frame(FIN | TEXT, &text)],
            &[seen_text(&text)],
        ));
        let bytes = vec![0xfe; length];
        rules.push(good(
            "1.2",
            "binary_of_every_length_form",
            &[frame(FIN | BINARY, &bytes)],
            &[Seen::Binary(bytes.clone())],
        ));
    }
    rules.extend([
        bad(
            "1",
            "16_bit_length_is_minimal",
            &[vec![0x81, 0xfe, 0, 125, 1, 2, 3, 4]],
            &[],
            1002,
        ),
        bad(
            "1",
            "64_bit_length_is_minimal",
            &[vec![0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4]],
            &[],
            1002,
        ),
        bad(
            "1",
            "64_bit_length_has_no_top_bit",
            &[vec![0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 1]],
            &[],
            1002,
        ),
        bad(
            "1",
            "client_frames_are_masked",
            &[unmasked(FIN | TEXT, b"x")],
            &[],
            1002,
        ),
    ]);
    rules
}

fn pings_and_pongs() -> Vec<Rule> {
    let binary = [0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff];
    let largest = [0xfe; 125];
    let many: Vec<Vec<u8>> = (0..10_u8).map(|i| frame(FIN | PING, [i])).collect();
    let many_seen: Vec<Seen> = (0..10_u8).map(|i| seen_ping(&[i])).collect();
    vec![
        good(
            "2.1",
            "ping_without_payload",
            &[frame(FIN | PING, b"")],
            &[seen_ping(b"")],
        ),
        good(
            "2.2",
            "ping_with_text",
            &[frame(FIN | PING, b"Hello")],
            &[seen_ping(b"Hello")],
        ),
        good(
            "2.3",
            "ping_with_bytes",
            &[frame(FIN | PING, binary)],
            &[seen_ping(&binary)],
        ),
        good(
            "2.4",
            "ping_with_125_bytes",
            &[frame(FIN | PING, largest)],
            &[seen_ping(&largest)],
        ),
        bad(
            "2.5",
            "ping_with_126_bytes_is_refused",
            &[frame(FIN | PING, [0xfe; 126])],
            &[],
            1002,
        ),
        good(
            "2.7",
            "unasked_pong",
            &[frame(FIN | PONG, b"x")],
            &[Seen::Pong(b"x".to_vec())],
        ),
        good(
            "2.9",
            "unasked_pong_then_ping",
            &[frame(FIN | PONG, b"x"), frame(FIN | PING, b"y")],
            &[Seen::Pong(b"x".to_vec()), seen_ping(b"y")],
        ),
        good("2.10", "ten_pings_in_order", &many, &many_seen),
    ]
}

fn reserved_bits_and_opcodes() -> Vec<Rule> {
    let mut rules = Vec::new();
    let hello = frame(FIN | TEXT, b"Hello");
    for bits in 1..=7_u8 {
        for opcode in [TEXT, BINARY, PING, PONG, CLOSE] {
            rules.push(bad(
                "3",
                "reserved_bits_are_refused_after_what_came_before",
                &[hello.clone(), frame(FIN | bits << 4 | opcode, b"Hello"), hello.clone()],
                &[seen_text("Hello")],
                1002,
            ));
        }
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in [&b""[..], b"reserved opcode payload"] {
            rules.push(bad(
                "4",
                "reserved_opcodes_are_refused_after_what_came_before",
                &[hello.clone(), frame(FIN | opcode, payload), frame(FIN | PING, b"")],
                &[seen_text("Hello")],
                1002,
            ));
        }
    }
    rules
}

fn fragmentation() -> Vec<Rule> {
    let (first, last) = (frame(TEXT, b"fragment1"), frame(FIN | CONTINUATION, b"fragment2"));
    let (ping, whole) = (frame(FIN | PING, b"ping"), seen_text("fragment1fragment2"));
    let middle = |payload: &str| frame(CONTINUATION, payload);
    vec![
        bad(
            "5.1",
            "fragmented_ping_is_refused",
            &[frame(PING, b"fragment1"), last.clone()],
            &[],
            1002,
        ),
        bad(
            "5.2",
            "fragmented_pong_is_refused",
            &[frame(PONG, b"fragment1"), last.clone()],
            &[],
            1002,
        ),
        bad("5", "fragmented_close_is_refused", &[frame(CLOSE, b"")], &[], 1002),
        good(
            "5.3",
            "text_in_two_fragments",
            &[first.clone(), last.clone()],
            std::slice::from_ref(&whole),
        ),
        good(
            "5.6",
            "ping_between_fragments_comes_first",
            &[first.clone(), ping.clone(), last.clone()],
            &[seen_ping(b"ping"), whole.clone()],
        ),
        bad(
            "5.9",
            "stray_last_fragment_is_refused",
            &[last.clone(), frame(FIN | TEXT, b"x")],
            &[],
            1002,
        ),
        bad(
            "5.12",
            "stray_fragment_is_refused",
            &[middle("x"), frame(FIN | TEXT, b"x")],
            &[],
            1002,
        ),
        bad(
            "5.15",
            "fragment_after_a_finished_message_is_refused",
            &[
                first.clone(),
                last.clone(),
                middle("fragment3"),
                frame(TEXT, b"fragment4"),
            ],
            std::slice::from_ref(&whole),
            1002,
        ),
        bad(
            "5.16",
            "continuation_does_not_begin_a_message",
            &[middle("a"), first.clone(), last.clone()],
            &[],
            1002,
        ),
        bad(
            "5.18",
            "new_message_inside_a_message_is_refused",
            &[first.clone(), first.clone()],
            &[],
            1002,
        ),
        bad(
            "5.18",
            "whole_message_inside_a_message_is_refused",
            &[first.clone(), ping.clone(), frame(FIN | BINARY, b"x")],
            &[seen_ping(b"ping")],
            1002,
        ),
        good(
            "5.19",
            "five_fragments_with_pings_in_between",
            &[
                frame(TEXT, b"a"),
                middle("b"),
                ping.clone(),
                middle("c"),
                middle("d"),
                frame(FIN | PING, b"pong"),
                frame(FIN | CONTINUATION, b"e"),
            ],
            &[seen_ping(b"ping"), seen_ping(b"pong"), seen_text("abcde")],
        ),
        good(
            "5",
            "binary_in_fragments_some_of_them_empty",
            &[
                frame(BINARY, b""),
                middle(""),
                middle("\u{0}"),
                frame(FIN | CONTINUATION, b""),
            ],
            &[Seen::Binary(vec![0])],
        ),
        good(
            "5",
            "pong_and_close_between_fragments",
            &[first, frame(FIN | PONG, b""), close(1000, "")],
            &[Seen::Pong(Vec::new()), Seen::Close(Some((1000, String::new())))],
        ),
    ]
}

fn utf8() -> Vec<Rule> {
    let mut rules = vec![
        good("6.1", "empty_text", &[frame(FIN | TEXT, b"")], &[seen_text("")]),
        good(
            "6.1",
            "three_empty_fragments",
            &[
                frame(TEXT, b""),
                frame(CONTINUATION, b""),
                frame(FIN | CONTINUATION, b""),
            ],
            &[seen_text("")],
        ),
        good(
            "6.1",
            "empty_fragments_around_text",
            &[
                frame(TEXT, b""),
                frame(CONTINUATION, b"middle"),
                frame(FIN | CONTINUATION, b""),
            ],
            &[seen_text("middle")],
        ),
    ];
    let valid = "Hello-µ@ßöäüàá-UTF-8!! κόσμε \u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{fffd}\u{fffe}\u{ffff}\
                 \u{10000}\u{1fffe}\u{10ffff} \u{0}";
    rules.push(good(
        "6.2",
        "valid_text_in_one_frame",
        &[frame(FIN | TEXT, valid)],
        &[seen_text(valid)],
    ));
    for cut in 0..=valid.len() {
        let (left, right) = valid.as_bytes().split_at(cut);
        rules.push(good(
            "6.2",
            "valid_text_cut_between_any_two_bytes",
            &[frame(TEXT, left), frame(FIN | CONTINUATION, right)],
            &[seen_text(valid)],
        ));
    }
    rules.push(good(
        "6.2",
        "valid_text_in_fragments_of_one_byte",
        &valid
            .bytes()
            .enumerate()
            .map(|(i, byte)| frame(if i == 0 { TEXT } else { CONTINUATION }, [byte]))
            .chain([frame(FIN | CONTINUATION, b"")])
            .collect::<Vec<_>>(),
        &[seen_text(valid)],
    ));
    for invalid in INVALID_UTF8 {
        let bytes = [b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", *invalid, b"edited"].concat();
        rules.push(bad(
            "6.3",
            "invalid_text_is_refused",
            &[frame(FIN | TEXT, &bytes)],
            &[],
            1007,
        ));
        rules.push(bad(
            "6.3",
            "invalid_text_in_fragments_of_one_byte_is_refused",
            &bytes
                .iter()
                .enumerate()
                .map(|(i, byte)| frame(if i == 0 { TEXT } else { CONTINUATION }, [*byte]))
                .collect::<Vec<_>>(),
            &[],
            1007,
        ));
        rules.push(bad(
            "6",
            "text_does_not_end_in_it",
            &[frame(FIN | TEXT, invalid)],
            &[],
            1007,
        ));
        // The frame announces more than ever arrives, and the message has no end.
        rules.push(bad(
            "6.4",
            "invalid_text_is_refused_inside_an_unfinished_frame",
            &[announce(TEXT, 1_000), masked(&bytes)],
            &[],
            1007,
        ));
        rules.push(bad(
            "6.4",
            "invalid_text_is_refused_before_its_message_ends",
            &[frame(TEXT, b"valid"), frame(CONTINUATION, &bytes)],
            &[],
            1007,
        ));
    }
    for unfinished in [&b"\xce"[..], b"\xe1\xbd", b"\xf0\x9f\x98"] {
        rules.push(bad(
            "6.6",
            "text_that_ends_inside_a_character_is_refused",
            &[frame(FIN | TEXT, unfinished)],
            &[],
            1007,
        ));
        rules.push(bad(
            "6.6",
            "fragments_that_end_inside_a_character_are_refused",
            &[
                frame(TEXT, b"a"),
                frame(CONTINUATION, unfinished),
                frame(FIN | CONTINUATION, b""),
            ],
            &[],
            1007,
        ));
        rules.push(good(
            "6.6",
            "an_unfinished_character_may_still_be_finished",
            &[frame(TEXT, unfinished)],
            &[],
        ));
        rules.push(good(
            "6",
            "binary_is_not_text",
            &[frame(FIN | BINARY, unfinished)],
            &[Seen::Binary(unfinished.to_vec())],
        ));
    }
    rules
}

/// Sequences that no continuation can make valid: stray and missing continuation bytes, overlong
/// forms, surrogates, what lies beyond the last code point, bytes that never occur.
const INVALID_UTF8: &[&[u8]] = &[
    b"\x80",
    b"\xbf",
    b"\x80\xbf\x80\xbf",
    b"\xce ",
    b"\xe1\xbd ",
    b"\xf0\x9f\x98 ",
    b"\xf0\x9f ",
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xed\xa0\x80",
    b"\xed\xaf\xbf",
    b"\xed\xb0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xfe",
    b"\xff",
];

fn closing() -> Vec<Rule> {
    let reason = "x".repeat(123);
    let seen_close = |code: u16, reason: &str| Seen::Close(Some((code, reason.to_owned())));
    let mut rules = vec![
        good(
            "7.1.1",
            "message_then_close",
            &[frame(FIN | TEXT, b"Hello World!"), close(1000, "")],
            &[seen_text("Hello World!"), seen_close(1000, "")],
        ),
        good(
            "7.1.2",
            "what_follows_a_close_is_not_read",
            &[close(1000, ""), close(1001, "")],
            &[seen_close(1000, "")],
        ),
        good(
            "7.1.5",
            "close_inside_a_message_ends_it",
            &[
                frame(TEXT, b"fragment1"),
                close(1000, ""),
                frame(FIN | CONTINUATION, b"fragment2"),
            ],
            &[seen_close(1000, "")],
        ),
        good(
            "7.3.1",
            "close_without_payload",
            &[frame(FIN | CLOSE, b"")],
            &[Seen::Close(None)],
        ),
        bad(
            "7.3.2",
            "close_with_one_byte_is_refused",
            &[frame(FIN | CLOSE, b"a")],
            &[],
            1002,
        ),
        good(
            "7.3.4",
            "close_with_a_reason",
            &[close(1000, "Hello World!")],
            &[seen_close(1000, "Hello World!")],
        ),
        good(
            "7.3.5",
            "close_with_the_longest_reason",
            &[close(1000, &reason)],
            &[seen_close(1000, &reason)],
        ),
        bad(
            "7.3.6",
            "close_with_a_longer_reason_is_refused",
            &[close(1000, "x".repeat(124))],
            &[],
            1002,
        ),
        bad(
            "7.5.1",
            "close_reason_is_utf8",
            &[close(1000, b"\xce\xba\xed\xa0\x80edited")],
            &[],
            1007,
        ),
        bad(
            "7.5.1",
            "close_reason_ends_with_a_whole_character",
            &[close(1000, b"\xce")],
            &[],
            1007,
        ),
    ];
    for code in [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ] {
        rules.push(good(
            "7.7",
            "valid_close_codes",
            &[close(code, "")],
            &[seen_close(code, "")],
        ));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        rules.push(bad(
            "7.9",
            "invalid_close_codes_are_refused",
            &[close(code, "")],
            &[],
            1002,
        ));
    }
    rules
}

fn rules() -> Vec<Rule> {
    [
        framing(),
        pings_and_pongs(),
        reserved_bits_and_opcodes(),
        fragmentation(),
        utf8(),
        closing(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_rule_holds_for_a_stream_read_whole() {
    for rule in rules() {
        let outcome = read(&rule.stream, &Limits::default());
        let close_code = outcome.violation.map(|violation| violation.close_code());
        assert_eq!(
            (&outcome.events, close_code),
            (&rule.events, rule.close_code),
            "{} {}: {:x?}",
            rule.group,
            rule.name,
            &rule.stream[..rule.stream.len().min(64)]
        );
    }
}

#[test]
fn every_rule_holds_for_a_stream_read_a_byte_at_a_time() {
    for rule in rules() {
        let whole = read(&rule.stream, &Limits::default());
        let outcome = read_in_pieces(rule.stream.chunks(1), &Limits::default());
        assert_eq!(outcome, whole, "{} {}", rule.group, rule.name);
    }
}

#[test]
fn every_rule_holds_for_a_stream_cut_in_two_at_any_byte() {
    for rule in rules() {
        let whole = read(&rule.stream, &Limits::default());
        let step = rule.stream.len().div_ceil(CUT_EVERYWHERE_BYTES_MAX).max(1);
        for cut in (0..=rule.stream.len()).step_by(step) {
            let (left, right) = rule.stream.split_at(cut);
            let outcome = read_in_pieces([left, right], &Limits::default());
            assert_eq!(outcome, whole, "{} {}: cut at {cut}", rule.group, rule.name);
        }
    }
}
