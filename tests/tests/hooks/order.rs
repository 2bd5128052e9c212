//! Do a connection's events come in its order, and say what it was answered?

use std::collections::HashMap;
use std::thread;

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;
use tungstenite::Message;

use crate::receiver::{Event, Receiver, node};

const CONNECTIONS: usize = 200;
const THREADS: usize = 4;
const STEPS: usize = 30;

/// What a client did, as it was answered.
type Deeds = Vec<(&'static str, Option<String>)>;

/// Joins and leaves at random, then closes properly or cuts its connection.
fn wander(node: &Node, identifier: &str, seed: u64) -> Deeds {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut dice = move |sides: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % sides
    };
    let mut client = Client::connect(node);
    client.authenticate(identifier);
    let mut deeds: Deeds = vec![("connect", None)];
    let mut channels: Vec<String> = Vec::new();
    for _ in 0..STEPS {
        let channel = format!("room.{}", dice(8));
        match channels.iter().position(|joined| *joined == channel) {
            None => {
                client.subscribe(&channel);
                channels.push(channel.clone());
                deeds.push(("subscribe", Some(channel)));
            }
            Some(at) => {
                client.unsubscribe(&channel);
                channels.swap_remove(at);
                deeds.push(("unsubscribe", Some(channel)));
            }
        }
    }
    if dice(2) == 0 {
        client.send_message(Message::Close(None));
        assert!(matches!(client.hear(limits::ANSWER), Heard::Close(_) | Heard::End));
    }
    deeds.push(("disconnect", None));
    deeds
}

#[test]
fn events_of_each_connection_come_once_and_in_its_order_from_an_application_that_stumbles() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "mostly 200 503");
    let node = node(&port, &[]);
    let did: HashMap<String, Deeds> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let node = &node;
                scope.spawn(move || {
                    let wanderers = (thread..CONNECTIONS).step_by(THREADS);
                    let named = wanderers.map(|number| (format!("wanderer-{number}"), number as u64 + 1));
                    named
                        .map(|(name, seed)| (name.clone(), wander(node, &name, seed)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });

    let count = did.values().map(Vec::len).sum();
    let mut told: HashMap<String, Vec<Event>> = HashMap::new();
    for event in receiver.events(count) {
        told.entry(event.identifier.clone()).or_default().push(event);
    }
    assert_eq!(told.len(), CONNECTIONS);
    for (identifier, events) in &told {
        let expected: Vec<_> = did[identifier]
            .iter()
            .map(|(name, channel)| (*name, channel.as_deref()))
            .collect();
        assert_eq!(
            events.iter().map(Event::what).collect::<Vec<_>>(),
            expected,
            "{identifier}"
        );
        assert!(events.is_sorted_by(|one, next| one.id < next.id), "{identifier}");
        assert!(
            events.iter().all(|event| event.connection == events[0].connection),
            "{identifier}"
        );
        assert!(events.iter().all(|event| event.user.is_none()), "{identifier}");
    }
    receiver.expect_silence();
}

#[test]
fn answers_that_wait_for_the_bus_are_told_in_the_order_in_which_they_are_given() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "200");
    let director = Node::start();
    let subscribers = format!("tcp://{}", director.subscriber_address());
    let publishers = format!("tcp://{}", director.publisher_address());
    let forwarder = node(
        &port,
        &[
            ("bus.director", "false"),
            ("bus.forwarder", "true"),
            ("bus.director_subscriber_address", &subscribers),
            ("bus.director_publisher_address", &publishers),
        ],
    );
    let mut client = Client::connect(&forwarder);
    client.authenticate("me");
    for command in [
        "!subscribe:a",
        "!subscribe:b",
        "!unsubscribe:b",
        "!subscribe:b",
        "!unsubscribe:a",
    ] {
        client.send(command);
    }
    for _ in 0..5 {
        assert!(client.text().contains("\"success\": true"));
    }
    let told = receiver.events(6);
    let expected = [
        ("connect", None),
        ("subscribe", Some("a")),
        ("subscribe", Some("b")),
        ("unsubscribe", Some("b")),
        ("subscribe", Some("b")),
        ("unsubscribe", Some("a")),
    ];
    assert_eq!(told.iter().map(Event::what).collect::<Vec<_>>(), expected);
}

#[test]
fn a_client_that_becomes_somebody_else_ends_as_the_one_and_begins_as_the_other() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "200");
    let node = node(&port, &[]);
    let mut client = Client::joined(&node, "one", &["news"]);
    client.authenticate("one");
    client.authenticate("other");
    client.unsubscribe("news");
    drop(client);
    let told = receiver.events(7);
    let told: Vec<_> = told
        .iter()
        .map(|event| (event.identifier.as_str(), event.what()))
        .collect();
    let expected = [
        ("one", ("connect", None)),
        ("one", ("subscribe", Some("news"))),
        ("one", ("disconnect", None)),
        ("other", ("connect", None)),
        ("other", ("subscribe", Some("news"))),
        ("other", ("unsubscribe", Some("news"))),
        ("other", ("disconnect", None)),
    ];
    assert_eq!(told, expected);
}

#[test]
fn who_never_authenticates_is_not_told_of_and_a_refusal_ends_who_was() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "200");
    let node = node(&port, &[]);
    let mut stranger = Client::connect(&node);
    stranger.send("!subscribe:news");
    assert!(stranger.text().contains("false"));
    drop(stranger);

    let mut client = Client::joined(&node, "one", &["news"]);
    client.send(&format!("!authenticate:{}", "x".repeat(256)));
    assert!(client.text().contains("false"));
    drop(client);
    let told = receiver.events(3);
    let expected = [("connect", None), ("subscribe", Some("news")), ("disconnect", None)];
    assert_eq!(told.iter().map(Event::what).collect::<Vec<_>>(), expected);
    receiver.expect_silence();
}

#[test]
fn only_the_events_that_are_asked_for_are_told() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "200");
    let node = node(&port, &[("hooks.events", "disconnect, subscribe")]);
    let mut client = Client::joined(&node, "one", &["news"]);
    client.unsubscribe("news");
    drop(client);
    let told = receiver.events(2);
    let expected = [("subscribe", Some("news")), ("disconnect", None)];
    assert_eq!(told.iter().map(Event::what).collect::<Vec<_>>(), expected);
}

#[test]
fn a_node_that_stops_tells_of_everybodys_end_before_its_own() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "200 30");
    let mut node = node(&port, &[]);
    let clients: Vec<_> = (0..50)
        .map(|number| Client::joined(&node, &format!("c{number}"), &[]))
        .collect();
    assert_eq!(node.stop(), 0);
    let told = receiver.events(100);
    assert_eq!(told.iter().filter(|event| event.name == "disconnect").count(), 50);
    drop(clients);
}
