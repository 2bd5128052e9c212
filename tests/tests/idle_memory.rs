//! What does a client cost that is there and says nothing?

use omnibus_tests::http::Http;
use omnibus_tests::node::Node;
use omnibus_tests::raw::{Frame, Raw};
use omnibus_tests::sockjs;

/// Clients, each in a channel; below the 20,000 descriptors that a process often has.
const CLIENTS: u32 = 10_000;

/// Streams, each with one more descriptor while its client speaks.
const STREAMS: u32 = 5_000;

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

/// A stream has a WebSocket's place in the shard, and its session a place in the list of sessions.
#[test]
fn an_idle_stream_costs_at_most_twice_an_idle_websocket() {
    let websocket = measure(|_| "news".to_owned());
    let stream = measure_streams();
    println!("an idle subscribed stream costs {stream} bytes, an idle WebSocket {websocket}");
    assert!(stream <= 2 * websocket, "{stream} bytes, {websocket} of a WebSocket");
}

/// The memory per stream, in bytes, with the sockets that have brought what its client says closed.
fn measure_streams() -> u64 {
    let node = sockjs::node(&[
        ("server.ping_interval", "1h"),
        ("sockjs.sessions_per_address_max", "20000"),
    ]);
    let mut sender = Http::connect(node.address());
    let mut joined = |n: u32| {
        let mut stream = Http::connect(node.address());
        stream.send(&format!("POST /ec/000/stream{n}/xhr_streaming"), &[], "");
        stream.head();
        stream.chunk();
        stream.expect_chunk("o\n");
        let body = format!(r#"["!authenticate:44b0b696-8048-4ac3-9219-{n:012}","!subscribe:news"]"#);
        let request = format!("POST /ec/000/stream{n}/xhr_send");
        sender.ask(&request, &[], &body).expect(204, "");
        for _ in 0..2 {
            assert!(stream.chunk().is_some_and(|answer| answer.contains("true")));
        }
        stream
    };
    let _warm = joined(0);
    let before = node.process().anonymous_bytes();
    let streams: Vec<Http> = (1..=STREAMS).map(joined).collect();
    let after = node.process().anonymous_bytes();
    drop(streams);
    (after - before) / u64::from(STREAMS)
}
