//! What can peers do that mean harm, or know no better, and what do their neighbours notice?
//!
//! Nothing: in every test a pair of libzmq sockets and a pair of browsers talk on meanwhile and
//! must lose no message, and descriptors and memory come back.

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::publisher::Publisher;
use serde_json::json;

use crate::neighbours::Neighbours;
use crate::sockets::{Sockets, tcp};
use crate::zmtp::{Received, Zmtp, command, flag, frame, greeting, header, message, property, ready};
use omnibus_tests::counters::{counter, expect_counter};

/// How much more memory a node may hold after an attack than before: what the system's allocator
/// keeps of it.
const KEPT_BYTES_MAX: u64 = 12 << 20;

/// Lets a node suffer an attack, then looks whether all is as before. The time for a handshake is
/// longer than any test waits, so that whoever is refused is refused for what it said.
fn withstands(settings: &[(&str, &str)], attack: impl FnOnce(&mut Node)) {
    let patient = [("bus.handshake_time_max", "5m")];
    let mut node = Node::with(&[&patient, settings].concat());
    let neighbours = Neighbours::of(&node);
    let process = node.process();
    let (descriptors, bytes) = (process.descriptors(), process.anonymous_bytes());
    attack(&mut node);
    assert!(node.program().is_running());
    limits::eventually("descriptors come back", limits::ANSWER, || {
        match process.descriptors() {
            now if now <= descriptors => Ok(()),
            now => Err(format!("{now}, before {descriptors}")),
        }
    });
    limits::eventually("memory comes back", limits::ANSWER, || {
        match process.anonymous_bytes() {
            now if now <= bytes + KEPT_BYTES_MAX => Ok(()),
            now => Err(format!("{now}, before {bytes}")),
        }
    });
    neighbours.end();
}

/// Both forms of subscribing this topic.
fn subscriptions(topic: &[u8]) -> [Vec<u8>; 2] {
    [message(&[&[1], topic].concat()), command("SUBSCRIBE", topic)]
}

#[test]
fn a_subscription_of_a_mebibyte_is_refused_by_its_length() {
    withstands(&[], |node| {
        for topic_bytes in [1 << 20, 100_000, 4_097] {
            for subscription in subscriptions(&vec![b'x'; topic_bytes]) {
                let mut zmtp = Zmtp::ready(node.subscriber_address(), 1, "SUB");
                // The node may have ended the connection before all of it is sent.
                let _ended_meanwhile = zmtp.try_send(&subscription);
                zmtp.expect_end();
            }
        }
        expect_counter(node.program(), "bus_peers_refused", 6);
    });
}

#[test]
fn a_subscription_of_4096_bytes_is_served() {
    withstands(&[], |node| {
        let mut publisher = Publisher::connect(node.publisher_address());
        let topic = vec![b'x'; 4_096];
        for subscription in subscriptions(&topic) {
            let mut zmtp = Zmtp::ready(node.subscriber_address(), 1, "SUB");
            zmtp.send(&subscription);
            zmtp.meet(&mut publisher);
            publisher.publish(&topic[1..]);
            publisher.publish(&topic);
            zmtp.expect(&Received::message(&topic));
        }
    });
}

#[test]
fn whoever_speaks_another_protocol_is_disconnected() {
    withstands(&[], |node| {
        let strangers: [&[u8]; 7] = [
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            &[0; 64],
            &[0xff; 64],
            b"*1\r\n$4\r\nPING\r\n",
            b"\xff\0\0\0\0\0\0\0\x01\x7e\x03\x01NULL",
        ];
        for address in [node.subscriber_address(), node.publisher_address()] {
            for stranger in strangers {
                let mut zmtp = Zmtp::connect(address);
                zmtp.send(stranger);
                zmtp.expect_end();
            }
        }
        expect_counter(node.program(), "bus_peers_refused", 14);
    });
}

