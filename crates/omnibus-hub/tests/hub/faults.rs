//! What does a mistake in a peer, an encoder or the engine cost?

use std::sync::atomic::Ordering;

use super::support::{Client, Node, eventually};

/// Whether a neighbour on the same shard, here before, and a newcomer are served.
fn others_are_served(node: &Node, neighbour: &mut Client) {
    node.publish("news:to whom it concerns").unwrap();
    neighbour.expect("news:to whom it concerns");
    node.client().ask("say hello", "hello");
}

#[test]
fn a_peer_that_panics_loses_its_own_connection_only() {
    let node = Node::with_shards(1);
    let mut neighbour = node.subscribers(1, "news").remove(0);
    for commands in [
        "say nobody reads this\npanic on_line",
        "panic on_gone\nabort",
        "panic woken\nwake 1",
        "panic nudged\nnudge",
        "panic outbox\nfill 30000000",
        "greed 5",
    ] {
        let mut client = node.client();
        client.ask("sub news", "+news");
        client.send(commands);
        assert!(client.is_ended(), "{commands}");
        eventually("its place is free", || node.hub.connections() == 1);
        others_are_served(&node, &mut neighbour);
        eventually("newcomers have left", || node.hub.connections() == 1);
    }
    assert_eq!(node.shared.gone.load(Ordering::SeqCst), 12, "everyone's end was told");
}

#[test]
fn an_encoder_that_panics_costs_one_publication() {
    let node = Node::with_shards(1);
    let mut neighbour = node.subscribers(1, "news").remove(0);
    node.publish("news:boom").unwrap();
    others_are_served(&node, &mut neighbour);
}

#[test]
fn an_engine_that_panics_over_a_subscription_costs_nothing() {
    let node = Node::with_shards(1);
    let mut neighbour = node.subscribers(1, "news").remove(0);
    node.engine.panics.store(true, Ordering::SeqCst);
    let mut client = node.client();
    client.ask("sub sport", "+sport");
    node.publish("sport:hello").unwrap();
    client.expect("sport:hello");
    client.send("abort");
    assert!(client.is_ended());
    eventually("it was given up", || {
        node.engine.asked().last().is_some_and(|last| last == "-sport:")
    });
    others_are_served(&node, &mut neighbour);
}
