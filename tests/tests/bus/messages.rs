//! Which messages pass the bus, to whom, how often, and in which order?

use omnibus_tests::client::Client;
use omnibus_tests::node::Node;
use serde_json::json;

use crate::sockets::{Sockets, lossless, numbered, tcp};
use omnibus_tests::counters::expect_counter;

/// A node and a `PUB` that it hears, beside a subscriber called `all` that does not filter by
/// itself, as a `SUB` does: what it receives is what the node has sent.
fn node_and_sockets(topics: &[&str]) -> (Node, Sockets) {
    let node = Node::start();
    let mut sockets = Sockets::met(&node);
    sockets.open("all", "XSUB", &tcp(node.subscriber_address()), lossless());
    sockets.subscribe("all", topics);
    meet_once(&mut sockets);
    (node, sockets)
}

/// Has `all` meet the publisher, and takes its interest in that back.
fn meet_once(sockets: &mut Sockets) {
    sockets.subscribe("all", &["ready:"]);
    sockets.meet("all");
}

#[test]
fn twenty_thousand_messages_arrive_whole_and_in_order() {
    let node = Node::start();
    let mut sockets = Sockets::met(&node);
    sockets.subscribe("sub", &["news:"]);
    sockets.meet_by("pub", "sub", "news:");
    sockets.number("pub", "news:", 20_000);
    assert_eq!(sockets.receive_all("sub", 20_000), numbered("news:", 20_000));
}

#[test]
fn what_a_browser_publishes_reaches_subscribers_on_the_bus_to_the_byte() {
    let (node, mut sockets) = node_and_sockets(&["news:"]);
    let mut browser = Client::joined(&node, "A", &["news"]);
    let text = "news: {\"type\":\"é\\u2603\",  \"payload\":{}}\n";
    browser.send(text);
    browser.expect(text);
    sockets.expect("all", text);
}

#[test]
fn only_the_first_frame_of_a_message_passes_and_the_others_are_counted() {
    let (mut node, mut sockets) = node_and_sockets(&["news:"]);
    let mut browser = Client::joined(&node, "A", &["news"]);
    sockets.send_frames(
        "pub",
        json!(["news:{\"n\":1}", "news:{\"n\":2}", "", {"text": "", "fill": 100_000}]),
    );
    sockets.send("pub", "news:{\"n\":3}");
    for frame in ["news:{\"n\":1}", "news:{\"n\":3}"] {
        sockets.expect("all", frame);
        browser.expect(frame);
    }
    expect_counter(node.program(), "bus_frames_dropped", 3);
}

#[test]
fn what_is_no_text_in_a_channel_reaches_prefix_subscribers_and_never_a_browser() {
    let (mut node, mut sockets) = node_and_sockets(&[""]);
    let mut browser = Client::joined(&node, "A", &["news", "no colon"]);
    let odd = [
        json!("no colon"),
        json!("news"),
        json!(""),
        json!({"hex": hex(b"news:\xff\xfe")}),
        json!({"hex": hex(b"\xc3:news")}),
        json!("\0"),
        json!(":empty name"),
    ];
    for frame in &odd {
        sockets.send("pub", frame.clone());
    }
    sockets.send("pub", "news:end");
    for frame in odd {
        sockets.expect("all", frame);
    }
    sockets.expect("all", "news:end");
    browser.expect("news:end");
    browser.expect_nothing_before_a_pong();
    expect_counter(node.program(), "deliveries_dropped_not_text", 1);
}

#[test]
fn a_frame_that_several_prefixes_of_a_subscriber_fit_comes_once() {
    let (_node, mut sockets) = node_and_sockets(&["", "n", "news", "news:", "news:{", "news:{\"n\":1}", "news:"]);
    sockets.send("pub", "news:{\"n\":1}");
    sockets.send("pub", "other:{}");
    sockets.expect("all", "news:{\"n\":1}");
    sockets.expect("all", "other:{}");
}