#[test]
fn peers_of_zmtp_1_and_2_are_disconnected_without_waiting_for_more() {
    withstands(&[], |node| {
        let old: [&[u8]; 4] = [
            // ZMTP 1.0: an anonymous peer, and one with an identity of 300 bytes.
            b"\x01\x00",
            b"\xff\0\0\0\0\0\0\x01\x2d\0",
            // ZMTP 2.0: the 12 bytes of libzmq 3.2, a PUB and a SUB.
            b"\xff\0\0\0\0\0\0\0\x01\x7f\x01\x01",
            b"\xff\0\0\0\0\0\0\0\x01\x7f\x01\x02",
        ];
        for address in [node.subscriber_address(), node.publisher_address()] {
            for bytes in old {
                let mut zmtp = Zmtp::connect(address);
                zmtp.send(bytes);
                zmtp.expect_end();
            }
        }
        expect_counter(node.program(), "bus_peers_refused", 8);
    });
}

#[test]
fn peers_that_want_to_authenticate_are_disconnected() {
    withstands(&[], |node| {
        for mechanism in ["PLAIN", "CURVE", "GSSAPI", "NULLX", ""] {
            let mut zmtp = Zmtp::connect(node.subscriber_address());
            zmtp.send(&greeting(1, mechanism));
            zmtp.expect_end();
        }
        let mut sockets = Sockets::start();
        let plain = json!({"PLAIN_USERNAME": "user", "PLAIN_PASSWORD": "secret"});
        sockets.open_without_waiting("sub", "SUB", &tcp(node.subscriber_address()), plain.clone());
        sockets.open_without_waiting("pub", "PUB", &tcp(node.publisher_address()), plain);
        for socket in ["sub", "pub"] {
            assert_ne!(sockets.event(socket), "ready");
            sockets.close(socket);
        }
    });
}

#[test]
fn sockets_of_other_types_are_told_why_they_are_refused() {
    withstands(&[], |node| {
        let (subscribers, publishers) = (node.subscriber_address(), node.publisher_address());
        for (address, kind, accepted) in [
            (subscribers, "REQ", "SUB or XSUB"),
            (subscribers, "PUB", "SUB or XSUB"),
            (subscribers, "XPUB", "SUB or XSUB"),
            (subscribers, "DEALER", "SUB or XSUB"),
            (publishers, "REQ", "PUB or XPUB"),
            (publishers, "SUB", "PUB or XPUB"),
            (publishers, "PULL", "PUB or XPUB"),
            (publishers, "nonsense", "PUB or XPUB"),
        ] {
            let mut zmtp = Zmtp::greeted(address, 1);
            zmtp.send(&ready(kind));
            let reason = zmtp.expect_refusal();
            assert!(reason.contains(kind) && reason.contains(accepted), "{kind}: {reason}");
        }
        expect_counter(node.program(), "bus_peers_refused", 8);
    });
}

#[test]
fn libzmq_sockets_at_the_wrong_port_neither_publish_nor_hear() {
    withstands(&[], |node| {
        let mut sockets = Sockets::met(node);
        sockets.subscribe("sub", &["news:"]);
        sockets.meet_by("pub", "sub", "news:");
        let (subscribers, publishers) = (tcp(node.subscriber_address()), tcp(node.publisher_address()));
        for (name, kind, address) in [
            ("wrong pub", "PUB", &subscribers),
            ("wrong sub", "SUB", &publishers),
            ("req", "REQ", &subscribers),
            ("dealer", "DEALER", &publishers),
        ] {
            sockets.open_without_waiting(name, kind, address, json!({}));
            assert_ne!(sockets.event(name), "ready", "{name}");
        }
        sockets.subscribe("wrong sub", &[""]);
        sockets.send("wrong pub", "news:forged");
        sockets.send("pub", "news:true");
        sockets.expect("sub", "news:true");
        assert_eq!(sockets.receive_until_silence("wrong sub"), [json!(null); 0]);
        for name in ["wrong pub", "wrong sub", "req", "dealer"] {
            sockets.close(name);
        }
        drop(sockets);
    });
}

