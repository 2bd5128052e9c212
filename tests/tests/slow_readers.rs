//! Does a client that reads slowly, or not at all, hurt only itself?

use std::time::Duration;

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::publisher::Publisher;
use omnibus_tests::raw::Raw;
use omnibus_tests::slow;

/// One message.
const BYTES: usize = 64 << 10;

/// Messages that are under way at once: less than an outbox holds, so that a client that reads
/// is never slow.
const WINDOW: usize = 8;

#[test]
fn slow_client_is_closed_and_its_neighbours_still_receive() {
    let node = Node::start();
    let mut neighbour = Client::joined(&node, "neighbour", &["foo"]);
    let mut slow = slow::joined(node.address());
    let mut publisher = Publisher::connect(node.publisher_address());
    publish(&mut publisher, &mut neighbour, 200);

    // What it had not read is gone but for the beginning, and then it is told why.
    let heard = slow::hears_until_closed(&mut slow, message);
    assert!(heard < 200, "it was not slow");
}

#[test]
fn clients_that_never_read_300_mb_cost_their_outboxes_and_no_more() {
    const CLIENTS: usize = 4;
    const MESSAGES: usize = 300 * 1_000_000 / BYTES;
    const OUTBOX_BYTES_MAX: u64 = 1 << 20;

    let node = Node::start();
    let mut neighbour = Client::joined(&node, "neighbour", &["foo"]);
    let mut publisher = Publisher::connect(node.publisher_address());
    publish(&mut publisher, &mut neighbour, 100);
    let before = node.process().peak_bytes();
    let never_reading: Vec<Raw> = (0..CLIENTS).map(|_| slow::joined(node.address())).collect();
    publish(&mut publisher, &mut neighbour, MESSAGES);
    let cost = node.process().peak_bytes() - before;
    // Shown by `--nocapture`.
    println!("{CLIENTS} clients that don't read cost {cost} bytes at the most");
    let bound = CLIENTS as u64 * OUTBOX_BYTES_MAX + (4 << 20);
    assert!(
        cost <= bound,
        "{CLIENTS} clients that don't read cost {cost} bytes at the most, which is more than {bound}"
    );
    drop(never_reading);
}

/// Their outboxes hold large pieces, and what lies above those lives on.
#[test]
fn what_clients_that_never_read_took_is_given_back() {
    const CLIENTS: usize = 10;
    const MESSAGES: usize = 100;
    const SPARE_BYTES: u64 = 300 << 10;

    let node = Node::start();
    let mut neighbour = Client::joined(&node, "neighbour", &["foo"]);
    let mut publisher = Publisher::connect(node.publisher_address());
    publish(&mut publisher, &mut neighbour, MESSAGES);
    let before = node.process().anonymous_bytes();
    let never_reading: Vec<Raw> = (0..CLIENTS).map(|_| slow::joined(node.address())).collect();
    publish(&mut publisher, &mut neighbour, MESSAGES);
    let _others: Vec<Client> = (0..CLIENTS).map(|_| Client::joined(&node, "later", &["bar"])).collect();
    drop(never_reading);
    limits::eventually("the end of what they took", limits::ANSWER, || {
        let kept = node.process().anonymous_bytes().saturating_sub(before);
        // Shown by `--nocapture`.
        println!("{kept} bytes are kept");
        if kept <= SPARE_BYTES {
            Ok(())
        } else {
            Err(format!("{kept} bytes are kept"))
        }
    });
}

#[test]
fn one_message_larger_than_the_outbox_still_goes_out() {
    let node = Node::start();
    let mut client = slow::joined(node.address());
    let mut neighbours: Vec<Client> = (0..4).map(|_| Client::joined(&node, "neighbour", &["foo"])).collect();
    let mut publisher = Publisher::connect(node.publisher_address());
    let large = format!(r#"foo:{{"text":"{}"}}"#, "x".repeat(8 << 20));
    publisher.publish(large.as_bytes());
    // By the time that they have it, it has long met the client's full socket.
    for neighbour in &mut neighbours {
        neighbour.expect(&large);
    }
    client.expect_text(&large);
    // And it is no reason to close.
    publisher.publish(message(1).as_bytes());
    client.expect_text(&message(1));
}

#[test]
fn a_client_that_takes_nothing_for_too_long_is_closed_even_if_little_waits() {
    let node = Node::with(&[("client.outbox_stall_max", "1s")]);
    let mut neighbour = Client::joined(&node, "neighbour", &["foo"]);
    let slow = slow::joined(node.address());
    let mut publisher = Publisher::connect(node.publisher_address());
    // Enough for the socket to be full, and not enough for the outbox.
    publisher.publish(format!(r#"foo:{{"text":"{}"}}"#, "x".repeat(8 << 20)).as_bytes());
    assert!(matches!(neighbour.hear(limits::ANSWER), Heard::Text(_)));
    let before = node.process().descriptors();
    // Where it reads on, it is told why; this one does not, and is cut.
    limits::eventually("the slow client's end", Duration::from_secs(30), || {
        let now = node.process().descriptors();
        if now < before {
            Ok(())
        } else {
            Err(format!("{now} descriptors"))
        }
    });
    publisher.publish(message(1).as_bytes());
    neighbour.expect(&message(1));
    drop(slow);
}

/// Publishes messages so that the neighbour, who hears them all, is never slow.
fn publish(publisher: &mut Publisher, neighbour: &mut Client, count: usize) {
    for n in 0..count {
        publisher.publish(message(n).as_bytes());
        if n >= WINDOW {
            neighbour.expect(&message(n - WINDOW));
        }
    }
    for n in count.saturating_sub(WINDOW)..count {
        neighbour.expect(&message(n));
    }
}

fn message(n: usize) -> String {
    let start = format!(r#"foo:{{"n":{n},"text":""#);
    let filler = "x".repeat(BYTES - start.len() - 2);
    format!(r#"{start}{filler}"}}"#)
}
