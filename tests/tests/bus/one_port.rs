//! Does one port serve publishers and subscribers, where both addresses are the same?

use omnibus_tests::client::Client;
use omnibus_tests::node::Node;
use omnibus_tests::original::OriginalPublisher;
use omnibus_tests::port::Port;
use serde_json::json;

use crate::sockets::{Sockets, numbered};

fn start(address: &str) -> Node {
    Node::with(&[("bus.subscriber_address", address), ("bus.publisher_address", address)])
}

#[test]
fn publishers_and_subscribers_of_every_kind_meet_at_one_port() {
    let port = Port::free();
    let node = start(&port.bus_address());
    let mut browser = Client::joined(&node, "A", &["news"]);
    let mut sockets = Sockets::start();
    for (name, kind) in [("pub", "PUB"), ("xpub", "XPUB"), ("sub", "SUB"), ("xsub", "XSUB")] {
        sockets.open(name, kind, &port.bus_address(), json!({}));
    }
    for (publisher, subscriber) in [("pub", "sub"), ("xpub", "xsub")] {
        sockets.subscribe(subscriber, &["ready:"]);
        sockets.meet_by(publisher, subscriber, "ready:");
        sockets.unsubscribe(subscriber, &["ready:"]);
        sockets.subscribe(subscriber, &["news:", "met:"]);
        sockets.meet_by(publisher, subscriber, "met:");
        sockets.unsubscribe(subscriber, &["met:"]);
    }
    sockets.number("pub", "news:", 50);
    for subscriber in ["sub", "xsub"] {
        assert_eq!(sockets.receive_all(subscriber, 50), numbered("news:", 50));
    }
    sockets.send("xpub", "news:of xpub");
    sockets.expect("sub", "news:of xpub");
    browser_hears(&mut browser, 50);
    browser.expect("news:of xpub");
    browser.send("news:{}");
    browser.expect("news:{}");
    sockets.expect("xsub", "news:of xpub");
    sockets.expect("xsub", "news:{}");
}

#[test]
fn original_publishes_to_the_port_that_subscribers_come_to() {
    let port = Port::free();
    let node = start(&port.bus_address());
    let mut browser = Client::joined(&node, "A", &["news"]);
    let mut publisher = OriginalPublisher::to(port.address());
    publisher.connect();
    publisher.publish(&json!({"channel": "news", "type": "hello", "payload": {"n": 1}, "sender": "backend"}));
    browser.expect(r#"news:{"sender": "backend", "type": "hello", "payload": {"n": 1}}"#);
}

#[test]
fn publishers_and_subscribers_meet_at_one_unix_socket() {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
    let address = format!("ipc://{}", folder.path().join("bus").display());
    let node = start(&address);
    let mut browser = Client::joined(&node, "A", &["news"]);
    let mut sockets = Sockets::start();
    sockets.open("pub", "PUB", &address, json!({}));
    sockets.open("sub", "SUB", &address, json!({}));
    sockets.subscribe("sub", &["news:", "ready:"]);
    sockets.meet("sub");
    sockets.number("pub", "news:", 50);
    assert_eq!(sockets.receive_all("sub", 50), numbered("news:", 50));
    browser_hears(&mut browser, 50);
}

fn browser_hears(browser: &mut Client, count: usize) {
    for number in 0..count {
        browser.expect(&format!("news:{number}"));
    }
}
