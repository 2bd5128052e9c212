//! Are all forms of ZMTP 3 understood, and which does a node use itself?

use std::time::{Duration, Instant};

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::publisher::Publisher;

use crate::zmtp::{Received, Zmtp, command, flag, frame, greeting, message, property, ready};

fn node_and_publisher() -> (Node, Publisher) {
    let node = Node::start();
    let publisher = Publisher::connect(node.publisher_address());
    (node, publisher)
}

#[test]
fn greeting_comes_at_once_and_is_that_of_libzmq() {
    let node = Node::start();
    for address in [node.subscriber_address(), node.publisher_address()] {
        let mut zmtp = Zmtp::connect(address);
        assert_eq!(zmtp.receive_bytes(64), greeting(1, "NULL"));
    }
}

#[test]
fn ready_names_the_socket_that_the_peer_needs_and_the_node() {
    let node = Node::start();
    for (address, theirs, ours) in [
        (node.subscriber_address(), "SUB", "XPUB"),
        (node.subscriber_address(), "XSUB", "XPUB"),
        (node.publisher_address(), "PUB", "SUB"),
        (node.publisher_address(), "XPUB", "SUB"),
    ] {
        let mut zmtp = Zmtp::greeted(address, 1);
        zmtp.send(&ready(theirs));
        let Received::Frame {
            flags: flag::COMMAND,
            body,
        } = zmtp.receive_frame(limits::ANSWER)
        else {
            panic!("READY comes first");
        };
        let socket_type = property("Socket-Type", ours.as_bytes());
        let rest = body
            .strip_prefix(b"\x05READY")
            .and_then(|properties| properties.strip_prefix(socket_type.as_slice()));
        // Version, id, incarnation.
        let node_property = property("Omnibus-Node", &[0; 25]);
        let (name, _) = node_property.split_at(node_property.len() - 25);
        let value = rest.and_then(|rest| rest.strip_prefix(name));
        assert_eq!(value.map(<[u8]>::len), Some(25), "{theirs}: {body:?}");
        assert_eq!(value.and_then(<[u8]>::first), Some(&1));
    }
}

#[test]
fn a_listener_says_nothing_but_its_greeting_before_the_peer_is_ready() {
    let node = Node::start();
    for address in [node.subscriber_address(), node.publisher_address()] {
        let mut zmtp = Zmtp::greeted(address, 1);
        assert_eq!(zmtp.receive_frame(limits::SILENCE), Received::Nothing);
    }
}

#[test]
fn a_publisher_is_told_to_send_everything_in_the_form_of_its_version() {
    let node = Node::start();
    let mut old = Zmtp::ready(node.publisher_address(), 0, "PUB");
    assert_eq!(old.receive_frame(limits::ANSWER), Received::message(&[1]));
    let mut new = Zmtp::ready(node.publisher_address(), 1, "PUB");
    assert_eq!(new.receive_frame(limits::ANSWER), Received::command("SUBSCRIBE", b""));
    for zmtp in [&mut old, &mut new] {
        assert_eq!(zmtp.receive(limits::SILENCE), Received::Nothing);
    }
}

#[test]
fn subscriptions_are_understood_as_messages_and_as_commands_in_either_version() {
    let (node, mut publisher) = node_and_publisher();
    for minor in [0, 1] {
        let forms: [(Vec<u8>, Vec<u8>); 4] = [
            (message(b"\x01news:"), message(b"\x00news:")),
            (command("SUBSCRIBE", b"news:"), command("CANCEL", b"news:")),
            (message(b"\x01news:"), command("CANCEL", b"news:")),
            (command("SUBSCRIBE", b"news:"), message(b"\x00news:")),
        ];
        for (subscribe, cancel) in forms {
            let mut zmtp = Zmtp::ready(node.subscriber_address(), minor, "SUB");
            zmtp.send(&subscribe);
            zmtp.meet(&mut publisher);
            publisher.publish(b"news:1");
            publisher.publish(b"newsroom:1");
            publisher.publish(b"news:2");
            zmtp.expect(&Received::message(b"news:1"));
            zmtp.expect(&Received::message(b"news:2"));
            zmtp.send(&cancel);
            zmtp.send(&message(b"\x01later:"));
            zmtp.meet(&mut publisher);
            publisher.publish(b"news:3");
            publisher.publish(b"later:");
            zmtp.expect(&Received::message(b"later:"));
        }
    }
}

