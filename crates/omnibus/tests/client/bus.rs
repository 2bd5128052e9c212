//! Does the client speak to a bus as ZeroMQ sockets do, without losing its first message?

use std::time::Duration;

use crate::bus_server::{Bus, Manner};
use crate::client::run;

const NOW: Manner = Manner::Publishers { pause: Duration::ZERO };

#[test]
fn a_message_waits_for_the_subscription_however_long_it_takes() {
    for pause in [Duration::ZERO, Duration::from_millis(300)] {
        let bus = Bus::start(Manner::Publishers { pause });
        let ran = run(&["publish", "news", "say", r#"{"n":1}"#, "--bus", &bus.address]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(
            bus.got(),
            [r#"news:{"sender": null, "type": "say", "payload": {"n": 1}}"#]
        );
    }
}

#[test]
fn a_sender_may_be_named_and_a_payload_left_out() {
    let bus = Bus::start(NOW);
    let ran = run(&[
        "publish",
        "news",
        "say",
        "--sender",
        "server",
        "--json",
        "--bus",
        &bus.address,
    ]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(line["by"], "bus");
    assert_eq!(
        bus.got(),
        [r#"news:{"sender": "server", "type": "say", "payload": {}}"#]
    );
}

#[test]
fn a_bus_that_wants_other_channels_gets_nothing() {
    let bus = Bus::start(Manner::Unwilling);
    let ran = run(&[
        "publish",
        "news",
        "say",
        "{}",
        "--timeout",
        "300ms",
        "--bus",
        &bus.address,
    ]);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    assert!(ran.err.contains("nothing was sent"), "{}", ran.err);
    assert_eq!(bus.got(), [""; 0]);
}

#[test]
fn a_bus_that_hangs_confirms_nothing() {
    let bus = Bus::start(Manner::Hanging);
    let ran = run(&[
        "publish",
        "news",
        "say",
        "{}",
        "--timeout",
        "500ms",
        "--bus",
        &bus.address,
    ]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("not confirmed within 500ms"), "{}", ran.err);
}

#[test]
fn the_address_for_the_others_is_named_as_wrong() {
    let bus = Bus::start(Manner::Subscribers);
    let ran = run(&["publish", "news", "say", "{}", "--bus", &bus.address]);
    assert_eq!(ran.code, Some(69), "{ran:?}");
    assert!(ran.err.contains("SUB"), "{}", ran.err);
    bus.got();
}

#[test]
fn messages_of_the_channels_are_printed_and_no_others() {
    let bus = Bus::start(Manner::Subscribers);
    let ran = run(&["subscribe", "news", "--count", "3", "--bus", &bus.address]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines, [r#"news:{"n":1}"#, "news:\u{fffd}", r#"news:{"n":2}"#]);
    assert_eq!(bus.got(), ["news:"], "the subscription ends with a colon: it is exact");
}

#[test]
fn a_bus_that_says_too_little_in_time_is_75() {
    let bus = Bus::start(Manner::Subscribers);
    let ran = run(&[
        "subscribe",
        "news",
        "--count",
        "4",
        "--timeout",
        "400ms",
        "--bus",
        &bus.address,
    ]);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 3);
    bus.got();
}

#[test]
fn a_bus_of_zmtp_3_0_confirms_by_closing_behind_the_message() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    // An era-correct director (libzmq 4.1): it knows no PING, and subscribes by a message.
    let director = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut greeting = [0; 64];
        greeting[0] = 0xff;
        greeting[8..12].copy_from_slice(&[1, 0x7f, 3, 0]);
        greeting[12..16].copy_from_slice(b"NULL");
        stream.write_all(&greeting).unwrap();
        stream
            .write_all(b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB\0\x01\x01")
            .unwrap();
        let mut got = Vec::new();
        stream.read_to_end(&mut got).unwrap();
        String::from_utf8_lossy(&got).into_owned()
    });
    let ran = run(&["publish", "news", "say", "{}", "--bus", &address]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let got = director.join().unwrap();
    assert!(
        got.ends_with(r#"news:{"sender": null, "type": "say", "payload": {}}"#),
        "{got}"
    );
    assert!(!got.contains("PING"), "{got}");
}