#[test]
fn a_message_beyond_the_limit_is_refused_by_its_length() {
    withstands(&[], |node| {
        let limit = 16 << 20;
        let mut declared = Zmtp::ready(node.publisher_address(), 1, "PUB");
        declared.send(&header(flag::LAST, limit + 1));
        declared.expect_end();
        let mut in_two_frames = Zmtp::ready(node.publisher_address(), 1, "PUB");
        in_two_frames.send(&frame(flag::MORE, b"news:x"));
        in_two_frames.send(&header(flag::LAST, limit));
        in_two_frames.expect_end();
        let mut endless = Zmtp::ready(node.publisher_address(), 1, "PUB");
        endless.send(&header(flag::LAST, u64::MAX));
        endless.expect_end();
        expect_counter(node.program(), "bus_peers_refused", 3);

        let mut sockets = Sockets::met(node);
        sockets.subscribe("sub", &["news:"]);
        sockets.meet_by("pub", "sub", "news:");
        sockets.send("pub", json!({"text": "news:", "fill": 17 << 20}));
        assert_eq!(sockets.event("pub"), "disconnected");
        // It comes back by itself, and what it sends then is heard.
        sockets.meet_by("pub", "sub", "news:");
        drop(sockets);
    });
}

#[test]
fn memory_for_a_message_is_taken_as_it_arrives() {
    withstands(&[], |node| {
        let before = node.process().anonymous_bytes();
        let peers: Vec<Zmtp> = (0..50)
            .map(|_| {
                let mut zmtp = Zmtp::ready(node.publisher_address(), 1, "PUB");
                zmtp.send(&header(flag::LAST, 16 << 20));
                zmtp.send(b"news:");
                zmtp
            })
            .collect();
        std::thread::sleep(limits::SILENCE);
        let now = node.process().anonymous_bytes();
        assert!(now < before + (8 << 20), "{now} bytes, before {before}");
        drop(peers);
    });
}

#[test]
fn a_command_of_70_kib_ends_the_connection() {
    withstands(&[], |node| {
        for (address, kind) in [(node.subscriber_address(), "SUB"), (node.publisher_address(), "PUB")] {
            let mut zmtp = Zmtp::ready(address, 1, kind);
            let _ended_meanwhile = zmtp.try_send(&command("LATER", &vec![b'x'; 70 << 10]));
            zmtp.expect_end();
        }
        // Before READY, when nobody knows who it is, 8 KiB are the limit.
        let mut zmtp = Zmtp::greeted(node.subscriber_address(), 1);
        zmtp.send(&command("READY", &property("X-Application", &vec![b'x'; 9 << 10])));
        assert!(zmtp.expect_refusal().contains("8192"));
        expect_counter(node.program(), "bus_peers_refused", 3);
    });
}

#[test]
fn subscriptions_beyond_the_limit_are_counted_and_the_others_served() {
    withstands(&[("bus.subscriptions_max", "10")], |node| {
        let mut publisher = Publisher::connect(node.publisher_address());
        let mut zmtp = Zmtp::ready(node.subscriber_address(), 1, "SUB");
        for number in 0..9 {
            zmtp.send(&command("SUBSCRIBE", format!("{number}:").as_bytes()));
        }
        // The tenth for the time of the meeting.
        zmtp.meet(&mut publisher);
        zmtp.send(&command("SUBSCRIBE", b"9:"));
        for _ in 0..3 {
            zmtp.send(&message(b"\x01too many:"));
        }
        zmtp.send(&command("SUBSCRIBE", b"9:"));
        expect_counter(node.program(), "subscriptions_refused", 4);
        publisher.publish(b"too many:1");
        for number in 0..10 {
            let frame = format!("{number}:1");
            publisher.publish(frame.as_bytes());
            zmtp.expect(&Received::message(frame.as_bytes()));
        }
        // There is room again once one has ended.
        zmtp.send(&command("CANCEL", b"0:"));
        zmtp.send(&command("CANCEL", b"never had"));
        zmtp.send(&command("CANCEL", b"1:"));
        zmtp.send(&command("SUBSCRIBE", b"one more:"));
        zmtp.meet(&mut publisher);
        publisher.publish(b"0:2");
        publisher.publish(b"one more:1");
        zmtp.expect(&Received::message(b"one more:1"));
    });
}

