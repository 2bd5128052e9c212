//! What does a client cost that is there and says nothing?

use omnibus_tests::node::Node;
use omnibus_tests::raw::{Frame, Raw};

/// Clients, each in a channel; below the 20,000 descriptors that a process often has.
const CLIENTS: u32 = 10_000;

/// User memory for each of them.
const BYTES_MAX: u64 = 1_024;

#[test]
fn an_idle_subscribed_client_costs_at_most_one_kib() {
    // They share a channel, as the readers of one page do.
    let alike = measure(|_| "news".to_owned());
    // Each has one of its own, as in a shop where everybody sees their own basket.
    let apart = measure(|n| format!("basket{n}"));
    // Shown by `--nocapture`, to compare builds.
    println!("an idle subscribed client costs {alike} bytes in a shared channel, {apart} in one of its own");
    assert!(alike <= BYTES_MAX, "{alike} bytes in a shared channel");
    assert!(apart <= BYTES_MAX, "{apart} bytes in a channel of its own");
}

/// The memory per client, in bytes, once all are there and have been answered.
fn measure(channel: impl Fn(u32) -> String) -> u64 {
    // While it is pinged, a client is not idle.
    let node = Node::with(&[("server.ping_interval", "1h")]);
    // One of each has made the server grow to its usual size.
    let _warm = joined(&node, 0, &channel(0));
    let before = node.process().anonymous_bytes();
    let clients: Vec<Raw> = (1..=CLIENTS).map(|n| joined(&node, n, &channel(n))).collect();
    let after = node.process().anonymous_bytes();
    drop(clients);
    (after - before) / u64::from(CLIENTS)
}

fn joined(node: &Node, n: u32, channel: &str) -> Raw {
    let mut raw = Raw::websocket(node.address());
    // As long as the identifiers that the original's page gives itself.
    raw.send(&Frame::text(&format!("!authenticate:44b0b696-8048-4ac3-9219-{n:012}")))
        .expect("the server reads");
    raw.send(&Frame::text(&format!("!subscribe:{channel}")))
        .expect("the server reads");
    raw.expect_text(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    raw.expect_text(&format!(
        r#"!subscribe:{{"type": "subscribe", "success": true, "payload": {{"channel": "{channel}"}}}}"#
    ));
    raw
}