#[test]
fn a_name_with_its_colon_is_that_channel_and_a_prefix_is_every_frame_that_begins_so() {
    let (_node, mut sockets) = node_and_sockets(&["news:", "a:b", "wea"]);
    for (frame, comes) in [
        ("new:1", false),
        ("newsroom:1", false),
        ("news", false),
        ("news:1", true),
        ("news::2", true),
        ("a:1", false),
        ("a:b1", true),
        ("a:bc:1", true),
        ("wea", true),
        ("weather:1", true),
        ("we:1", false),
    ] {
        sockets.send("pub", frame);
        sockets.send("pub", "ready:next");
        if comes {
            sockets.expect("all", frame);
        }
        sockets.expect("all", "ready:next");
    }
}

#[test]
fn nothing_comes_any_more_once_a_subscription_has_ended() {
    let (_node, mut sockets) = node_and_sockets(&["news:", "news", "wea", "weather:"]);
    sockets.unsubscribe("all", &["news:", "wea"]);
    sockets.subscribe("all", &["later:"]);
    sockets.meet_by("pub", "all", "later:");
    for frame in ["news:1", "newsroom:1", "weather:1", "weak:1"] {
        sockets.send("pub", frame);
    }
    sockets.send("pub", "later:end");
    // What the other two subscriptions fit still comes.
    for frame in ["news:1", "newsroom:1", "weather:1", "later:end"] {
        sockets.expect("all", frame);
    }
    sockets.unsubscribe("all", &["news", "weather:"]);
    sockets.subscribe("all", &["last:"]);
    sockets.meet_by("pub", "all", "last:");
    for frame in ["news:1", "newsroom:1", "weather:1", "weak:1", "last:end"] {
        sockets.send("pub", frame);
    }
    sockets.expect("all", "last:end");
}

#[test]
fn what_begins_with_an_exclamation_mark_passes_in_neither_direction() {
    let forged = r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "x"}}"#;
    let (mut node, mut sockets) = node_and_sockets(&["", "!", "!news:"]);
    let mut browser = Client::joined(&node, "A", &["news"]);
    for frame in [forged, "!news:1", "!", "!!"] {
        sockets.send("pub", frame);
    }
    sockets.send("pub", "news:{\"!\":1}");
    sockets.expect("all", "news:{\"!\":1}");
    browser.expect("news:{\"!\":1}");
    expect_counter(node.program(), "bus_messages_dropped", 4);

    browser.send("!subscribe:!news");
    browser.expect(r#"!subscribe:{"type": "subscribe", "success": false, "payload": {"channel": "!news"}}"#);
    browser.send("!news:{}");
    browser.expect(r#"!news:{"type": "news", "success": false, "payload": null}"#);
    browser.send("news:{}");
    browser.expect("news:{}");
    sockets.expect("all", "news:{}");
}

#[test]
fn every_subscriber_gets_what_it_wants_and_nothing_else() {
    let (node, mut sockets) = node_and_sockets(&["a:", "b:"]);
    for (name, topic) in [("a", "a:"), ("b", "b:"), ("c", "")] {
        let own = format!("{name} is ready:");
        sockets.open(name, "XSUB", &tcp(node.subscriber_address()), lossless());
        sockets.subscribe(name, &[topic, &own]);
        sockets.meet_by("pub", name, &own);
    }
    sockets.number("pub", "a:", 100);
    sockets.number("pub", "b:", 100);
    sockets.number("pub", "c:", 100);
    let [a, b, c] = ["a:", "b:", "c:"].map(|prefix| numbered(prefix, 100));
    assert_eq!(sockets.receive_until_silence("a"), a);
    assert_eq!(sockets.receive_until_silence("b"), b);
    assert_eq!(sockets.receive_until_silence("c"), [a.clone(), b.clone(), c].concat());
    assert_eq!(sockets.receive_until_silence("all"), [a, b].concat());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
