//! How do sockets move from peer to peer, and what becomes of what was said?

use std::time::Duration;

use omnibus_hub::Counter;

use super::support::{Client, Node, eventually};

/// A peer that outlives its sockets and is subscribed to `news`.
fn survivor(node: &Node) -> Client {
    let mut client = node.client();
    client.ask("known", "known");
    client.send("outlive");
    client.ask("sub news", "+news");
    client
}

#[test]
fn a_peer_that_lives_on_gets_by_its_next_socket_what_it_missed() {
    let node = Node::with_shards(2);
    let mut first = survivor(&node);
    // What comes behind the farewell is for the socket's next peer.
    first.send("say farewell\ndetach second\nwho");
    first.expect("farewell");
    first.expect("second");
    node.publish("news:one").unwrap();
    node.publish("news:two").unwrap();
    let mut other = node.client();
    other.send("where\ngive hello\nsay behind");
    let _any_shard = other.line();
    other.expect("waited LOUD news:one, LOUD news:two");
    other.expect("attached hello");
    other.expect("behind");
    node.publish("news:three").unwrap();
    other.expect("news:three");
    first.ask("who", "second");
}

#[test]
fn a_socket_comes_back_from_a_peer_that_has_one_or_takes_none_or_is_gone() {
    let node = Node::with_shards(2);
    let mut peer = node.client();
    peer.ask("known", "known");
    for _ in 0..4 {
        let mut other = node.client();
        other.send("give hello\nsay behind");
        other.expect("unknown hello");
        other.expect("behind");
    }
    peer.send("outlive");
    peer.ask("say ready", "ready");
    for _ in 0..4 {
        let mut other = node.client();
        other.send("give hello\nsay behind");
        other.expect("refused hello");
        other.expect("behind");
    }
    peer.ask("quit", "bye");
    drop(peer);
    let mut other = node.client();
    eventually("the peer is gone", || node.hub.connections() == 1);
    other.send("give hello");
    other.expect("unknown hello");
}

/// Those to whom a turn writes at once are looked up by their places, of which one is empty by then.
#[test]
fn a_socket_that_is_given_away_leaves_the_rest_of_its_turn_whole() {
    let node = Node::with_shards(1);
    drop(survivor(&node));
    eventually("its socket has ended", || node.hub.counters().get(Counter::Closed) == 1);
    let mut sleeper = node.client();
    let mut others: Vec<_> = (0..8).map(|_| node.client()).collect();
    for other in &mut others {
        other.ask("say hello", "hello");
    }
    let mut giver = node.client();
    giver.ask("say hello", "hello");
    // All of them are read in the turn that comes next.
    sleeper.send("say now\nsleep 300");
    sleeper.expect("now");
    for other in &others {
        other.send("say here");
    }
    giver.send("say before\ngive hello\nsay behind");
    for other in &mut others {
        other.expect("here");
    }
    for line in ["before", "waited ", "attached hello", "behind"] {
        giver.expect(line);
    }
}

#[test]
fn a_peer_that_loses_its_socket_keeps_its_subscriptions_and_what_comes() {
    let node = Node::with_shards(2);
    drop(survivor(&node));
    eventually("its socket has ended", || node.hub.counters().get(Counter::Closed) == 1);
    assert_eq!(node.hub.connections(), 1);
    node.publish("news:meanwhile").unwrap();
    let mut next = node.client();
    next.send("give again");
    next.expect("waited LOUD news:meanwhile");
    next.expect("attached again");
    assert_eq!(node.hub.connections(), 1);
    next.ask("quit", "bye");
    drop(next);
    eventually("all are gone", || node.hub.connections() == 0);
    let counters = node.hub.counters();
    assert_eq!(counters.get(Counter::Accepted), counters.get(Counter::Closed));
}

#[test]
fn what_is_parked_in_a_turn_is_there_in_the_same_turn() {
    let node = Node::with_shards(1);
    let mut client = survivor(&node);
    client.send("park\nsay one\nsay two\nunpark\nsay three");
    client.expect("waited one, two");
    client.expect("three");
    client.send("park\nsay four");
    assert!(client.is_silent_for(Duration::from_millis(100)));
    node.publish("news:five").unwrap();
    assert!(client.is_silent_for(Duration::from_millis(100)));
    client.ask("unpark", "waited four, LOUD news:five");
}

#[test]
fn a_peer_is_told_when_as_much_as_it_named_has_passed() {
    let node = Node::with_shards(1);
    let mut client = survivor(&node);
    client.send("mark 20");
    node.publish("news:123456789").unwrap();
    client.expect("news:123456789");
    node.publish("news:1").unwrap();
    client.expect("news:1");
    client.expect("passed");
    node.publish("news:and no more").unwrap();
    client.expect("news:and no more");
    client.ask("say end", "end");
}

#[test]
fn too_much_that_is_parked_is_dropped_and_the_peer_told() {
    let node = Node::with_shards(1);
    let mut client = survivor(&node);
    client.send("bound close 100\ndetach second");
    client.ask("who", "second");
    for number in 0..20 {
        node.publish(format!("news:number {number}")).unwrap();
    }
    eventually("it was too much", || node.hub.counters().get(Counter::ClosedSlow) == 1);
    let mut next = node.client();
    next.send("give again");
    next.expect("waited slow");
    next.expect("attached again");
    // Its subscriptions are gone, it is not.
    node.publish("news:unheard").unwrap();
    next.ask("say here", "here");
}

#[test]
fn a_node_that_stops_lets_peers_without_a_socket_go_at_once() {
    let mut node = Node::with_shards(2);
    let mut client = survivor(&node);
    client.send("detach second");
    client.ask("who", "second");
    drop(client);
    assert!(node.stop(Duration::from_secs(5)));
}
