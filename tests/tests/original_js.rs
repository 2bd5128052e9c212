//! Is omnibusd a server that the original's JavaScript client takes for its own?

use omnibus_tests::client::Client;
use omnibus_tests::node::Node;
use omnibus_tests::node_js::Script;
use omnibus_tests::publisher::Publisher;
use serde_json::{Value, json};

#[test]
fn it_connects_authenticates_and_joins() {
    let node = Node::start();
    let mut script = Script::start("original_client.js", &[]);
    let id = connect(&mut script, "a", &node, json!({}));
    script.tell(&json!({"do": "open", "client": "a", "channel": "foo"}));
    let told = script.until(&json!({"client": "a", "channel": "foo", "event": "subscribed", "message": null}));
    let expected = [
        json!({"client": "a", "event": "connected"}),
        json!({"client": "a", "out": format!("!authenticate:{id}")}),
        json!({"client": "a", "in": AUTHENTICATED}),
        json!({"client": "a", "event": "authenticated"}),
        json!({"client": "a", "out": "!subscribe:foo"}),
        json!({"client": "a", "in": subscribed("foo", true)}),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_one_sends_another_hears_and_the_sender_does_not() {
    let node = Node::start();
    let mut script = Script::start("original_client.js", &[]);
    // A page that is logged in passes a token; the identifier ends before it.
    let id = connect(&mut script, "a", &node, json!({"authToken": "1:5570b1b049c7207a"}));
    connect(&mut script, "b", &node, json!({}));
    join(&mut script, "a", "foo");
    join(&mut script, "b", "foo");
    join(&mut script, "b", "bar");
    for (channel, type_, payload) in [
        (
            "foo",
            "hello",
            json!({"text": "Grüße, \"Welt\" 😀", "n": [1, 2.5, null]}),
        ),
        ("foo", "bare", Value::Null),
    ] {
        script.tell(&json!({"do": "send", "client": "a", "channel": channel, "type": type_, "payload": payload}));
        let message = json!({"type": type_, "sender": id, "payload": payload});
        let heard = json!({"client": "b", "channel": channel, "event": type_, "message": message});
        let mut told = script.until(&heard);
        // The sender's own copy passes its wire, and nothing comes of it.
        let own = |line: &Value| line["client"] == "a" && line.get("in").is_some();
        if !told.iter().any(own) {
            told.extend(script.until_is(own));
        }
        let event = told
            .iter()
            .find(|line| line["client"] == "a" && line.get("event").is_some());
        assert_eq!(event, None);
    }
    // From a channel that it has not joined, nothing.
    let mut other = Client::joined(&node, "c", &["bar", "foobar"]);
    other.send(r#"foobar:{"type":"elsewhere"}"#);
    other.send(r#"bar:{"type":"end"}"#);
    let told = script.until_is(|line| line["channel"] == "bar");
    assert!(
        !told.iter().any(|line| line.to_string().contains("elsewhere")),
        "{told:?}"
    );
}

#[test]
fn it_hears_what_backends_publish() {
    let node = Node::start();
    let mut script = Script::start("original_client.js", &[]);
    connect(&mut script, "a", &node, json!({}));
    join(&mut script, "a", "foo");
    let mut publisher = Publisher::connect(node.publisher_address());
    publisher.publish(br#"foo:{"sender": null, "type": "news", "payload": {"n": 1}}"#);
    let message = json!({"sender": null, "type": "news", "payload": {"n": 1}});
    script.until(&json!({"client": "a", "channel": "foo", "event": "news", "message": message}));
}

#[test]
fn it_leaves_a_channel_in_four_steps() {
    let node = Node::start();
    let mut script = Script::start("original_client.js", &[]);
    connect(&mut script, "a", &node, json!({}));
    join(&mut script, "a", "foo");
    join(&mut script, "a", "bar");
    script.tell(&json!({"do": "close", "client": "a", "channel": "foo"}));
    let event = |name: &str| json!({"client": "a", "channel": "foo", "event": name, "message": null});
    let told = script.until(&event("destroy"));
    let left = r#"!unsubscribe:{"type": "unsubscribe", "success": true, "payload": {"channel": "foo"}}"#;
    let expected = [
        event("close"),
        json!({"client": "a", "out": "!unsubscribe:foo"}),
        json!({"client": "a", "in": left}),
        event("unsubscribed"),
    ];
    assert_eq!(told, expected);
    let mut other = Client::joined(&node, "b", &["foo", "bar"]);
    other.send(r#"foo:{"type":"too late"}"#);
    other.send(r#"bar:{"type":"end"}"#);
    let told = script.until_is(|line| line["event"] == "end");
    assert!(
        !told.iter().any(|line| line.to_string().contains("too late")),
        "{told:?}"
    );
}

#[test]
fn it_comes_back_after_a_restart_under_its_old_name() {
    let mut node = Node::start();
    let mut script = Script::start("original_client.js", &[]);
    let id = connect(&mut script, "a", &node, json!({}));
    join(&mut script, "a", "foo");

    assert_eq!(node.stop(), 0);
    let disconnected = json!({"client": "a", "event": "disconnected"});
    script.until_is(|line| line["event"] == "unsubscribed");
    // Every attempt that fails ends like a connection, and adds one more subscription to the queue.
    script.until(&disconnected);
    script.until(&disconnected);
    node.start_again();
    let told = script.until(&json!({"client": "a", "channel": "foo", "event": "subscribed", "message": null}));
    assert!(
        told.contains(&json!({"client": "a", "out": format!("!authenticate:{id}")})),
        "{told:?}"
    );

    // All but the first of them are refused, and nothing else comes of it.
    let asked = told.iter().filter(|line| line["out"] == "!subscribe:foo").count();
    assert!(asked >= 3, "{told:?}");
    script.tell(&json!({"do": "send", "client": "a", "channel": "foo", "type": "back", "payload": {}}));
    let back = format!(r#"foo:{{"type":"back","sender":"{id}","payload":{{}}}}"#);
    let told = script.until(&json!({"client": "a", "in": back}));
    let refused = told
        .iter()
        .filter(|line| line["in"] == subscribed("foo", false))
        .count();
    assert_eq!(refused, asked - 1, "{told:?}");
    assert!(!told.iter().any(|line| line.get("event").is_some()), "{told:?}");
}

#[test]
fn an_identifier_may_come_back_before_its_old_connection_has_ended() {
    let node = Node::start();
    let mut half_open = Client::joined(&node, "one", &["foo"]);
    let mut back = Client::joined(&node, "one", &["foo"]);
    back.send(r#"foo:{"type":"x","sender":"one"}"#);
    for client in [&mut back, &mut half_open] {
        client.expect(r#"foo:{"type":"x","sender":"one"}"#);
    }
}

const AUTHENTICATED: &str = r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#;

fn subscribed(channel: &str, success: bool) -> String {
    format!(r#"!subscribe:{{"type": "subscribe", "success": {success}, "payload": {{"channel": "{channel}"}}}}"#)
}

/// Connects a client and returns its identifier.
fn connect(script: &mut Script, client: &str, node: &Node, options: Value) -> String {
    script.tell(&json!({"do": "connect", "client": client, "url": node.url(), "options": options}));
    let mut id = None;
    // Others go on meanwhile.
    let _others = script.until_is(|line| {
        let own = line.get("id").filter(|_| line["client"] == client);
        id = own.and_then(Value::as_str).map(str::to_owned);
        id.is_some()
    });
    id.expect("it was waited for")
}

/// Joins a channel and waits until that is done.
fn join(script: &mut Script, client: &str, channel: &str) {
    script.tell(&json!({"do": "open", "client": client, "channel": channel}));
    script.until(&json!({"client": client, "channel": channel, "event": "subscribed", "message": null}));
}
