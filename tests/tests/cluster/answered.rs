//! Does a subscriber that was just answered miss anything that is published after?

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::client::Client;
use omnibus_tests::counters::counter;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;
use omnibus_tests::publisher::Publisher;
use omnibus_tests::raw::{Frame, Raw};

use crate::server::{Bus, Kind, Server, forwarder};

/// Subscriptions, each to a channel that nobody had before.
const ROUNDS: usize = 1_000;

/// Subscribers that take turns: behind an original master each answer may take a while.
const SUBSCRIBERS: usize = 10;

/// Rounds of subscribing and publishing in one segment.
const SEGMENT_ROUNDS: usize = 200;

/// A director, a forwarder of ours below it, and a publisher at the director.
fn cluster(director: Kind) -> (Server, Node, Publisher) {
    let director = Server::director(director);
    // So long that a busy machine answers nobody before the director has confirmed.
    let node = forwarder(&director.bus(), &[("hub.join_time_max", "30s")]);
    node.wait_for_log("link up", limits::START);
    let [_, publishers] = director.addresses();
    (director, node, Publisher::connect(publishers))
}

/// Joins, has a message published elsewhere as soon as the answer is there, and waits for it.
fn round(client: &mut Client, publish: impl FnOnce(&str), channel: &str) {
    client.subscribe(channel);
    let text = format!(r#"{channel}:{{"text":"at once"}}"#);
    publish(&text);
    client.expect(&text);
}

fn answered_subscriber_misses_nothing(director: Kind) {
    let (_director, mut node, publisher) = cluster(director);
    let publisher = Mutex::new(publisher);
    let begin = Instant::now();
    thread::scope(|scope| {
        for subscriber in 0..SUBSCRIBERS {
            let (node, publisher) = (&node, &publisher);
            scope.spawn(move || {
                let mut client = Client::joined(node, &format!("subscriber-{subscriber}"), &[]);
                for number in 0..ROUNDS / SUBSCRIBERS {
                    let publish = |text: &str| {
                        let mut publisher = publisher.lock().unwrap_or_else(PoisonError::into_inner);
                        publisher.publish(text.as_bytes());
                    };
                    round(&mut client, publish, &format!("fresh-{subscriber}-{number}"));
                }
            });
        }
    });
    println!("= {ROUNDS} rounds behind {director:?} took {:?}", begin.elapsed());
    // No answer was given because its time was up, which would have been no promise.
    assert_eq!(counter(node.program(), "join_timeouts"), 0);
}

#[test]
fn subscriber_that_was_answered_misses_nothing_behind_our_director() {
    answered_subscriber_misses_nothing(Kind::Ours);
}

#[test]
fn subscriber_that_was_answered_misses_nothing_behind_the_original_master() {
    answered_subscriber_misses_nothing(Kind::Original);
}

/// The forwarder between asks its own director before it answers.
#[test]
fn subscriber_that_was_answered_misses_nothing_at_the_end_of_a_chain() {
    let (_director, middle, mut publisher) = cluster(Kind::Ours);
    let middle = Server::Ours(middle);
    let mut last = forwarder(&middle.bus(), &[]);
    last.wait_for_log("link up", limits::START);
    let mut client = Client::joined(&last, "subscriber", &[]);
    for number in 0..ROUNDS / 4 {
        let publish = |text: &str| publisher.publish(text.as_bytes());
        round(&mut client, publish, &format!("fresh-{number}"));
    }
    assert_eq!(counter(last.program(), "join_timeouts"), 0);
}

/// The command and the message come in one segment: the message waits for the answer.
fn message_behind_its_subscription_comes_back(director: Kind) {
    let (_director, node, _publisher) = cluster(director);
    thread::scope(|scope| {
        for subscriber in 0..SUBSCRIBERS {
            let address = node.address();
            scope.spawn(move || {
                let mut raw = Raw::websocket(address);
                raw.send_text("!authenticate:A");
                raw.expect_text(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
                for number in 0..SEGMENT_ROUNDS / SUBSCRIBERS {
                    subscribe_and_publish(&mut raw, &format!("fresh-{subscriber}-{number}"));
                }
            });
        }
    });
}

fn subscribe_and_publish(raw: &mut Raw, channel: &str) {
    let subscribe = format!("!subscribe:{channel}");
    let text = format!(r#"{channel}:{{"text":"in one segment"}}"#);
    let segment = [Frame::text(&subscribe), Frame::text(&text)].map(|frame| frame.to_bytes());
    raw.write(&segment.concat()).expect("the server reads");
    raw.expect_text(&format!(
        r#"!subscribe:{{"type": "subscribe", "success": true, "payload": {{"channel": "{channel}"}}}}"#
    ));
    raw.expect_text(&text);
}

#[test]
fn message_in_one_segment_with_its_subscription_comes_back_behind_our_director() {
    message_behind_its_subscription_comes_back(Kind::Ours);
}

#[test]
fn message_in_one_segment_with_its_subscription_comes_back_behind_the_original_master() {
    message_behind_its_subscription_comes_back(Kind::Original);
}

/// Nothing is heard of a channel that was left, and its messages no longer come down.
#[test]
fn channel_that_was_left_is_not_heard_and_joins_again_without_a_gap() {
    let (_director, node, mut publisher) = cluster(Kind::Ours);
    let mut client = Client::joined(&node, "subscriber", &["fence"]);
    for number in 0..100 {
        client.subscribe("door");
        publisher.publish(format!(r#"door:{{"open":{number}}}"#).as_bytes());
        client.expect(&format!(r#"door:{{"open":{number}}}"#));
        client.unsubscribe("door");
        publisher.publish(br#"door:{"closed":true}"#);
        publisher.publish(br#"fence:{}"#);
        client.expect("fence:{}");
    }
}

/// While there is no link, an answer does not wait for it.
#[test]
fn subscriber_is_answered_at_once_while_there_is_no_director() {
    let nowhere = Port::free();
    let node = forwarder(&Bus::of([nowhere.bus_address(), nowhere.bus_address()]), &[]);
    let begin = Instant::now();
    let mut client = Client::joined(&node, "subscriber", &[]);
    for number in 0..100 {
        client.subscribe(&format!("fresh-{number}"));
    }
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}
