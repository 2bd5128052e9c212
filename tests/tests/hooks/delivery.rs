//! Does an event arrive at an application that stumbles, sleeps or is away for a while?

use std::time::{Duration, Instant};

use omnibus_tests::client::Client;
use omnibus_tests::counters::{counter, expect_counter};
use omnibus_tests::port::Port;

use crate::receiver::{Event, Receiver, SECRET, expect_at_least, node};

const FAILS: &str = "the application does not receive events";
const RECEIVES_AGAIN: &str = "the application receives events again";

#[test]
fn what_was_not_received_comes_again_as_it_was() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "503 200");
    let mut node = node(&port, &[]);
    let _client = Client::joined(&node, "one", &[]);
    let (first, second) = (receiver.request(), receiver.request());
    assert_eq!((first.status, second.status), (503, 200));
    assert_eq!(first.body, second.body);
    receiver.expect_silence();
    expect_counter(node.program(), "hooks_requests_failed", 1);
    expect_counter(node.program(), "hooks_events_received", 1);
}

#[test]
fn an_application_that_does_not_answer_is_asked_again() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "late 200");
    let node = node(&port, &[]);
    let _client = Client::joined(&node, "one", &[]);
    let first = receiver.request();
    let begin = Instant::now();
    let second = receiver.request();
    assert_eq!(first.body, second.body);
    assert!(begin.elapsed() > Duration::from_secs(4), "{:?}", begin.elapsed());
    node.wait_for_log("no answer within 5s", Duration::from_secs(1));
}

#[test]
fn a_slow_request_does_not_hold_up_all_connections() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "late 200");
    let node = node(&port, &[]);
    let clients: Vec<_> = (0..40)
        .map(|number| Client::joined(&node, &format!("c{number}"), &[]))
        .collect();
    let begin = Instant::now();
    let _late = receiver.request();
    let mut received = 0;
    while received < 20 {
        received += receiver.request().events().len();
    }
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    drop(clients);
}

#[test]
fn what_happens_while_the_application_is_away_is_told_when_it_is_back() {
    let port = Port::free();
    let mut node = node(&port, &[]);
    let mut clients: Vec<_> = (0..20)
        .map(|number| Client::joined(&node, &format!("c{number}"), &[]))
        .collect();
    clients.truncate(10);
    expect_at_least(&mut node, "hooks_requests_failed", 20);
    expect_counter(node.program(), "hooks_events", 30);
    let receiver = Receiver::start(&port, "200");
    let told = receiver.events(30);
    assert_eq!(told.iter().filter(|event| event.name == "disconnect").count(), 10);
    expect_counter(node.program(), "hooks_events_received", 30);

    let log = node.program().log();
    assert_eq!(
        (log.matches(FAILS).count(), log.matches(RECEIVES_AGAIN).count()),
        (1, 1),
        "{log}"
    );
    assert!(!log.contains(SECRET));
}

#[test]
fn a_redirect_is_not_followed() {
    let port = Port::free();
    let mut receiver = Receiver::start(&port, "elsewhere");
    let mut node = node(&port, &[]);
    let _client = Client::joined(&node, "one", &[]);
    expect_at_least(&mut node, "hooks_requests_failed", 2);
    node.wait_for_log("redirects are not followed", Duration::from_secs(1));
    let request = receiver.request();
    assert_eq!((request.status, request.path.as_str()), (307, "/omnibus/hooks/"));
    receiver.answer("200");
    assert_eq!(
        receiver.events(1).iter().map(Event::what).collect::<Vec<_>>(),
        [("connect", None)]
    );
}

#[test]
fn an_answer_without_an_end_is_a_receipt_and_is_not_read() {
    let port = Port::free();
    let receiver = Receiver::start(&port, "chatty 200");
    let mut node = node(&port, &[]);
    let begin = Instant::now();
    let mut client = Client::joined(&node, "one", &[]);
    for number in 0..10 {
        client.subscribe(&format!("c{number}"));
        receiver.request();
    }
    expect_counter(node.program(), "hooks_events_received", 11);
    assert_eq!(counter(node.program(), "hooks_requests_failed"), 0);
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}
