//! Do backends that publish with the original's own function reach browsers and subscribers?

use std::time::Duration;

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::node::Node;
use omnibus_tests::original::OriginalPublisher;
use omnibus_tests::transcripts;
use serde_json::{Value, json};

/// What recording N34 publishes, in its order: calls that raise, and calls that send.
const REFUSED: [&str; 4] = [
    "publish('foo', 't', 'text')",
    "publish('foo', 't', [1])",
    "publish('foo', 't', {'o': object()})",
    "publish('foo', 't', 5)",
];
const SENT: [&str; 11] = [
    "publish('foo', 't')",
    "publish('foo', 't', None)",
    "publish('foo', 'hello', {'text': 'Hello world', 'n': 1, 'f': 1.5, 'l': [1, None, True]}, 'server')",
    "publish('foo', 'uni', {'u': 'é☃'}, sender='é')",
    "publish('foo', 'dj', {'d': datetime(2020, 1, 2, 3, 4, 5, 678901), 'date': date(2020, 1, 2), 'dec': Decimal('1.10')})",
    "publish('foo', 'nan', {'x': float('nan')})",
    "publish('foo:bar', 'colon')",
    "publish('foo', None)",
    "publish('foo', 5, sender=7)",
    "publish('fooé', 't')",
    "publish('foo', 'end')",
];

#[test]
fn every_call_of_the_original_reaches_a_browser_with_the_recorded_bytes() {
    let recording = transcripts::recordings().into_iter().find(|one| one.id == "N34");
    let steps = recording.expect("N34 is recorded").steps;
    let text = |step: &Value, at: usize| step[at].as_str().map(str::to_owned).expect("a step has texts");
    let (library, heard) = steps[5..].split_first().expect("the library speaks first");
    let node = Node::start();
    let mut browser = Client::joined(&node, "A", &["foo"]);
    let mut publisher = connected(&node);

    let mut said = String::new();
    for call in REFUSED {
        let answer = publisher.publish(&json!({"call": call}));
        assert_eq!(answer["ok"], false, "{call}");
        let part = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        said += &format!("{} {}\n", part("error"), part("message"));
    }
    for call in SENT {
        said = said.trim_end_matches("True\n").to_owned();
        let answer = publisher.publish(&json!({"call": call}));
        assert_eq!(answer, json!({"ok": true, "result": true}), "{call}");
        said += "True\n";
    }
    assert_eq!(said, text(library, 2));
    for step in heard {
        let frame = text(step, 3);
        // Another channel than foo, which the original gets wrong.
        if !frame.starts_with("fooé:") {
            browser.expect(&frame);
        }
    }
    browser.expect_nothing_before_a_pong();
}

#[test]
fn many_publishes_of_the_original_arrive_in_order() {
    let node = Node::start();
    let mut browser = Client::joined(&node, "A", &["news"]);
    let mut publisher = connected(&node);
    // The library drops what is beyond its own bound of 1,000 messages, so a burst stays below.
    for burst in 0..5 {
        let first = burst * 800;
        let call = format!("all([publish('news', 'n', {{'n': n}}) for n in range({first}, {first} + 800)])");
        assert_eq!(
            publisher.publish(&json!({"call": call})),
            json!({"ok": true, "result": true})
        );
        for n in first..first + 800 {
            browser.expect(&format!(
                r#"news:{{"sender": null, "type": "n", "payload": {{"n": {n}}}}}"#
            ));
        }
    }
}

#[test]
fn first_publish_of_a_process_is_lost_by_its_library_and_all_after_one_that_arrives_do() {
    let node = Node::start();
    let mut browser = Client::joined(&node, "A", &["news"]);
    let mut publisher = OriginalPublisher::to(node.publisher_address());
    let mut publish = |n: u32| {
        let answer = publisher.publish(&json!({"channel": "news", "type": "n", "payload": {"n": n}}));
        assert_eq!(answer, json!({"ok": true, "result": true}));
    };
    let frame = |n: u32| format!(r#"news:{{"sender": null, "type": "n", "payload": {{"n": {n}}}}}"#);

    publish(0);
    let mut published = 1;
    let first_heard = loop {
        publish(published);
        published += 1;
        if let Heard::Text(text) = browser.hear(Duration::from_millis(20)) {
            break text;
        }
        assert!(published < 500, "nothing comes through");
    };
    let first = (0..published)
        .find(|&n| frame(n) == first_heard)
        .expect("it is one of those");
    assert!(first > 0, "the library has waited for a subscription");
    for _ in 0..200 {
        publish(published);
        published += 1;
    }
    for n in first + 1..published {
        browser.expect(&frame(n));
    }
}

#[test]
fn five_processes_of_the_original_that_connect_first_lose_nothing() {
    let node = Node::start();
    let mut browser = Client::joined(&node, "A", &["news"]);
    for n in 0..5 {
        let mut publisher = connected(&node);
        publisher.publish(&json!({"channel": "news", "type": "n", "payload": {"n": n}, "sender": "backend"}));
        browser.expect(&format!(
            r#"news:{{"sender": "backend", "type": "n", "payload": {{"n": {n}}}}}"#
        ));
    }
}

fn connected(node: &Node) -> OriginalPublisher {
    let mut publisher = OriginalPublisher::to(node.publisher_address());
    publisher.connect();
    publisher
}
