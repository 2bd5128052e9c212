//! What is measured where a recording holds figures instead of steps?

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::publisher::Publisher;
use omnibus_tests::raw::{Frame, Raw, Received};
use serde_json::{Map, Value, json};

/// Repeats what the recording's title says and compares every figure.
///
/// # Panics
/// If a figure is another one, or nothing measures it.
pub(crate) fn check(id: &str, expected: &Map<String, Value>, node: &Node) {
    let measured = match id {
        "N37" => order_of_one_sender(node),
        "N38" => burst_of_a_client(node),
        "N38b" => burst_of_a_publisher(node),
        "N39" => messages_right_after_the_answer(node),
        "N39b" => messages_behind_the_handshake(node),
        "N39c" => messages_behind_the_subscription(node),
        "N42" => many_subscriptions(node),
        "N43" => clients_that_vanish(node),
        "N47" => many_connections(node),
        _ => panic!("nothing measures the figures of {id}"),
    };
    for (name, expected) in expected {
        assert_eq!(measured.get(name), Some(expected), "{name} among {measured}");
    }
}

/// 2,000 messages of one sender, two receivers.
fn order_of_one_sender(node: &Node) -> Value {
    let mut a = Client::joined(node, "A", &["foo"]);
    let mut b = Client::joined(node, "B", &["foo"]);
    for n in 0..2_000 {
        a.send(&message("foo", n));
    }
    let (of_a, of_b) = (numbers(&mut a, 2_000), numbers(&mut b, 2_000));
    json!({
        "A_got": of_a.len(), "A_in_order": of_a.is_sorted(),
        "B_got": of_b.len(), "B_in_order": of_b.is_sorted(),
    })
}

/// 20,000 messages of one sender, as fast as the socket takes them, received by another.
fn burst_of_a_client(node: &Node) -> Value {
    let mut receiver = Client::joined(node, "B", &["foo"]);
    let mut sender = Raw::websocket(node.address());
    for text in ["!authenticate:A", "!subscribe:foo"] {
        sender.send_text(text);
        assert!(matches!(sender.receive_message(limits::ANSWER), Received::Frame { .. }));
    }
    let mut writer = sender.sender();
    let writing = thread::spawn(move || {
        for chunk in 0..200 {
            let frames: Vec<Vec<u8>> = (chunk * 100..chunk * 100 + 100)
                .map(|n| Frame::text(&message("foo", n)).to_bytes())
                .collect();
            writer.write(&frames.concat()).expect("the server reads");
        }
    });
    // What the sender hears of itself is read, so that it does not count as slow.
    let echoes = thread::spawn(move || {
        for n in 0..20_000 {
            sender.expect_text(&message("foo", n));
        }
    });
    let received = numbers(&mut receiver, 20_000);
    writing.join().expect("the sender could write");
    echoes.join().expect("the sender hears itself, in order");
    let in_order = received.is_sorted();
    let gaps = received.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
    json!({"sent": 20_000, "received": received.len(), "in_order": in_order, "gaps": gaps})
}

/// 20,000 messages of a publisher on the bus.
fn burst_of_a_publisher(node: &Node) -> Value {
    let mut receiver = Client::joined(node, "A", &["foo"]);
    let address = node.publisher_address();
    let publishing = thread::spawn(move || {
        let mut publisher = Publisher::connect(address);
        for n in 0..20_000 {
            publisher.publish(message("foo", n).as_bytes());
        }
        publisher
    });
    let received = numbers(&mut receiver, 20_000);
    publishing.join().expect("the publisher could write");
    json!({"sent": 20_000, "received": received.len(), "in_order": received.is_sorted()})
}

/// Another client publishes as soon as the answer to a subscription is there.
fn messages_right_after_the_answer(node: &Node) -> Value {
    let mut lost = 0;
    let mut a = Client::joined(node, "A", &[]);
    let mut b = Client::joined(node, "B", &[]);
    for round in 0..200 {
        let channel = format!("round{round}");
        b.subscribe(&channel);
        a.subscribe(&channel);
        b.send(&message(&channel, round));
        b.expect(&message(&channel, round));
        lost += u32::from(!hears(&mut a, &message(&channel, round)));
    }
    json!({"rounds": 200, "lost_after_positive_subscribe_response": lost})
}

/// A new connection says all that it has to say in one segment.
fn messages_behind_the_handshake(node: &Node) -> Value {
    let lost = (0..50).filter(|round| {
        let mut raw = Raw::websocket(node.address());
        let own = message("foo", *round);
        let texts = [
            format!("!authenticate:{round}"),
            "!subscribe:foo".to_owned(),
            own.clone(),
        ];
        pipeline(&mut raw, &texts);
        !receives(&mut raw, &own)
    });
    json!({"rounds": 50, "own_message_lost": lost.count()})
}

