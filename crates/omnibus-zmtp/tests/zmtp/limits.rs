//! What happens to a peer that sends too much?

use std::time::Duration;

use omnibus_zmtp::{Accepts, Config, Error, Limits};

use crate::support::{End, Seen, greeting, message, ready};

fn hub(limits: Limits) -> End {
    let mut config = Config::listener(Accepts::everyone());
    config.limits = limits;
    End::new(config, std::time::Instant::now())
}

#[test]
fn a_message_is_refused_by_its_declared_length_before_it_arrives() {
    let limits = Limits {
        message_bytes_max: 300,
        ..Limits::default()
    };
    let mut hub = hub(limits).readied(1, "PUB");
    hub.feed(b"\x02\0\0\0\0\0\0\x01\x2d");
    let (bytes, max) = (301, 300);
    assert_eq!(hub.error, Some(Error::MessageTooLong { bytes, max }));
    assert_eq!(hub.connection.held_bytes(), 0);
}

#[test]
fn a_message_of_exactly_the_limit_passes() {
    let limits = Limits {
        message_bytes_max: 300,
        ..Limits::default()
    };
    let mut hub = hub(limits).readied(1, "PUB");
    let body = [b'x'; 300];
    let mut bytes = Vec::new();
    omnibus_zmtp::encode_message(&[&body], &mut bytes);
    omnibus_zmtp::encode_message(&[&body[..100], &body[..200]], &mut bytes);
    hub.feed(&bytes);
    let two_frames = Seen::Message {
        frames: vec![body[..100].to_vec()],
        count: 2,
    };
    assert_eq!(hub.seen(), [message(&body), two_frames]);
}

#[test]
fn dropped_frames_count_towards_the_message() {
    let limits = Limits {
        message_bytes_max: 300,
        ..Limits::default()
    };
    for piece in [1, 1000] {
        let mut hub = hub(limits).readied(1, "PUB");
        let mut bytes = Vec::new();
        omnibus_zmtp::encode_message(&[b"", &[0; 200], &[0; 101]], &mut bytes);
        for piece in bytes.chunks(piece) {
            hub.feed(piece);
        }
        let (bytes, max) = (301, 300);
        assert_eq!(hub.error, Some(Error::MessageTooLong { bytes, max }));
    }
}

#[test]
fn a_message_of_endless_empty_frames_is_refused() {
    let mut hub = End::hub_with(1, "PUB");
    let max = hub.config.limits.message_frames_max;
    for _ in 0..max {
        hub.feed(b"\x01\x00");
    }
    assert_eq!(hub.error, None);
    hub.feed(b"\x01\x00");
    assert_eq!(hub.error, Some(Error::TooManyFrames { max }));
}

#[test]
fn a_topic_that_would_kill_libzmq_is_refused_in_both_forms() {
    let max = Limits::default().topic_bytes_max;
    // 1 MiB as a message: refused by its length and first byte.
    let mut hub = End::hub_with(1, "SUB");
    hub.feed(b"\x02\0\0\0\0\0\x10\0\x01");
    assert_eq!(hub.error, None, "it may still be a message");
    hub.feed(b"\x01");
    let bytes = 1 << 20;
    assert_eq!(hub.error, Some(Error::TopicTooLong { bytes, max }));
    // 1 MiB as a command: refused by its length.
    let mut hub = End::hub_with(1, "SUB");
    hub.feed(b"\x06\0\0\0\0\0\x10\0\0");
    assert_eq!(
        hub.error,
        Some(Error::CommandTooLong {
            bytes: 1 << 20,
            max: 64 << 10
        })
    );
    // Within the limit of commands, above that of topics.
    let mut hub = End::hub_with(1, "SUB");
    let mut command = Vec::new();
    omnibus_zmtp::encode_command(b"SUBSCRIBE", &vec![b'a'; max + 1], &mut command);
    hub.feed(&command);
    let bytes = max as u64 + 1;
    assert_eq!(hub.error, Some(Error::TopicTooLong { bytes, max }));
}

