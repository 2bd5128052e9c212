//! How does input reach a peer, and what if it can't use it?

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use omnibus_hub::{Config, Topic};

use super::support::{Client, Node, eventually};

#[test]
fn input_that_a_peer_leaves_is_handed_in_again_after_its_join() {
    let node = Node::with_shards(1);
    node.engine.later.store(true, Ordering::SeqCst);
    let mut client = node.client();
    let lines: Vec<String> = (0..20_000).map(|number| format!("line {number}")).collect();
    client.send("sub news\nwait\nsay first");
    assert!(client.is_silent_for(Duration::from_millis(100)), "it can't go on yet");
    // Much more than is read at once, so that most of it stays in the socket.
    let sender = client.sender();
    thread::scope(|scope| {
        scope.spawn(|| {
            lines
                .chunks(100)
                .for_each(|chunk| sender.send(&format!("say {}", chunk.join("\nsay "))));
        });
        assert!(client.is_silent_for(Duration::from_millis(100)), "it can't go on yet");
        node.hub.joined(Topic::Channel(b"news"));
        client.expect("+news");
        client.expect("first");
        assert!(client.lines(lines.len()) == lines);
    });
}

#[test]
fn input_that_a_peer_leaves_is_handed_in_again_after_any_other_call() {
    let node = Node::with_shards(1);
    let mut client = node.client();
    client.send("nudge\nwait\nsay after the nudge\nwake 100\nwait\nsay after the wake");
    client.expect("nudged");
    client.expect("after the nudge");
    client.expect("woken");
    client.expect("after the wake");
}

#[test]
fn what_other_threads_tell_a_peer_comes_in_order_and_to_nobody_after_it() {
    let node = Node::with_shards(1);
    let mut client = node.client();
    client.ask("known", "known");
    client.send("say ready\nwait\nsay after what was told");
    client.expect("ready");
    let known = node.shared.known.lock().unwrap()[0];
    let tell = |text: &str| node.hub.tell(known, Box::new(text.to_owned()));
    tell("one");
    client.expect("one");
    client.expect("after what was told");
    tell("two");
    tell("three");
    client.expect("two");
    client.expect("three");
    client.send("abort");
    assert!(client.is_ended());
    eventually("its place is free", || node.hub.connections() == 0);
    let mut next = node.client();
    next.ask("say hello", "hello");
    tell("four");
    next.ask("say nothing else", "nothing else");
}

#[test]
fn a_peer_that_is_replaced_leaves_the_rest_of_the_input_to_its_successor() {
    let node = Node::with_shards(1);
    let mut client = node.client();
    client.send("who\nbecome second\nwho\nbecome third\nwho\nsub news\npub news hello");
    for line in ["first", "second", "third", "+news", "news:hello"] {
        client.expect(line);
    }
}

/// Bytes that a client may bring in a turn.
const SHARE: usize = 1_000;

/// Lets forty clients say this all at once: before the shard looks again.
fn said_at_once(said: &str) -> (Node, Vec<Client>) {
    let node = Node::start(Config {
        shards: 1,
        turn_read_bytes_max: SHARE,
        ..Config::default()
    });
    let mut clients: Vec<_> = (0..40).map(|_| node.client()).collect();
    for client in &mut clients {
        client.ask("say hello", "hello");
    }
    let mut sleeper = node.client();
    sleeper.send("say now\nsleep 300\nsay awake");
    for client in &clients {
        client.send(said);
    }
    sleeper.expect("now");
    sleeper.expect("awake");
    (node, clients)
}

/// The most that one turn has read, as `weight` has it of the bytes of a read.
fn most_of_a_turn(node: &Node, weight: impl Fn(usize) -> usize) -> usize {
    let mut turns: HashMap<_, usize> = HashMap::new();
    for (moment, bytes) in &*node.shared.input.lock().unwrap() {
        *turns.entry(*moment).or_default() += weight(*bytes);
    }
    turns.into_values().max().unwrap()
}

/// What peers answer waits in memory until the turn ends: so a turn's input is bounded.
#[test]
fn a_turn_takes_a_share_from_each_and_no_more_than_sixteen_shares() {
    let text = "x".repeat(95);
    let (node, mut clients) = said_at_once(&vec![format!("say {text}"); 100].join("\n"));
    for client in &mut clients {
        assert!(client.lines(100).iter().all(|line| *line == text));
    }
    let most = most_of_a_turn(&node, |bytes| {
        assert!(bytes <= SHARE, "{bytes} bytes at once");
        bytes
    });
    assert!(most <= 17 * SHARE, "{most} bytes in one turn");
}

#[test]
fn what_input_costs_beside_its_bytes_counts_for_the_turn() {
    let costly = "charge 16000\nsay done";
    let (node, mut clients) = said_at_once(costly);
    for client in &mut clients {
        client.expect("done");
    }
    let most = most_of_a_turn(&node, |bytes| usize::from(bytes == costly.len() + 1));
    assert_eq!(most, 1, "what one of them has sent uses a turn up");
}