/// A connection that is up joins a channel and publishes into it in one segment.
fn messages_behind_the_subscription(node: &Node) -> Value {
    let mut raw = Raw::websocket(node.address());
    raw.send_text("!authenticate:A");
    assert!(receives(&mut raw, "!authenticate:"), "the client is let in");
    let lost = (0..50).filter(|round| {
        let channel = format!("round{round}");
        let own = message(&channel, *round);
        pipeline(&mut raw, &[format!("!subscribe:{channel}"), own.clone()]);
        !receives(&mut raw, &own)
    });
    json!({"rounds": 50, "own_message_lost": lost.count()})
}

/// 3,000 subscriptions of one connection, then a message to each.
fn many_subscriptions(node: &Node) -> Value {
    let mut raw = Raw::websocket(node.address());
    raw.send_text("!authenticate:A");
    assert!(receives(&mut raw, "!authenticate:"), "the client is let in");
    let subscribe: Vec<String> = (0..3_000).map(|n| format!("!subscribe:channel{n}")).collect();
    pipeline(&mut raw, &subscribe);
    let positive = (0..3_000).filter(|n| {
        let expected =
            format!(r#"!subscribe:{{"type": "subscribe", "success": true, "payload": {{"channel": "channel{n}"}}}}"#);
        raw.receive_message(limits::ANSWER) == Received::text(&expected)
    });
    let positive = positive.count();
    let publish: Vec<String> = (0..3_000).map(|n| message(&format!("channel{n}"), n)).collect();
    pipeline(&mut raw, &publish);
    let deliver = publish.iter().filter(|own| receives(&mut raw, own)).count();
    json!({"positive_responses": positive, "channels_that_deliver": deliver})
}

/// 20 clients in a channel that vanish without a word.
fn clients_that_vanish(node: &Node) -> Value {
    const CLIENTS: usize = 20;
    // Once both have been answered, all threads of the server have opened what they need.
    let _running = (joined(node.address(), 0), Publisher::connect(node.publisher_address()));
    let before = node.process().descriptors();
    let clients: Vec<Raw> = (0..CLIENTS).map(|n| joined(node.address(), n)).collect();
    let with_clients = node.process().descriptors();
    clients.into_iter().for_each(Raw::reset);
    limits::holds_within(limits::ANSWER, || node.process().descriptors() <= before);
    let after = node.process().descriptors();
    // Those who come later notice nothing.
    let mut late = Client::joined(node, "late", &["foo"]);
    late.send(&message("foo", 1));
    late.expect(&message("foo", 1));
    json!({
        "fds_per_client": (with_clients - before) / CLIENTS,
        "fds_left_behind": after.saturating_sub(before),
    })
}

/// 1,100 connections at once, each in a channel, each of which hears a message.
fn many_connections(node: &Node) -> Value {
    const CONNECTIONS: usize = 1_100;
    let mut clients: Vec<Raw> = (0..CONNECTIONS).map(|n| joined(node.address(), n)).collect();
    clients[0].send_text(&message("foo", 1));
    let refused = clients.iter_mut().filter_map(|client| {
        let heard = receives(client, &message("foo", 1));
        (!heard).then_some(())
    });
    json!({"connections": CONNECTIONS, "refused": refused.count()})
}

fn joined(address: SocketAddr, n: usize) -> Raw {
    let mut raw = Raw::websocket(address);
    pipeline(&mut raw, &[format!("!authenticate:{n}"), "!subscribe:foo".to_owned()]);
    assert!(receives(&mut raw, "!subscribe:"), "the client is let in");
    raw
}

fn message(channel: &str, n: u32) -> String {
    format!(r#"{channel}:{{"n":{n}}}"#)
}

/// The numbers of the next `count` messages, or of those before nothing comes any more.
fn numbers(client: &mut Client, count: usize) -> Vec<u32> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        match client.hear(limits::ANSWER) {
            Heard::Text(text) => {
                let number = text
                    .strip_prefix(r#"foo:{"n":"#)
                    .and_then(|rest| rest.strip_suffix('}'));
                numbers.push(number.and_then(|number| number.parse().ok()).expect("it was sent so"));
            }
            _ => break,
        }
    }
    numbers
}

/// Whether the client's next message is this one.
fn hears(client: &mut Client, text: &str) -> bool {
    client.hear(LOST_AFTER) == Heard::Text(text.to_owned())
}

/// Whether a message comes that begins so; those before it are passed over.
fn receives(raw: &mut Raw, start: &str) -> bool {
    loop {
        match raw.receive_message(LOST_AFTER) {
            Received::Frame { payload, .. } if payload.starts_with(start.as_bytes()) => return true,
            Received::Frame { .. } => {}
            Received::End | Received::Nothing => return false,
        }
    }
}

/// A message that has not come by then counts as lost.
const LOST_AFTER: Duration = Duration::from_secs(5);

/// Sends texts with one write.
fn pipeline(raw: &mut Raw, texts: &[String]) {
    let frames: Vec<Vec<u8>> = texts.iter().map(|text| Frame::text(text).to_bytes()).collect();
    raw.write(&frames.concat()).expect("the server reads");
}
