//! Does omnibusd keep the rules of RFC 6455, and hold clients to them?
//!
//! The well-behaved clients here are tungstenite's, which takes no broken frame; the others send
//! raw bytes.

use std::time::{Duration, Instant};

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::raw::{Frame, Raw, Received, opcode};
use omnibus_tests::repository;
use toml_edit::DocumentMut;
use tungstenite::Message;
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::CloseFrame;

const AUTHENTICATED: &str = r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#;
const SUBSCRIBED: &str = r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "foo"}}"#;

/// The most that a client may send in one message, before and after authentication.
const UNAUTHENTICATED_BYTES_MAX: usize = 16 << 10;
const BYTES_MAX: usize = 1 << 20;

#[test]
fn broken_frames_close_with_1002() {
    let text = Frame::text("!authenticate:A");
    let with = |change: &dyn Fn(&mut Frame<'static>)| {
        let mut frame = text.clone();
        change(&mut frame);
        frame.to_bytes()
    };
    let control = |opcode, payload| Frame::new(opcode, payload).to_bytes();
    let unfinished = with(&|frame| frame.fin = false);
    let mut cases = vec![
        ("an unmasked frame", with(&|frame| frame.mask = false)),
        (
            "an unmasked ping",
            with(&|frame| (frame.mask, frame.opcode) = (false, opcode::PING)),
        ),
        (
            "a ping in fragments",
            with(&|frame| (frame.fin, frame.opcode) = (false, opcode::PING)),
        ),
        (
            "a close in fragments",
            with(&|frame| (frame.fin, frame.opcode) = (false, opcode::CLOSE)),
        ),
        (
            "a continuation of nothing",
            with(&|frame| frame.opcode = opcode::CONTINUATION),
        ),
        ("a text within a text", [unfinished.clone(), text.to_bytes()].concat()),
        (
            "a binary within a text",
            [unfinished, with(&|frame| frame.opcode = opcode::BINARY)].concat(),
        ),
        ("a ping of 126 bytes", control(opcode::PING, &[b'x'; 126])),
        ("a pong of 126 bytes", control(opcode::PONG, &[b'x'; 126])),
        ("a close of 126 bytes", control(opcode::CLOSE, &[b'x'; 126])),
        ("a close of one byte", control(opcode::CLOSE, &[3])),
        ("a length of 5 in 16 bits", vec![0x81, 0xfe, 0, 5]),
        ("a length of 200 in 64 bits", vec![0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 200]),
        (
            "a length with its highest bit set",
            vec![0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0],
        ),
    ];
    cases.extend([1, 2, 4, 7].map(|rsv| ("reserved bits", with(&|frame| frame.rsv = rsv))));
    cases.extend([3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(|op| ("a reserved opcode", with(&|frame| frame.opcode = op))));
    let node = Node::start();
    for (what, bytes) in cases {
        let mut raw = Raw::websocket(node.address());
        raw.write(&bytes).expect("the server reads");
        expect_close(&mut raw, 1002, what);
    }
}

#[test]
fn text_that_is_not_utf8_closes_with_1007() {
    let cases: [(&str, &[&[u8]]); 9] = [
        ("a lone continuation byte", &[b"\x80"]),
        ("a byte that no text has", &[b"foo:\xff"]),
        ("an overlong slash", &[b"\xc0\xaf"]),
        ("an overlong NUL", &[b"\xe0\x80\x80"]),
        ("a surrogate", &[b"\xed\xa0\x80"]),
        ("more than U+10FFFF", &[b"\xf4\x90\x80\x80"]),
        ("a character that is cut", &[b"caf\xc3"]),
        (
            "a character that is cut at the end of its fragments",
            &[b"caf", b"\xc3"],
        ),
        ("a bad byte in the second fragment", &[b"caf\xc3", b"\x28 and more"]),
    ];
    let node = Node::start();
    for (what, parts) in cases {
        let mut raw = Raw::websocket(node.address());
        raw.write(&fragments(parts)).expect("the server reads");
        expect_close(&mut raw, 1007, what);
    }
}

#[test]
fn a_character_may_be_cut_by_a_fragment() {
    let node = Node::start();
    let mut raw = Raw::websocket(node.address());
    raw.write(&fragments(&[b"!caf\xc3", b"\xa9\xf0\x9f", b"", b"\x98\x80:"]))
        .expect("the server reads");
    raw.expect_text("!café😀:{\"type\": \"caf\\u00e9\\ud83d\\ude00\", \"success\": false, \"payload\": null}");
}

#[test]
fn a_message_in_many_fragments_with_pings_between_is_one_message() {
    let node = Node::start();
    let mut raw = joined(&node);
    let message = format!(r#"foo:{{"text":"{}"}}"#, "é".repeat(200));
    let bytes = message.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let opcode = if at == 0 { opcode::TEXT } else { opcode::CONTINUATION };
        let mut frame = Frame::new(opcode, std::slice::from_ref(byte));
        frame.fin = at + 1 == bytes.len();
        raw.send(&frame).expect("the server reads");
        let ping = Frame::new(opcode::PING, &[b'p', at as u8]).to_bytes();
        raw.write(&ping).expect("the server reads");
    }
    // The last ping stands behind the message.
    for at in 0..bytes.len() - 1 {
        assert_eq!(raw.receive(limits::ANSWER), pong(&[b'p', at as u8]));
    }
    let rest = [raw.receive(limits::ANSWER), raw.receive(limits::ANSWER)];
    assert!(rest.contains(&Received::text(&message)), "{rest:?}");
    assert!(rest.contains(&pong(&[b'p', (bytes.len() - 1) as u8])), "{rest:?}");
}

#[test]
fn bytes_may_come_one_by_one() {
    let node = Node::start();
    let mut raw = Raw::connect(node.address());
    for byte in Raw::upgrade_request(node.address()).as_bytes() {
        raw.write(&[*byte]).expect("the server reads");
    }
    assert_eq!(raw.response(false).status, 101);
    let texts = ["!authenticate:A", "!subscribe:foo", r#"foo:{"a":1}"#];
    for byte in texts.iter().flat_map(|text| Frame::text(text).to_bytes()) {
        raw.write(&[byte]).expect("the server reads");
    }
    for text in [AUTHENTICATED, SUBSCRIBED, r#"foo:{"a":1}"#] {
        raw.expect_text(text);
    }
}

#[test]
fn frames_may_follow_the_request_without_a_pause() {
    let node = Node::start();
    let mut raw = Raw::connect(node.address());
    let mut bytes = Raw::upgrade_request(node.address()).into_bytes();
    for text in ["!authenticate:A", "!subscribe:foo", r#"foo:{"a":1}"#] {
        bytes.extend(Frame::text(text).to_bytes());
    }
    raw.write(&bytes).expect("the server reads");
    assert_eq!(raw.response(false).status, 101);
    for text in [AUTHENTICATED, SUBSCRIBED, r#"foo:{"a":1}"#] {
        raw.expect_text(text);
    }
}

#[test]
fn pings_are_answered_with_their_payload_in_order() {
    let node = Node::start();
    let mut client = Client::connect(&node);
    let payloads: Vec<Vec<u8>> = (0..=125).map(|len| vec![b'0' + (len % 10) as u8; len]).collect();
    for payload in &payloads {
        client.send_message(Message::Ping(payload.clone().into()));
    }
    for payload in payloads {
        assert_eq!(client.hear(limits::ANSWER), Heard::Pong(payload));
    }
}

#[test]
fn pongs_that_nobody_asked_for_are_passed_over() {
    let node = Node::start();
    let mut client = Client::connect(&node);
    client.send_message(Message::Pong("unasked".into()));
    client.expect_nothing_before_a_pong();
}

#[test]
fn messages_of_every_length_arrive_as_they_were_sent() {
    let node = Node::start();
    let mut a = Client::joined(&node, "A", &["foo"]);
    let mut b = Client::joined(&node, "B", &["foo"]);
    // Around each form of the length, and the largest that a client may send.
    for len in [20, 125, 126, 127, 128, 65_535, 65_536, 65_537, BYTES_MAX] {
        let empty = r#"foo:{"text":""}"#.len();
        let message = format!(r#"foo:{{"text":"{}"}}"#, "x".repeat(len - empty));
        assert_eq!(message.len(), len);
        a.send(&message);
        a.expect(&message);
        b.expect(&message);
    }
}

#[test]
fn a_message_beyond_the_limit_closes_with_1009() {
    let node = Node::start();
    let too_much = |len: usize| vec![b'x'; len + 1];
    // The length alone says it: nothing of the message has to come.
    let announced = |len: usize| {
        let mut bytes = vec![0x81, 0xff];
        bytes.extend((len as u64).to_be_bytes());
        bytes.extend([0; 4]);
        bytes
    };
    let mut stranger = Raw::websocket(node.address());
    stranger
        .write(&announced(UNAUTHENTICATED_BYTES_MAX.max(65_536) + 1))
        .expect("the server reads");
    expect_close(&mut stranger, 1009, "announced by a stranger");

    let mut stranger = Raw::websocket(node.address());
    let message = too_much(UNAUTHENTICATED_BYTES_MAX);
    stranger
        .send(&Frame::new(opcode::TEXT, &message))
        .expect("the server reads");
    expect_close(&mut stranger, 1009, "16 KiB and one byte of a stranger");

    let mut known = joined(&node);
    known.write(&announced(BYTES_MAX + 1)).expect("the server reads");
    expect_close(&mut known, 1009, "announced");

    let mut known = joined(&node);
    known.write(&announced(usize::MAX >> 1)).expect("the server reads");
    expect_close(&mut known, 1009, "announced, as much as a length can say");

    let mut known = joined(&node);
    let message = too_much(BYTES_MAX);
    known
        .write(&fragments(&[&message[..BYTES_MAX / 2], &message[BYTES_MAX / 2..]]))
        .expect("the server reads");
    expect_close(&mut known, 1009, "in fragments");

    let mut known = joined(&node);
    let message = too_much(BYTES_MAX);
    known
        .send(&Frame::new(opcode::BINARY, &message))
        .expect("the server reads");
    expect_close(&mut known, 1009, "binary");
}

#[test]
fn a_stranger_may_send_16_kib_and_no_more() {
    let node = Node::start();
    let mut client = Client::connect(&node);
    // What follows the second colon is for an authenticator.
    let token = "t".repeat(UNAUTHENTICATED_BYTES_MAX - "!authenticate:A:".len());
    client.send(&format!("!authenticate:A:{token}"));
    client.expect(AUTHENTICATED);
    // Once known, the same length and one more is nothing special.
    client.send(&format!("!authenticate:A:{token}t"));
    client.expect(AUTHENTICATED);
}

#[test]
fn a_closing_client_is_answered_with_its_own_code() {
    let node = Node::start();
    for code in [
        1000, 1001, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ] {
        let mut client = Client::connect(&node);
        client.send_message(Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: "because".into(),
        })));
        client.expect_close(code);
    }
    let mut client = Client::connect(&node);
    client.send_message(Message::Close(None));
    assert_eq!(client.hear(limits::ANSWER), Heard::Close(None));
    assert_eq!(client.hear(limits::ANSWER), Heard::End);
}

