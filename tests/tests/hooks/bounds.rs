//! What becomes of events that nobody receives?

use omnibus_tests::client::Client;
use omnibus_tests::counters::{counter, expect_counter};
use omnibus_tests::port::Port;
use tungstenite::Message;

use crate::receiver::{Receiver, expect_at_least, node};

#[test]
fn an_application_that_is_away_costs_a_bounded_queue_and_what_does_not_fit_is_counted() {
    const MAX: usize = 100;
    let port = Port::free();
    let mut node = node(&port, &[("hooks.queue_events_max", "100")]);
    for number in 0..150 {
        drop(Client::joined(&node, &format!("c{number}"), &["news"]));
    }
    expect_counter(node.program(), "hooks_events", MAX as u64);
    expect_counter(node.program(), "hooks_events_dropped_full", 3 * 150 - MAX as u64);
    assert_eq!(
        node.program()
            .log()
            .matches("events for the application are dropped")
            .count(),
        1
    );

    let receiver = Receiver::start(&port, "200");
    let told = receiver.events(MAX);
    assert!(
        told.iter().all(|event| event.id <= MAX as u64),
        "the newest were dropped"
    );
    let _one_more = Client::joined(&node, "one more", &[]);
    assert_eq!(receiver.events(1)[0].identifier, "one more");
}

#[test]
fn one_client_that_joins_and_leaves_as_fast_as_it_can_leaves_room_for_the_others() {
    let port = Port::free();
    let mut node = node(&port, &[("hooks.queue_events_max", "800")]);
    let mut wild = Client::connect(&node);
    wild.authenticate("wild");
    for _ in 0..1_000 {
        wild.send("!subscribe:a");
        wild.send("!unsubscribe:a");
    }
    wild.send_message(Message::Close(None));
    expect_at_least(&mut node, "hooks_events_dropped_share", 1_800);
    let _calm = Client::joined(&node, "calm", &[]);
    assert_eq!(counter(node.program(), "hooks_events_dropped_full"), 0);

    let receiver = Receiver::start(&port, "200");
    let waiting = counter(node.program(), "hooks_events");
    assert!(waiting <= 300, "{waiting} events wait");
    let told = receiver.events(waiting as usize);
    assert!(told.iter().any(|event| event.identifier == "calm"));
    let last = told.iter().rfind(|event| event.identifier == "wild");
    assert_eq!(
        last.unwrap().name,
        "disconnect",
        "its end is told whatever it did before"
    );
}

#[test]
fn a_client_that_changes_its_name_in_many_channels_gets_no_more_than_its_share() {
    let port = Port::free();
    let mut node = node(&port, &[("hooks.queue_events_max", "800")]);
    let mut client = Client::connect(&node);
    client.authenticate("a");
    for number in 0..500 {
        client.send(&format!("!subscribe:c{number}"));
    }
    for number in 0..500 {
        assert!(client.text().contains("true"), "{number}");
    }
    for number in 0..100 {
        client.authenticate(&format!("a{number}"));
    }
    let events = counter(node.program(), "hooks_events");
    assert!(events <= 210, "{events} events were taken");
}
