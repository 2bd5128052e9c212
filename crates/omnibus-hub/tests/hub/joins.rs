//! When is a subscription answered?

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use omnibus_hub::{Config, Counter, Topic};

use super::support::Node;

const NEWS: Topic<'static> = Topic::Channel(b"news");
const QUIET: Duration = Duration::from_millis(150);

fn node_that_joins_later(shards: usize, join_time_max: Duration) -> Node {
    let node = Node::start(Config {
        shards,
        join_time_max,
        ..Config::default()
    });
    node.engine.later.store(true, Ordering::SeqCst);
    node
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_subscription_is_answered_on_every_shard_when_the_bus_confirms_it() {
    let node = node_that_joins_later(3, LONG);
    let mut clients: Vec<_> = (0..6).map(|_| node.client()).collect();
    for client in &mut clients {
        client.send("sub news\nsay other answers do not wait");
        client.expect("other answers do not wait");
        assert!(client.is_silent_for(Duration::from_millis(20)));
    }
    node.hub.joined(NEWS);
    for client in &mut clients {
        client.expect("+news");
    }
    assert_eq!(node.engine.asked(), ["+news:"]);
    node.subscribers(1, "news");
    assert_eq!(node.hub.counters().get(Counter::JoinTimeouts), 0);
}

#[test]
fn a_subscription_by_prefix_is_answered_when_the_bus_confirms_it() {
    let node = node_that_joins_later(1, LONG);
    let mut client = node.client();
    client.send("pre ne");
    assert!(client.is_silent_for(QUIET));
    node.hub.joined(Topic::Prefix(b"ne"));
    client.expect("+ne");
}

#[test]
fn a_subscription_that_the_bus_does_not_confirm_is_answered_in_time() {
    let node = node_that_joins_later(1, Duration::from_millis(300));
    let mut client = node.client();
    let begin = Instant::now();
    client.ask("sub news", "+news");
    assert!(begin.elapsed() >= Duration::from_millis(290), "too early");
    assert_eq!(node.hub.counters().get(Counter::JoinTimeouts), 1);
    // The confirmation comes after all, and is no second answer.
    node.hub.joined(NEWS);
    assert!(client.is_silent_for(QUIET));
}

#[test]
fn a_subscription_that_was_given_up_is_not_answered() {
    let node = node_that_joins_later(1, LONG);
    let mut fickle = node.client();
    let mut steady = node.client();
    steady.send("sub news\nsay asked");
    steady.expect("asked");
    fickle.send("sub news\nunsub news\nsub news\nunsub news");
    fickle.expect("-news");
    fickle.expect("-news");
    node.hub.joined(NEWS);
    steady.expect("+news");
    assert!(fickle.is_silent_for(QUIET));
    // Whoever comes back is answered once.
    let node = node_that_joins_later(1, LONG);
    let mut fickle = node.client();
    let mut steady = node.client();
    steady.ask("sub news\nsay asked", "asked");
    fickle.ask("sub news\nunsub news\nsub news", "-news");
    node.hub.joined(NEWS);
    fickle.expect("+news");
    assert!(fickle.is_silent_for(QUIET));
}

/// The confirmation is on its way to the shard while its last subscriber leaves and another comes,
/// for whom the bus was asked anew.
#[test]
fn a_confirmation_of_an_earlier_join_does_not_answer_a_later_one() {
    let node = node_that_joins_later(1, LONG);
    let mut client = node.client();
    client.ask("sub news\nsay asked", "asked");
    client.send("sleep 300\nunsub news\nsub news");
    std::thread::sleep(Duration::from_millis(100));
    node.hub.joined(NEWS);
    client.expect("-news");
    assert!(client.is_silent_for(QUIET), "this join is not confirmed");
    assert_eq!(node.engine.asked(), ["+news:", "-news:", "+news:"]);
    node.hub.joined(NEWS);
    client.expect("+news");
}

#[test]
fn a_channel_is_wanted_once_and_given_up_with_its_last_subscriber() {
    for how_to_leave in ["unsub news", "quit", "abort"] {
        let node = Node::with_shards(3);
        let mut clients = node.subscribers(6, "news");
        assert_eq!(node.engine.asked(), ["+news:"]);
        let mut last = clients.pop().unwrap();
        for client in clients {
            client.send(how_to_leave);
            drop(client);
        }
        super::support::eventually("all others have left", || node.hub.connections() == 1);
        assert_eq!(node.engine.asked(), ["+news:"], "one is left");
        node.publish("news:for the last one").unwrap();
        last.expect("news:for the last one");
        last.send(how_to_leave);
        super::support::eventually("given up", || node.engine.asked() == ["+news:", "-news:"]);
        node.publish("news:for nobody").unwrap();
    }
}

#[test]
fn a_peer_that_has_closed_subscribes_nothing() {
    let node = Node::with_shards(1);
    let mut client = node.client();
    client.send("quit\nsub news\nsub sport");
    assert_eq!(client.rest(), ["bye"]);
    drop(client);
    super::support::eventually("it is gone", || node.hub.connections() == 0);
    assert!(node.engine.asked().is_empty());
}
