//! Do many clients at once get in, and leave nothing behind?

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use omnibus_tests::client::Client;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::publisher::Publisher;
use omnibus_tests::raw::{Frame, Raw, Received, opcode};

/// Clients at once.
const CLIENTS: usize = 1_500;

/// Threads that connect them.
const THREADS: usize = 10;

/// What may be left of a crowd after the first: the allocator's own leftovers, and nothing that
/// grows with every client.
const LEFT_BYTES_MAX: u64 = 256 << 10;

#[test]
fn clients_who_all_come_at_once_all_get_in_and_hear_the_same() {
    let node = Node::start();
    let mut speaker = Client::joined(&node, "speaker", &["foo"]);
    let mut crowd = crowd(&node);
    for n in 0..3 {
        let message = format!(r#"foo:{{"n":{n}}}"#);
        speaker.send(&message);
        speaker.expect(&message);
        for client in &mut crowd {
            client.expect_text(&message);
        }
    }
}

/// While a shard has more before it than it may, nobody is read, and what clients answer to pings lies
/// in their sockets.
#[test]
fn clients_who_answer_pings_stay_while_the_server_is_behind() {
    const LISTENERS: usize = 50;
    const PUBLICATIONS: usize = 10_000;
    let node = Node::with(&[
        ("server.shards", "1"),
        ("server.ping_interval", "300ms"),
        // With half as many before it, a shard is behind for a second: one goes to all in a turn.
        ("hub.inbox_publications_max", "10000"),
        ("hub.turn_publications_max", "1"),
    ]);
    let listeners: Vec<Raw> = (0..LISTENERS).map(|_| member(&node)).collect();
    let mut publisher = Publisher::connect(node.publisher_address());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut senders: Vec<Raw> = listeners.iter().map(Raw::sender).collect();
        let is_over = &is_over;
        scope.spawn(move || {
            // More often than they are asked, so that a slow machine is no reason to be silent.
            while !is_over.load(Ordering::Relaxed) {
                senders.retain_mut(|sender| sender.send(&Frame::new(opcode::PONG, b"")).is_ok());
                thread::sleep(Duration::from_millis(20));
            }
        });
        let listening: Vec<_> = listeners
            .into_iter()
            .map(|mut listener| {
                scope.spawn(move || {
                    let mut heard = 0;
                    while heard < PUBLICATIONS {
                        match listener.receive(limits::ANSWER) {
                            Received::Frame {
                                opcode: opcode::TEXT, ..
                            } => heard += 1,
                            Received::Frame {
                                opcode: opcode::PING, ..
                            } => {}
                            other => return Err(format!("{other:?} after {heard} messages")),
                        }
                    }
                    Ok(listener)
                })
            })
            .collect();
        (0..PUBLICATIONS).for_each(|_| publisher.publish(b"f:0123456789abcdef"));
        let heard: Vec<_> = listening.into_iter().map(|listener| listener.join().unwrap()).collect();
        is_over.store(true, Ordering::Relaxed);
        for listener in heard {
            listener.expect("it is connected and has heard everything");
        }
    });
}

fn member(node: &Node) -> Raw {
    let mut raw = Raw::websocket(node.address());
    raw.send_text("!authenticate:member");
    raw.expect_text(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    raw.send_text("!subscribe:f");
    raw.expect_text(r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "f"}}"#);
    raw
}

#[test]
fn clients_who_leave_return_their_descriptors_and_memory() {
    let node = Node::start();
    let mut witness = Client::joined(&node, "witness", &["foo"]);
    let descriptors = node.process().descriptors();
    let mut memory = Vec::new();
    for round in 0..6 {
        let clients = crowd(&node);
        assert!(node.process().descriptors() >= descriptors + CLIENTS);
        leave(clients, round);
        limits::eventually("the descriptors of those who left", limits::STOP, || {
            let left = node.process().descriptors();
            if left <= descriptors {
                Ok(())
            } else {
                Err(format!("{left}, {descriptors} before"))
            }
        });
        witness.send(r#"foo:{"n":1}"#);
        witness.expect(r#"foo:{"n":1}"#);
        memory.push(node.process().anonymous_bytes());
    }
    // The first rounds fill what the server keeps for the next clients.
    // Shown by `--nocapture`.
    println!("after each round of {CLIENTS} clients the server holds {memory:?} bytes");
    let grown = memory[5].saturating_sub(memory[1]);
    assert!(
        grown <= LEFT_BYTES_MAX,
        "{grown} bytes more after each of the rounds: {memory:?}"
    );
}

#[test]
fn whoever_takes_the_place_of_one_who_left_inherits_no_subscription() {
    let node = Node::start();
    let mut speaker = Client::joined(&node, "speaker", &["old", "foo"]);
    let before = node.process().descriptors();
    for round in 0..3 {
        let mut left: Vec<Raw> = (0..100).map(|_| asking(&node)).collect();
        for client in &mut left {
            let_in(client);
            client.send_text("!subscribe:old");
            client.expect_text(r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "old"}}"#);
        }
        leave(left, round);
        limits::eventually("the descriptors of those who left", limits::STOP, || {
            let now = node.process().descriptors();
            if now <= before { Ok(()) } else { Err(now.to_string()) }
        });
        let mut new: Vec<Raw> = (0..100).map(|_| asking(&node)).collect();
        new.iter_mut().for_each(let_in);
        for message in [r#"old:{"n":1}"#, r#"foo:{"n":2}"#] {
            speaker.send(message);
            speaker.expect(message);
        }
        for client in &mut new {
            client.expect_text(r#"foo:{"n":2}"#);
        }
        leave(new, round);
    }
}

/// Some say goodbye, some just close, some are cut off.
fn leave(clients: Vec<Raw>, round: usize) {
    for (number, mut client) in clients.into_iter().enumerate() {
        match (number + round) % 3 {
            0 => {
                client.send(&Frame::new(8, b"\x03\xe8")).expect("the server reads");
                client.expect_close(1000);
            }
            1 => drop(client),
            _ => client.reset(),
        }
    }
}

/// Clients in the channel foo, who came as nearly at once as can be.
fn crowd(node: &Node) -> Vec<Raw> {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let connecting: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    // All requests of a thread are out before the first answer is read.
                    let mut clients: Vec<Raw> = (0..CLIENTS / THREADS).map(|_| asking(node)).collect();
                    clients.iter_mut().for_each(let_in);
                    clients
                })
            })
            .collect();
        connecting
            .into_iter()
            .flat_map(|clients| clients.join().expect("all get in"))
            .collect()
    })
}

fn asking(node: &Node) -> Raw {
    let mut raw = Raw::connect(node.address());
    let mut bytes = Raw::upgrade_request(node.address()).into_bytes();
    bytes.extend(Frame::text("!authenticate:one of many").to_bytes());
    bytes.extend(Frame::text("!subscribe:foo").to_bytes());
    raw.write(&bytes).expect("the server reads");
    raw
}

fn let_in(raw: &mut Raw) {
    assert_eq!(raw.response(false).status, 101);
    raw.expect_text(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    raw.expect_text(r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "foo"}}"#);
}