#[test]
fn broken_frames_and_commands_end_the_connection_of_their_sender_alone() {
    withstands(&[], |node| {
        let subscriber: [Vec<u8>; 5] = [
            // Flags that do not exist, and a command in several frames.
            vec![0x08, 0],
            vec![0x05, 0],
            command("READY", &property("Socket-Type", b"SUB")),
            command("PING", b""),
            frame(flag::COMMAND, b"\xffSUBSCRIBE"),
        ];
        for bytes in &subscriber {
            let mut zmtp = Zmtp::ready(node.subscriber_address(), 1, "SUB");
            zmtp.send(bytes);
            zmtp.expect_end();
        }
        let mut publisher = Zmtp::ready(node.publisher_address(), 1, "PUB");
        publisher.send(&command("SUBSCRIBE", b""));
        publisher.expect_end();
        let mut frames = Zmtp::ready(node.publisher_address(), 1, "PUB");
        let _ended_meanwhile = frames.try_send(&frame(flag::MORE, b"").repeat(2_000));
        frames.expect_end();
        let strangers: [Vec<u8>; 5] = [
            message(b"before READY"),
            command("SUBSCRIBE", b""),
            command("READY", b""),
            command("READY", b"\x0bSocket-Type\x00\x00\x00\xffSUB"),
            command(
                "READY",
                &[property("Socket-Type", b"SUB"), property("X", b"").repeat(100)].concat(),
            ),
        ];
        for bytes in &strangers {
            let mut zmtp = Zmtp::greeted(node.subscriber_address(), 1);
            zmtp.send(bytes);
            zmtp.expect_end();
        }
        expect_counter(node.program(), "bus_peers_refused", 12);
    });
}

#[test]
fn whoever_claims_to_be_a_node_and_is_none_is_refused() {
    withstands(&[], |node| {
        for (value, why) in [
            (&b""[..], "0 bytes"),
            (b"\x01short", "6 bytes"),
            (&[200; 25], "version 200"),
        ] {
            let mut zmtp = Zmtp::greeted(node.subscriber_address(), 1);
            zmtp.send(&command(
                "READY",
                &[property("Socket-Type", b"SUB"), property("Omnibus-Node", value)].concat(),
            ));
            let Received::Frame {
                flags: flag::COMMAND,
                body,
            } = zmtp.receive(limits::ANSWER)
            else {
                panic!("READY comes first");
            };
            assert!(body.starts_with(b"\x05READY"));
            let reason = zmtp.expect_refusal();
            assert!(reason.contains(why), "{reason}");
        }
    });
}

#[test]
fn hundreds_of_connections_that_come_and_go_leave_nothing_behind() {
    withstands(&[], |node| {
        for round in 0..5 {
            let mut peers = Vec::new();
            for number in 0..100 {
                let address = if number % 2 == 0 {
                    node.subscriber_address()
                } else {
                    node.publisher_address()
                };
                let mut zmtp = Zmtp::connect(address);
                match (number + round) % 5 {
                    0 => {}
                    1 => zmtp.send(&greeting(1, "NULL")[..20]),
                    2 => zmtp.send(&greeting(1, "NULL")),
                    3 => zmtp.send(&[greeting(1, "NULL"), ready("SUB")].concat()),
                    _ => {
                        let subscriptions = subscriptions(b"news:").concat();
                        zmtp.send(&[greeting(1, "NULL"), ready("XSUB"), subscriptions].concat());
                    }
                }
                peers.push(zmtp);
            }
        }
        limits::eventually("connections end", limits::ANSWER, || {
            // In this order: whatever has ended by the first reading has begun by the second.
            let went = counter(node.program(), "connections_closed");
            let came = counter(node.program(), "connections_accepted");
            // The neighbours stay: three sockets of the bus or more, two browsers.
            let left = came - went;
            if left < 10 && came >= 500 {
                Ok(())
            } else {
                Err(format!("{left} of {came} are left"))
            }
        });
    });
}
