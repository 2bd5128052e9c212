//! At which kinds of addresses do libzmq sockets find a node?

use std::fs;
use std::os::unix::fs::FileTypeExt;

use omnibus_tests::client::Client;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;
use serde_json::json;

use crate::sockets::Sockets;

/// Starts a node at these bus addresses, and lets a `PUB` and a `SUB` meet there that connect to
/// others, which lead to the same place.
fn meet(bound: [&str; 2], connected: [&str; 2], ipv6: bool) {
    let node = Node::with(&[
        ("bus.subscriber_address", bound[0]),
        ("bus.publisher_address", bound[1]),
    ]);
    let mut browser = Client::joined(&node, "A", &["news"]);
    let mut sockets = Sockets::start();
    let options = json!({"IPV6": i32::from(ipv6)});
    sockets.open("sub", "SUB", connected[0], options.clone());
    sockets.open("pub", "PUB", connected[1], options);
    sockets.subscribe("sub", &["ready:", "news:"]);
    sockets.meet("sub");
    sockets.send("pub", "news:{}");
    sockets.expect("sub", "news:{}");
    browser.expect("news:{}");
}

fn at(host: &str, port: &Port) -> String {
    format!("tcp://{host}:{}", port.number())
}

#[test]
fn peers_meet_over_ipv6() {
    let (a, b) = (Port::free(), Port::free());
    let addresses = [at("[::1]", &a), at("[::1]", &b)];
    let addresses = [addresses[0].as_str(), addresses[1].as_str()];
    meet(addresses, addresses, true);
}

#[test]
fn peers_of_ipv4_and_ipv6_meet_at_the_ipv6_wildcard() {
    for (host, ipv6) in [("127.0.0.1", false), ("[::1]", true)] {
        let (a, b) = (Port::free(), Port::free());
        let connected = [at(host, &a), at(host, &b)];
        meet([&at("[::]", &a), &at("[::]", &b)], [&connected[0], &connected[1]], ipv6);
    }
}

#[test]
fn peers_meet_at_a_host_name() {
    let (a, b) = (Port::free(), Port::free());
    let addresses = [at("localhost", &a), at("localhost", &b)];
    let addresses = [addresses[0].as_str(), addresses[1].as_str()];
    meet(addresses, addresses, false);
    let (a, b) = (Port::free(), Port::free());
    meet(
        [&at("127.0.0.1", &a), &at("127.0.0.1", &b)],
        [&at("localhost", &a), &at("localhost", &b)],
        false,
    );
}

#[test]
fn peers_meet_at_a_wildcard() {
    let (a, b) = (Port::free(), Port::free());
    meet(
        [&at("*", &a), &at("*", &b)],
        [&at("127.0.0.1", &a), &at("127.0.0.1", &b)],
        false,
    );
}

#[test]
fn peers_meet_at_unix_sockets() {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
    let path = |name: &str| format!("ipc://{}", folder.path().join(name).display());
    let addresses = [path("subscribers"), path("publishers")];
    meet([&addresses[0], &addresses[1]], [&addresses[0], &addresses[1]], false);
    let kind = fs::metadata(folder.path().join("subscribers")).map(|file| file.file_type());
    assert!(
        kind.is_ok_and(|kind| kind.is_socket()),
        "the node has made a socket there"
    );
}

#[test]
fn peers_meet_over_different_transports() {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
    let ipc = format!("ipc://{}", folder.path().join("publishers").display());
    let port = Port::free();
    let tcp = at("127.0.0.1", &port);
    meet([&tcp, &ipc], [&tcp, &ipc], false);
}
