//! What happens to a subscriber of the bus that reads too slowly, and to its neighbours?

use std::time::{Duration, Instant};

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::program::Program;
use omnibus_tests::publisher::Publisher;

use crate::neighbours::Neighbours;
use crate::sockets::Sockets;
use crate::zmtp::{Received, Zmtp};
use omnibus_tests::counters::counter;

/// Far beyond what systems keep for a connection, and the bound on top.
const FLOOD_MESSAGES: usize = 1_500;
const MESSAGE_BYTES: usize = 64 << 10;

/// A small outbox, and enough patience with a socket that takes nothing for a loaded machine.
const SETTINGS: [(&str, &str); 3] = [
    ("bus.legacy_outbox_bytes_max", "1MiB"),
    // What a turn sends goes into an empty outbox as a whole.
    ("hub.turn_bytes_max", "1MiB"),
    ("client.outbox_stall_max", "60s"),
];

/// What a node may hold more after a flood than before: an outbox, and what allocators keep.
const KEPT_BYTES_MAX: u64 = 16 << 20;

fn flood(publisher: &mut Publisher) {
    let filler = "x".repeat(MESSAGE_BYTES);
    for number in 0..FLOOD_MESSAGES {
        publisher.publish(format!("flood:{number}:{filler}").as_bytes());
    }
}

/// Waits until the node has dealt with the flood, and says how many messages it has dropped.
fn dropped_of_flood(omnibusd: &mut Program, published_before: u64) -> u64 {
    limits::eventually("the flood is over", limits::ANSWER, || {
        let published = counter(omnibusd, "publications");
        let wanted = published_before + FLOOD_MESSAGES as u64;
        if published >= wanted {
            Ok(())
        } else {
            Err(format!("{published} of {wanted}"))
        }
    });
    let dropped = counter(omnibusd, "deliveries_dropped_slow");
    assert!(dropped > 0, "the system keeps it all: the flood is too small");
    dropped
}

/// The numbers of the flood's messages among these, which must rise.
fn numbers<'a>(frames: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let numbers: Vec<usize> = frames
        .filter_map(|frame| frame.strip_prefix("flood:")?.split(':').next()?.parse().ok())
        .collect();
    assert!(numbers.is_sorted_by(|left, right| left < right), "{numbers:?}");
    numbers
}

#[test]
fn a_subscriber_that_does_not_read_loses_the_newest_and_keeps_its_connection() {
    let mut node = Node::with(&SETTINGS);
    let neighbours = Neighbours::of(&node);
    let mut publisher = Publisher::connect(node.publisher_address());
    let mut slow = Zmtp::subscribed(node.subscriber_address(), &["flood:"], &mut publisher);
    let process = node.process();
    let bytes = process.anonymous_bytes();
    let published = counter(node.program(), "publications");
    flood(&mut publisher);
    dropped_of_flood(node.program(), published);
    limits::eventually("memory comes back", limits::ANSWER, || {
        match process.anonymous_bytes() {
            now if now <= bytes + KEPT_BYTES_MAX => Ok(()),
            now => Err(format!("{now}, before {bytes}")),
        }
    });

    // It reads at last: what was kept, then what is new.
    let mut frames = Vec::new();
    while let Received::Frame { body, .. } = slow.receive(limits::SILENCE) {
        frames.push(String::from_utf8(body).expect("all is text"));
    }
    let received = numbers(frames.iter().map(String::as_str));
    assert!(
        frames.iter().all(|frame| frame.len() > MESSAGE_BYTES),
        "frames are whole"
    );
    assert_eq!(received[0], 0);
    let kept = received
        .iter()
        .enumerate()
        .take_while(|&(at, &number)| at == number)
        .count();
    assert!(kept > 16, "the oldest are kept: {kept}");
    publisher.publish(b"flood:new");
    slow.expect(&Received::message(b"flood:new"));
    let dropped = counter(node.program(), "deliveries_dropped_slow");
    assert_eq!(received.len() as u64 + dropped, FLOOD_MESSAGES as u64);
    assert_eq!(counter(node.program(), "closed_slow"), 0);
    neighbours.end();
}

#[test]
fn a_stopped_process_gets_messages_again_once_it_goes_on() {
    let mut node = Node::with(&SETTINGS);
    let neighbours = Neighbours::of(&node);
    let mut publisher = Publisher::connect(node.publisher_address());
    let mut sockets = Sockets::met(&node);
    sockets.subscribe("sub", &["flood:"]);
    sockets.meet_by("pub", "sub", "flood:");
    sockets.program().signal("STOP");
    let published = counter(node.program(), "publications");
    flood(&mut publisher);
    dropped_of_flood(node.program(), published);
    sockets.program().signal("CONT");
    let frames = sockets.receive_until_silence("sub");
    let received = numbers(frames.iter().filter_map(|frame| frame["text"].as_str()));
    assert!(received.len() > 16, "the oldest are kept: {received:?}");
    sockets.expect_no_event("sub");
    sockets.meet_by("pub", "sub", "flood:");
    let dropped = counter(node.program(), "deliveries_dropped_slow");
    assert_eq!(received.len() as u64 + dropped, FLOOD_MESSAGES as u64);
    neighbours.end();
}

/// Longer than a peer may leave a ping unanswered.
const SLOW_READING: Duration = Duration::from_secs(38);

#[test]
fn a_subscriber_that_reads_slowly_for_long_is_not_taken_for_dead() {
    let mut node = Node::with(&SETTINGS);
    let mut publisher = Publisher::connect(node.publisher_address());
    let mut slow = Zmtp::subscribed(node.subscriber_address(), &["flood:"], &mut publisher);
    slow.keep_received_below(32 << 10);
    let begun = Instant::now();
    let published = counter(node.program(), "publications");
    flood(&mut publisher);
    dropped_of_flood(node.program(), published);
    let mut number = 0;
    while begun.elapsed() < SLOW_READING {
        // More comes than it reads, so that a ping has a long way through what waits.
        publisher.publish(format!("flood:{number}:{}", "x".repeat(2 * MESSAGE_BYTES)).as_bytes());
        number += 1;
        assert!(matches!(slow.receive(limits::ANSWER), Received::Frame { .. }));
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(counter(node.program(), "closed_slow"), 0);
    assert_eq!(counter(node.program(), "bus_peers_refused"), 0);
    while let Received::Frame { .. } = slow.receive(limits::SILENCE) {}
    publisher.publish(b"flood:new");
    slow.expect(&Received::message(b"flood:new"));
}