#[test]
fn a_close_code_that_may_not_stand_in_a_frame_is_answered_with_1002() {
    let node = Node::start();
    for code in [
        0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535_u16,
    ] {
        let mut raw = Raw::websocket(node.address());
        raw.send(&Frame::new(opcode::CLOSE, &code.to_be_bytes()))
            .expect("the server reads");
        expect_close(&mut raw, 1002, &code.to_string());
    }
    let mut raw = Raw::websocket(node.address());
    raw.send(&Frame::new(opcode::CLOSE, b"\x03\xe8\xff"))
        .expect("the server reads");
    expect_close(&mut raw, 1007, "a reason that is not UTF-8");
}

#[test]
fn nothing_counts_that_follows_a_close_frame() {
    let node = Node::start();
    let mut witness = Client::joined(&node, "B", &["foo"]);
    let mut raw = joined(&node);
    let frames = [
        Frame::text(r#"foo:{"n":1}"#),
        Frame::new(opcode::CLOSE, b"\x03\xe8"),
        Frame::text(r#"foo:{"n":2}"#),
        Frame::new(opcode::PING, b"still there?"),
    ];
    let bytes: Vec<u8> = frames.iter().flat_map(Frame::to_bytes).collect();
    raw.write(&bytes).expect("the server reads");
    // Its own message may or may not come before the end; nothing may come after.
    let mut received = raw.receive(limits::ANSWER);
    if received == Received::text(r#"foo:{"n":1}"#) {
        received = raw.receive(limits::ANSWER);
    }
    assert_eq!(received.close(), (Some(1000), String::new()));
    assert_eq!(raw.receive(limits::ANSWER), Received::End);
    witness.expect(r#"foo:{"n":1}"#);
    witness.send(r#"foo:{"n":3}"#);
    witness.expect(r#"foo:{"n":3}"#);
}

#[test]
fn binary_that_is_no_text_is_ignored() {
    let node = Node::start();
    let mut client = Client::joined(&node, "A", &["foo"]);
    client.send_message(Message::binary(b"foo:\xff\xfe".to_vec()));
    client.expect_nothing_before_a_pong();
}

#[test]
fn the_hundred_and_first_malformed_message_closes_with_1008() {
    let node = Node::start();
    for malformed in ["", "no colon", "!subscribe", "foo:not json", r#"foo:{"offset":1}"#] {
        let mut client = joined(&node);
        for _ in 0..100 {
            client.send_text(malformed);
        }
        client
            .send(&Frame::new(opcode::PING, b"so far so good"))
            .expect("the server reads");
        assert_eq!(skip_texts(&mut client), pong(b"so far so good"), "{malformed:?}");
        client.send_text(malformed);
        let (code, reason) = skip_texts(&mut client).close();
        assert_eq!(code, Some(1008), "{malformed:?}: {reason:?}");
        assert!(reasons(1008).contains(&reason), "{malformed:?}: {reason:?}");
    }
}

#[test]
fn what_a_client_that_comes_back_sends_is_never_malformed() {
    let node = Node::start();
    let mut client = Client::joined(&node, "A", &["foo"]);
    let refused = r#"!subscribe:{"type": "subscribe", "success": false, "payload": {"channel": "foo"}}"#;
    let unknown = r#"!nope:{"type": "nope", "success": false, "payload": null}"#;
    for _ in 0..300 {
        client.send("!subscribe:foo");
        client.send("!nope:");
        client.send("elsewhere:{}");
    }
    for _ in 0..300 {
        client.expect(refused);
        client.expect(unknown);
    }
    client.expect_nothing_before_a_pong();
}

#[test]
fn a_client_without_an_identity_is_closed_in_time_and_others_stay() {
    let node = Node::with(&[("client.authentication_time_max", "1s")]);
    let start = Instant::now();
    let mut known = Client::joined(&node, "A", &["foo"]);
    let mut silent = Raw::websocket(node.address());
    let mut talkative = Raw::websocket(node.address());
    talkative.send_text("!unsubscribe:foo");
    talkative
        .send(&Frame::new(opcode::PING, b"hm"))
        .expect("the server reads");
    expect_close(&mut silent, 1008, "silent");
    assert!(start.elapsed() >= Duration::from_secs(1), "it had its time");
    talkative.expect_text(r#"!unsubscribe:{"type": "unsubscribe", "success": false, "payload": {"channel": "foo"}}"#);
    assert_eq!(talkative.receive(limits::ANSWER), pong(b"hm"));
    expect_close(&mut talkative, 1008, "talkative");
    known.send(r#"foo:{"n":1}"#);
    known.expect(r#"foo:{"n":1}"#);
}

#[test]
fn a_message_that_is_begun_and_not_ended_closes_with_1008() {
    let node = Node::start();
    let mut in_a_frame = joined(&node);
    let mut between_frames = joined(&node);
    in_a_frame
        .write(&Frame::text("foo:{}").to_bytes()[..3])
        .expect("the server reads");
    let mut frame = Frame::text("foo:{");
    frame.fin = false;
    between_frames.send(&frame).expect("the server reads");
    for raw in [&mut in_a_frame, &mut between_frames] {
        assert_eq!(raw.receive(limits::ANSWER).close().0, Some(1008));
        assert_eq!(raw.receive(limits::ANSWER), Received::End);
    }
}

#[test]
fn a_request_that_takes_too_long_is_answered_408() {
    let node = Node::with(&[("client.head_time_max", "1s")]);
    let mut silent = Raw::connect(node.address());
    let mut slow = Raw::connect(node.address());
    slow.write(b"GET /ec HTTP/1.1\r\nHost: a\r\n")
        .expect("the server reads");
    for raw in [&mut silent, &mut slow] {
        assert_eq!(raw.response(false).status, 408);
        assert_eq!(raw.receive(limits::ANSWER), Received::End);
    }
}

#[test]
fn a_request_head_beyond_16_kib_is_refused() {
    let node = Node::start();
    let request = |filler: usize| {
        let head = Raw::upgrade_request(node.address());
        let end = head.len() - "\r\n".len();
        format!("{}X-Filler: {}\r\n\r\n", &head[..end], "x".repeat(filler))
    };
    let around = request(0).len();
    let mut raw = Raw::connect(node.address());
    raw.write(request((16 << 10) - around).as_bytes())
        .expect("the server reads");
    assert_eq!(raw.response(false).status, 101);
    let mut raw = Raw::connect(node.address());
    raw.write(request((16 << 10) - around + 1).as_bytes())
        .expect("the server reads");
    assert_eq!(raw.response(false).status, 431);
    assert_eq!(raw.receive(limits::ANSWER), Received::End);
}

#[test]
fn a_client_that_answers_no_ping_is_dropped_and_one_that_does_stays() {
    let node = Node::with(&[("server.ping_interval", "1s")]);
    let mut dead = joined(&node);
    let mut alive = joined(&node);
    let living = std::thread::spawn(move || {
        // It answers three pings, by when the other one is long gone.
        for _ in 0..3 {
            let received = alive.receive(limits::ANSWER);
            let Received::Frame {
                opcode: opcode::PING,
                payload,
            } = received
            else {
                panic!("expected a ping, received {received:?}");
            };
            alive
                .send(&Frame::new(opcode::PONG, &payload))
                .expect("the server reads");
        }
        alive.send_text(r#"foo:{"n":1}"#);
        alive.expect_text(r#"foo:{"n":1}"#);
    });
    let ping = dead.receive(limits::ANSWER);
    assert!(
        matches!(
            ping,
            Received::Frame {
                opcode: opcode::PING,
                ..
            }
        ),
        "{ping:?}"
    );
    assert_eq!(dead.receive(limits::ANSWER), Received::End);
    living.join().expect("who answers stays");
}

#[test]
fn a_page_may_connect_from_the_same_host_or_from_the_list() {
    let node = Node::with(&[("server.allowed_origins", "https://app.example")]);
    let try_from = |origin: Option<&str>| {
        let mut request = node.url().into_client_request().expect("the URL is well-formed");
        if let Some(origin) = origin {
            let origin = origin.parse().expect("it is a header's value");
            request.headers_mut().insert("Origin", origin);
        }
        match Client::try_connect(request) {
            Ok(mut client) => {
                client.authenticate("A");
                101
            }
            Err(response) => response.status().as_u16(),
        }
    };
    let port = node.address().port();
    let cases = [
        (None, 101),
        (Some(format!("http://127.0.0.1:{port}")), 101),
        (Some("http://127.0.0.1:8000".to_owned()), 101),
        (Some("https://127.0.0.1".to_owned()), 101),
        (Some("https://app.example".to_owned()), 101),
        (Some("http://app.example".to_owned()), 403),
        (Some("https://app.example:8443".to_owned()), 403),
        (Some("https://app.example.evil.example".to_owned()), 403),
        (Some("http://127.0.0.1.evil.example".to_owned()), 403),
        (Some("null".to_owned()), 403),
    ];
    for (origin, expected) in cases {
        assert_eq!(try_from(origin.as_deref()), expected, "{origin:?}");
    }
}

#[test]
fn a_client_that_breaks_the_rules_hurts_only_itself() {
    let node = Node::start();
    let mut a = Client::joined(&node, "A", &["foo"]);
    let mut b = Client::joined(&node, "B", &["foo"]);
    for n in 0..50 {
        let mut bad = joined(&node);
        match n % 3 {
            0 => bad.write(&[0xff; 40]).expect("the server reads"),
            1 => bad.send(&Frame::new(opcode::TEXT, b"\xff")).expect("the server reads"),
            // It leaves in the middle of a frame.
            _ => bad.write(&[0x81, 0xfe, 1]).expect("the server reads"),
        }
        drop(bad);
        a.send(&format!(r#"foo:{{"n":{n}}}"#));
        a.expect(&format!(r#"foo:{{"n":{n}}}"#));
        b.expect(&format!(r#"foo:{{"n":{n}}}"#));
    }
}

/// A raw client in the channel foo.
fn joined(node: &Node) -> Raw {
    let mut raw = Raw::websocket(node.address());
    raw.send_text("!authenticate:A");
    raw.expect_text(AUTHENTICATED);
    raw.send_text("!subscribe:foo");
    raw.expect_text(SUBSCRIBED);
    raw
}

/// The next thing that is no text.
fn skip_texts(raw: &mut Raw) -> Received {
    loop {
        match raw.receive(limits::ANSWER) {
            Received::Frame {
                opcode: opcode::TEXT, ..
            } => {}
            other => return other,
        }
    }
}

/// A text in fragments.
fn fragments(parts: &[&[u8]]) -> Vec<u8> {
    let frame = |(at, part): (usize, &&[u8])| {
        let opcode = if at == 0 { opcode::TEXT } else { opcode::CONTINUATION };
        let mut frame = Frame::new(opcode, part);
        frame.fin = at + 1 == parts.len();
        frame.to_bytes()
    };
    parts.iter().enumerate().flat_map(frame).collect()
}

fn pong(payload: &[u8]) -> Received {
    Received::Frame {
        opcode: opcode::PONG,
        payload: payload.to_vec(),
    }
}

/// The next thing that comes is a close frame with this code and a reason that
/// `spec/close-codes.toml` has for it, and then the end.
fn expect_close(raw: &mut Raw, code: u16, what: &str) {
    let received = raw.receive(limits::ANSWER);
    assert!(
        matches!(
            received,
            Received::Frame {
                opcode: opcode::CLOSE,
                ..
            }
        ),
        "{what}: {received:?}"
    );
    let (found, reason) = received.close();
    assert_eq!(found, Some(code), "{what}: {reason:?}");
    assert!(
        reasons(code).contains(&reason),
        "{what}: {reason:?} is no reason for {code} in close-codes.toml"
    );
    assert_eq!(raw.receive(limits::ANSWER), Received::End, "{what}");
}

fn reasons(code: u16) -> Vec<String> {
    let text = std::fs::read_to_string(repository::path("spec/close-codes.toml")).expect("the file is there");
    let document: DocumentMut = text.parse().expect("it is TOML");
    let rows = document["close"].as_array_of_tables().expect("it has rows");
    rows.iter()
        .filter(|row| row["code"].as_integer() == Some(i64::from(code)))
        .filter_map(|row| row["reason"].as_str().map(str::to_owned))
        .collect()
}
