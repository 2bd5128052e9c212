//! Does SockJS's own client get through by every transport, in node and in a browser, and so does
//! the one that came with the original?

use omnibus_tests::node::Node;
use omnibus_tests::node_js::Script;
use omnibus_tests::sockjs;
use serde_json::{Value, json};

/// What a client receives that joins a channel and speaks there.
const RECEIVED: [&str; 3] = [
    r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#,
    r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "foo"}}"#,
    r#"foo:{"text":"Grüße 😀"}"#,
];

#[test]
fn the_client_gets_through_in_node_by_each_transport() {
    let node = sockjs::node(&[]);
    let mut script = Script::start("sockjs_client.js", &[]);
    for transport in ["websocket", "xhr-streaming", "xhr-polling"] {
        let told = script.ask(&json!({"do": "node", "url": url(&node), "transport": transport}));
        assert_eq!(told["received"], json!(RECEIVED), "{transport}: {told}");
        assert_eq!(told["transport"], transport);
    }
}

#[test]
fn the_client_gets_through_in_a_browser_by_each_transport() {
    let node = sockjs::node(&[]);
    let mut script = Script::start("sockjs_client.js", &[]);
    for transport in ["websocket", "xhr-streaming", "eventsource", "xhr-polling"] {
        expect_through(&mut script, &node, transport, "sockjs");
    }
}

#[test]
fn the_client_of_the_original_gets_through_in_a_browser_by_each_transport() {
    let node = sockjs::node(&[]);
    let mut script = Script::start("sockjs_client.js", &[]);
    for transport in ["websocket", "xhr-streaming", "xhr-polling"] {
        expect_through(&mut script, &node, transport, "original");
    }
}

fn expect_through(script: &mut Script, node: &Node, transport: &str, file: &str) {
    let told: Value = script.ask(&json!({
        "do": "browser",
        "page": format!("http://{}/healthz", node.address()),
        "url": url(node),
        "transport": transport,
        "script": file,
    }));
    assert_eq!(told["received"], json!(RECEIVED), "{transport}: {told}");
    assert_eq!(told["transport"], transport);
}

fn url(node: &Node) -> String {
    format!("http://{}/ec", node.address())
}
