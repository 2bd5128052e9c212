//! Do libzmq sockets work whatever options they have?

use std::thread;
use std::time::Duration;

use omnibus_tests::client::Client;
use omnibus_tests::node::Node;
use serde_json::{Value, json};

use crate::sockets::{Sockets, lossless, numbered, tcp};

/// A pair of sockets with these options of both.
fn pair(node: &Node, publisher: &str, subscriber: &str, options: &Value) -> Sockets {
    let mut sockets = Sockets::start();
    sockets.open("pub", publisher, &tcp(node.publisher_address()), options.clone());
    sockets.open("sub", subscriber, &tcp(node.subscriber_address()), options.clone());
    // One topic: some options make a SUB drop further subscriptions before they are sent.
    sockets.subscribe("sub", &["news:"]);
    sockets.meet_by("pub", "sub", "news:");
    sockets
}

fn exchange(sockets: &mut Sockets) {
    for frame in numbered("news:", 20) {
        sockets.send("pub", frame.clone());
        sockets.expect("sub", frame);
    }
}

#[test]
fn messages_pass_between_sockets_with_any_of_these_options() {
    let node = Node::start();
    for options in [
        json!({}),
        // A lower bound of the PUB makes it drop what is sent within a millisecond.
        json!({"SNDHWM": 50, "RCVHWM": 1}),
        json!({"SNDHWM": 100_000, "RCVHWM": 100_000}),
        json!({"IMMEDIATE": 1, "LINGER": 0}),
        json!({"TCP_KEEPALIVE": 1, "TCP_KEEPALIVE_IDLE": 10, "TOS": 16}),
        json!({"ROUTING_ID": "backend-1"}),
        json!({"SNDBUF": 4_096, "RCVBUF": 4_096}),
        json!({"MAXMSGSIZE": 1_000}),
        json!({"HANDSHAKE_IVL": 1_000, "CONNECT_TIMEOUT": 1_000}),
        json!({"RECONNECT_IVL": 10, "RECONNECT_IVL_MAX": 100}),
    ] {
        println!("with {options}");
        exchange(&mut pair(&node, "PUB", "SUB", &options));
    }
}

/// A conflating socket of libzmq now and then forgets to wake its reader, until the next message
/// comes (2 of 6,000 pairs through libzmq's own proxy): so each message is sent until it is heard.
#[test]
fn sockets_that_keep_only_the_last_message_get_it() {
    let node = Node::start();
    let mut sockets = pair(&node, "PUB", "SUB", &json!({"CONFLATE": 1}));
    for _ in 0..20 {
        sockets.meet_by("pub", "sub", "news:");
    }
}

#[test]
fn xpub_and_xsub_are_served_like_pub_and_sub() {
    let node = Node::start();
    for (publisher, subscriber) in [("XPUB", "SUB"), ("PUB", "XSUB"), ("XPUB", "XSUB")] {
        let mut sockets = pair(&node, publisher, subscriber, &json!({}));
        if publisher == "XPUB" {
            // All that the node ever subscribes.
            sockets.expect("pub", "\u{1}");
        }
        exchange(&mut sockets);
        sockets.unsubscribe("sub", &["news:"]);
        sockets.subscribe("sub", &["end:"]);
        sockets.meet_by("pub", "sub", "end:");
        sockets.send("pub", "news:too late");
        sockets.send("pub", "end:");
        sockets.expect("sub", "end:");
    }
}

#[test]
fn heartbeats_of_libzmq_are_answered_while_nothing_else_is_said() {
    let node = Node::start();
    let options = json!({"HEARTBEAT_IVL": 100, "HEARTBEAT_TTL": 600, "HEARTBEAT_TIMEOUT": 600});
    let mut sockets = pair(&node, "PUB", "SUB", &options);
    // Two time-outs: an unanswered ping, or a TTL that runs out unasked, would end the connections.
    thread::sleep(Duration::from_millis(1_300));
    sockets.expect_no_event("pub");
    sockets.expect_no_event("sub");
    exchange(&mut sockets);
}

#[test]
fn sockets_come_back_by_themselves_and_subscribe_anew_after_a_restart() {
    let mut node = Node::start();
    let mut sockets = pair(&node, "PUB", "SUB", &json!({"RECONNECT_IVL": 20}));
    let mut browser = Client::joined(&node, "A", &["news"]);
    sockets.send("pub", "news:before");
    browser.expect("news:before");
    drop(browser);
    node.restart();
    for socket in ["pub", "sub"] {
        assert_eq!(sockets.event(socket), "disconnected");
    }
    sockets.expect("sub", "news:before");
    sockets.meet_by("pub", "sub", "news:");
    exchange(&mut sockets);
    let mut browser = Client::joined(&node, "A", &["news"]);
    sockets.send("pub", "news:after");
    browser.expect("news:after");
}

#[test]
fn each_of_a_thousand_subscriptions_of_one_socket_is_served() {
    let node = Node::start();
    let mut sockets = Sockets::met(&node);
    let topics: Vec<String> = (0..1_000).map(|number| format!("{number}:")).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    sockets.open("many", "XSUB", &tcp(node.subscriber_address()), lossless());
    sockets.subscribe("many", &topics);
    sockets.subscribe("many", &["ready:"]);
    sockets.meet("many");
    for number in (0..2_000).rev() {
        sockets.send("pub", format!("{number}:x"));
    }
    let expected: Vec<Value> = (0..1_000).rev().map(|number| format!("{number}:x").into()).collect();
    assert_eq!(sockets.receive_all("many", 1_000), expected);
    sockets.send("pub", "ready:end");
    sockets.expect("many", "ready:end");
}

#[test]
fn twelve_mebibytes_pass_as_one_message_to_subscribers_and_browsers() {
    let node = Node::start();
    let mut sockets = Sockets::met(&node);
    sockets.subscribe("sub", &["large:"]);
    sockets.meet_by("pub", "sub", "large:");
    let mut browser = Client::joined(&node, "A", &["large"]);
    let large = json!({"text": "large:", "fill": 12 << 20});
    sockets.send("pub", large.clone());
    sockets.expect("sub", large);
    browser.expect(&format!("large:{}", "x".repeat(12 << 20)));
    sockets.send("pub", "large:small");
    sockets.expect("sub", "large:small");
    browser.expect("large:small");
}

#[test]
fn a_hundred_subscribers_all_get_every_message() {
    let node = Node::start();
    let mut sockets = Sockets::met(&node);
    let names: Vec<String> = (0..100).map(|number| format!("sub{number}")).collect();
    for name in &names {
        let own = format!("{name}:");
        sockets.open(name, "SUB", &tcp(node.subscriber_address()), lossless());
        sockets.subscribe(name, &["news:", &own]);
        sockets.meet_by("pub", name, &own);
    }
    sockets.number("pub", "news:", 100);
    for name in &names {
        assert_eq!(sockets.receive_all(name, 100), numbered("news:", 100), "{name}");
    }
}
