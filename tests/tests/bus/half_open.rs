//! When is a peer given up that says nothing?

use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::publisher::Publisher;

use crate::neighbours::Neighbours;
use crate::sockets::Sockets;
use crate::zmtp::{Received, Zmtp, command, flag, greeting, ready};
use omnibus_tests::counters::expect_counter;

#[test]
fn a_peer_that_does_not_shake_hands_in_time_is_disconnected() {
    let limit = Duration::from_millis(700);
    let mut node = Node::with(&[("bus.handshake_time_max", "700ms")]);
    let neighbours = Neighbours::of(&node);
    let descriptors = node.process().descriptors();
    let begun = Instant::now();
    let mut peers = Vec::new();
    for address in [node.subscriber_address(), node.publisher_address()] {
        for said in [
            &[][..],
            &greeting(1, "NULL")[..11],
            &greeting(1, "NULL"),
            &[greeting(1, "NULL"), ready("SUB")[..10].to_vec()].concat(),
        ] {
            let mut zmtp = Zmtp::connect(address);
            zmtp.send(said);
            peers.push(zmtp);
        }
    }
    // However slowly a peer speaks, it has the same time.
    let mut slow = Zmtp::connect(node.subscriber_address());
    for byte in greeting(1, "NULL") {
        if slow.try_send(&[byte]).is_err() {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    slow.expect_end();
    for zmtp in &mut peers {
        zmtp.expect_end();
    }
    assert!(begun.elapsed() >= limit, "{:?}", begun.elapsed());
    expect_counter(node.program(), "bus_peers_refused", 9);
    drop((peers, slow));
    limits::eventually("descriptors come back", limits::ANSWER, || {
        match node.process().descriptors() {
            now if now <= descriptors => Ok(()),
            now => Err(format!("{now}, before {descriptors}")),
        }
    });
    neighbours.end();
}

/// A legacy peer is pinged every 5 s and given up 30 s after the first ping that it leaves
/// unanswered; this is the one test that waits for it.
#[test]
fn a_peer_that_answers_no_ping_is_given_up_and_one_too_old_to_answer_is_not_asked() {
    let node = Node::start();
    let neighbours = Neighbours::of(&node);
    let mut publisher = Publisher::connect(node.publisher_address());
    let mut stopped = Sockets::met(&node);
    stopped.subscribe("sub", &["news:"]);
    stopped.meet_by("pub", "sub", "news:");
    stopped.program().signal("STOP");

    let begun = Instant::now();
    let mut silent = [
        Zmtp::ready(node.subscriber_address(), 1, "SUB"),
        Zmtp::ready(node.publisher_address(), 1, "PUB"),
    ];
    let mut old = Zmtp::ready(node.subscriber_address(), 0, "SUB");
    old.send(&[2, 0, 0, 0, 0, 0, 0, 0, 6, 1, b'n', b'e', b'w', b's', b':'][..]);
    let mut alive = Zmtp::subscribed(node.subscriber_address(), &["news:"], &mut publisher);
    let connected = node.process().descriptors();

    let ping = limits::eventually("a ping", limits::ANSWER, || {
        let received = silent[0].receive_frame(Duration::from_secs(1));
        match &received {
            Received::Frame {
                flags: flag::COMMAND,
                body,
            } if body.starts_with(b"\x04PING") => Ok(body.clone()),
            other => Err(format!("{other:?}")),
        }
    });
    // It asks to be given up likewise: the TTL is 30 s, in tenths.
    assert_eq!(ping, b"\x04PING\x01\x2c");
    while begun.elapsed() < Duration::from_secs(32) {
        assert!(matches!(
            alive.receive(Duration::from_millis(100)),
            Received::Nothing | Received::Frame { .. }
        ));
    }
    for zmtp in &mut silent {
        zmtp.expect_end();
    }
    assert!(begun.elapsed() > Duration::from_secs(34), "{:?}", begun.elapsed());
    drop(silent);
    // The two connections that were silent, and the two of the process that was stopped.
    limits::eventually("descriptors come back", limits::ANSWER, || {
        match node.process().descriptors() {
            now if now <= connected - 4 => Ok(()),
            now => Err(format!("{now}, before {connected}")),
        }
    });

    stopped.program().signal("CONT");
    for socket in ["sub", "pub"] {
        assert_eq!(stopped.event(socket), "disconnected");
    }
    stopped.meet_by("pub", "sub", "news:");
    publisher.publish(b"news:end");
    for zmtp in [&mut old, &mut alive] {
        limits::eventually("the last message", limits::ANSWER, || {
            match zmtp.receive(Duration::from_secs(1)) {
                received if received == Received::message(b"news:end") => Ok(()),
                Received::Frame { flags: flag::LAST, .. } => Err("another message".to_owned()),
                other => panic!("only messages come, not {other:?}"),
            }
        });
    }
    alive.send(&command("PING", &[0, 0]));
    alive.expect(&Received::command("PONG", b""));
    neighbours.end();
}