#[test]
fn a_subscription_made_twice_ends_with_one_cancellation() {
    let (node, mut publisher) = node_and_publisher();
    let mut zmtp = Zmtp::subscribed(node.subscriber_address(), &["news:", "news:", "later:"], &mut publisher);
    publisher.publish(b"news:1");
    publisher.publish(b"later:1");
    zmtp.expect(&Received::message(b"news:1"));
    zmtp.expect(&Received::message(b"later:1"));
    zmtp.send(&command("CANCEL", b"news:"));
    zmtp.meet(&mut publisher);
    publisher.publish(b"news:2");
    publisher.publish(b"later:2");
    zmtp.expect(&Received::message(b"later:2"));
}

#[test]
fn a_ping_is_answered_with_its_context() {
    let node = Node::start();
    for (address, kind) in [(node.subscriber_address(), "SUB"), (node.publisher_address(), "PUB")] {
        let mut zmtp = Zmtp::ready(address, 1, kind);
        if kind == "PUB" {
            zmtp.expect(&Received::command("SUBSCRIBE", b""));
        }
        for context in [&b""[..], b"c", b"sixteen bytes it"] {
            zmtp.send(&command("PING", &[&[0, 0], context].concat()));
            zmtp.expect(&Received::command("PONG", context));
        }
    }
}

#[test]
fn a_peer_is_given_up_when_nothing_follows_its_ping_within_the_ttl_and_not_before() {
    let (node, mut publisher) = node_and_publisher();
    let mut silent = Zmtp::subscribed(node.subscriber_address(), &["news:"], &mut publisher);
    let mut speaking = Zmtp::subscribed(node.subscriber_address(), &["news:"], &mut publisher);
    let mut without_ttl = Zmtp::subscribed(node.subscriber_address(), &["news:"], &mut publisher);
    // Tenths of a second.
    for zmtp in [&mut silent, &mut speaking] {
        zmtp.send(&command("PING", &[0, 5]));
        zmtp.expect(&Received::command("PONG", b""));
    }
    without_ttl.send(&command("PING", &[0, 0]));
    without_ttl.expect(&Received::command("PONG", b""));
    speaking.send(&command("PONG", b""));
    let begun = Instant::now();
    publisher.publish(b"news:1");
    silent.expect(&Received::message(b"news:1"));
    silent.expect(&Received::End);
    // A node that looks only when a ping of its own is due would take five seconds.
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    publisher.publish(b"news:2");
    for zmtp in [&mut speaking, &mut without_ttl] {
        zmtp.expect(&Received::message(b"news:1"));
        zmtp.expect(&Received::message(b"news:2"));
    }
}

#[test]
fn a_peer_that_sends_byte_by_byte_is_understood() {
    let (node, mut publisher) = node_and_publisher();
    let mut zmtp = Zmtp::connect(node.subscriber_address());
    let all = [greeting(1, "NULL"), ready("SUB"), command("SUBSCRIBE", b"news:")].concat();
    for byte in all {
        zmtp.send(&[byte]);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(zmtp.receive_bytes(64), greeting(1, "NULL"));
    assert!(matches!(
        zmtp.receive(limits::ANSWER),
        Received::Frame {
            flags: flag::COMMAND,
            ..
        }
    ));
    zmtp.meet(&mut publisher);
    publisher.publish(b"news:1");
    zmtp.expect(&Received::message(b"news:1"));
}

#[test]
fn long_and_short_frames_and_properties_of_others_are_understood() {
    let (node, mut publisher) = node_and_publisher();
    let mut zmtp = Zmtp::greeted(node.subscriber_address(), 1);
    let properties = [
        property("X-Application", &[b'x'; 1_000]),
        property("identity", b"me"),
        property("SOCKET-type", b"SUB"),
    ];
    zmtp.send(&command("READY", &properties.concat()));
    assert!(matches!(
        zmtp.receive(limits::ANSWER),
        Received::Frame {
            flags: flag::COMMAND,
            ..
        }
    ));
    // A length of nine bytes where one would do.
    let body = b"\x09SUBSCRIBEnews:";
    zmtp.send(
        &[
            &[flag::COMMAND | flag::LONG, 0, 0, 0, 0, 0, 0, 0, body.len() as u8],
            &body[..],
        ]
        .concat(),
    );
    // What a later version may say, and what has no meaning here.
    zmtp.send(&command("LATER", b"data"));
    zmtp.send(&message(b"\x02neither"));
    zmtp.send(&[frame(flag::MORE, b"several"), message(b"frames")].concat());
    zmtp.meet(&mut publisher);
    publisher.publish(b"news:1");
    zmtp.expect(&Received::message(b"news:1"));
    publisher.publish(format!("news:{}", "x".repeat(300)).as_bytes());
    zmtp.expect(&Received::message(format!("news:{}", "x".repeat(300)).as_bytes()));
}
