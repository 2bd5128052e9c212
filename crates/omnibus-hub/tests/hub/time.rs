//! When is a peer woken?

use std::time::{Duration, Instant};

use super::support::{Client, Node};

#[test]
fn a_peer_is_woken_at_its_moment_and_the_last_call_counts() {
    let node = Node::with_shards(1);
    for (first, last) in [(5_000, 300), (100, 600), (300, 300)] {
        let mut client = node.client();
        let begin = Instant::now();
        client.send(&format!("wake {first}\nwake {last}"));
        client.expect("woken");
        let elapsed = begin.elapsed();
        assert!(elapsed >= Duration::from_millis(last), "too early: {elapsed:?}");
        assert!(elapsed < Duration::from_millis(last + 2_000), "too late: {elapsed:?}");
        assert!(client.is_silent_for(Duration::from_millis(200)), "woken twice");
    }
    // How late by the shard's own clock; where the machine is busy, one of several may be late.
    let least = node.shared.lateness.lock().unwrap().iter().min().copied();
    assert!(least.unwrap() <= Duration::from_millis(110), "{least:?}");
}

/// Nodes take one another for dead after a second and a half.
#[test]
fn the_bus_is_answered_while_the_shards_of_clients_are_busy() {
    const BUSY: Duration = Duration::from_secs(3);
    let node = Node::with_shards(1);
    let mut client = node.client();
    let mut neighbour = Client::connect(node.bus_address);
    client.send(&format!("sleep {}\nsay awake", BUSY.as_millis()));
    let mut longest = Duration::ZERO;
    while client.is_silent_for(Duration::from_millis(10)) {
        let begin = Instant::now();
        neighbour.ask("say hello", "hello");
        longest = longest.max(begin.elapsed());
    }
    client.expect("awake");
    assert!(longest < BUSY / 2, "{longest:?}");
}