#[test]
fn a_topic_of_exactly_the_limit_passes_in_both_forms() {
    let mut hub = End::hub_with(1, "SUB");
    let topic = vec![b'a'; hub.config.limits.topic_bytes_max];
    let mut bytes = Vec::new();
    omnibus_zmtp::encode_command(b"SUBSCRIBE", &topic, &mut bytes);
    omnibus_zmtp::encode_message(&[&[&b"\x01"[..], &topic].concat()], &mut bytes);
    hub.feed(&bytes);
    assert_eq!(hub.seen(), [Seen::Subscribe(topic.clone()), Seen::Subscribe(topic)]);
}

#[test]
fn a_stranger_may_make_us_hold_8_kib_and_no_more() {
    let mut hub = End::hub();
    hub.feed(&greeting(1));
    hub.feed(b"\x06\0\0\0\0\0\0\x20\x01");
    let (bytes, max) = (8193, 8192);
    assert_eq!(hub.error, Some(Error::HandshakeTooLong { bytes, max }));
}

#[test]
fn a_ready_with_too_many_properties_is_refused() {
    let limits = Limits {
        properties_max: 2,
        ..Limits::default()
    };
    let mut hub = hub(limits);
    hub.feed(&greeting(1));
    let mut data = ready("SUB")[8..].to_vec();
    data.extend_from_slice(b"\x01a\0\0\0\0\x01b\0\0\0\0");
    let mut command = Vec::new();
    omnibus_zmtp::encode_command(b"READY", &data, &mut command);
    hub.feed(&command);
    assert_eq!(hub.error, Some(Error::TooManyProperties { max: 2 }));
}

#[test]
fn the_handshake_has_one_deadline_however_slowly_the_peer_writes() {
    let mut hub = End::hub();
    let bytes = [greeting(1), ready("SUB")].concat();
    let deadline = hub.connection.next_deadline(&hub.config);
    assert_eq!(deadline, Some(hub.now + Duration::from_secs(10)));
    for byte in &bytes[..9] {
        hub.advance(Duration::from_secs(1));
        hub.tick();
        hub.feed(std::slice::from_ref(byte));
        assert_eq!(hub.error, None);
        assert_eq!(hub.connection.next_deadline(&hub.config), deadline);
    }
    hub.advance(Duration::from_secs(1));
    hub.tick();
    let max = Duration::from_secs(10);
    assert_eq!(hub.error, Some(Error::HandshakeTimeout { max }));
}

#[test]
fn a_peer_that_is_ready_has_no_handshake_deadline() {
    let mut hub = End::hub_with(1, "SUB");
    assert_eq!(hub.connection.next_deadline(&hub.config), None);
    hub.advance(Duration::from_secs(3600));
    hub.tick();
    assert_eq!(hub.error, None);
}

#[test]
fn a_flood_of_pings_makes_us_send_no_more_than_was_received() {
    let mut hub = End::hub_with(1, "SUB");
    for context in 0..=16 {
        let mut ping = Vec::new();
        omnibus_zmtp::encode_command(b"PING", &vec![7; 2 + context], &mut ping);
        let flood = ping.repeat(1000);
        hub.feed(&flood);
        assert!(hub.sent().len() <= flood.len());
    }
}

#[test]
fn without_limits_the_largest_lengths_are_waited_for_and_not_allocated() {
    let limits = Limits {
        message_bytes_max: usize::MAX,
        topic_bytes_max: usize::MAX,
        command_bytes_max: usize::MAX,
        ..Limits::default()
    };
    for header in [
        &b"\x02\xff\xff\xff\xff\xff\xff\xff\xff"[..],
        b"\x03\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x06\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x01\x00\x03\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        for peer in ["PUB", "SUB"] {
            let mut hub = hub(limits).readied(1, peer);
            hub.feed(header);
            hub.feed(b"xyz");
            assert_eq!((hub.seen(), &hub.error), (Vec::new(), &None));
            assert!(hub.connection.held_bytes() <= 14);
        }
    }
}
