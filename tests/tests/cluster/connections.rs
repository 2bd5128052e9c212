//! How many connections does a server hold to the one above it?

use std::fs;
use std::net::SocketAddr;

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::node::Node;

use crate::server::{KINDS, Kind, Server, forwarder};

/// Established connections whose far end is this address, as the system counts them.
fn connections_to(address: SocketAddr) -> usize {
    const ESTABLISHED: &str = "01";
    let SocketAddr::V4(address) = address else {
        panic!("the tests use IPv4, not {address}");
    };
    let ip = u32::from_ne_bytes(address.ip().octets());
    let far_end = format!("{ip:08X}:{:04X}", address.port());
    let table = fs::read_to_string("/proc/net/tcp").expect("the system tells its connections");
    table
        .lines()
        .filter(|line| {
            let mut columns = line.split_whitespace().skip(2);
            columns.next() == Some(&far_end) && columns.next() == Some(ESTABLISHED)
        })
        .count()
}

/// Connections at the director's two addresses.
fn connections(director: &Server) -> [usize; 2] {
    director.addresses().map(connections_to)
}

fn expect_connections(director: &Server, expected: [usize; 2], limit: std::time::Duration) {
    limits::eventually("the connections to the director", limit, || {
        let seen = connections(director);
        if seen == expected {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    });
}

/// Brings a crowd to `count`; each client joins a channel of its own and one of all.
fn fill(crowd: &mut Vec<Client>, node: &Node, count: usize) {
    let first = crowd.len();
    for number in first..count {
        let mut client = Client::connect(node);
        client.send(&format!("!authenticate:{number}"));
        client.send(&format!("!subscribe:own-{number}"));
        client.send("!subscribe:all");
        crowd.push(client);
    }
    for client in &mut crowd[first..] {
        for command in ["!authenticate:", "!subscribe:", "!subscribe:"] {
            let answer = client.text();
            assert!(
                answer.starts_with(command) && answer.contains(r#""success": true"#),
                "{answer}"
            );
        }
    }
}

/// One client speaks, and all hear it: the crowd is served by the connections that are counted.
fn speak(crowd: &mut [Client], number: usize) {
    let text = format!(r#"all:{{"number":{number}}}"#);
    crowd[0].send(&text);
    for client in crowd {
        assert_eq!(client.hear(limits::ANSWER), Heard::Text(text.clone()));
    }
}

fn forwarder_holds_two_connections(director: Kind) {
    let director = Server::director(director);
    assert_eq!(connections(&director), [0, 0]);
    let node = forwarder(&director.bus(), &[]);
    node.wait_for_log("link up", limits::START);
    assert_eq!(connections(&director), [1, 1]);
    let mut crowd = Vec::new();
    for count in [1, 200, 2_000] {
        fill(&mut crowd, &node, count);
        speak(&mut crowd, count);
        assert_eq!(connections(&director), [1, 1], "with {count} clients");
    }
}

#[test]
fn our_forwarder_holds_two_connections_to_our_director_for_any_number_of_clients() {
    forwarder_holds_two_connections(Kind::Ours);
}

#[test]
fn our_forwarder_holds_two_connections_to_the_original_master_for_any_number_of_clients() {
    forwarder_holds_two_connections(Kind::Original);
}

#[test]
fn original_slave_holds_two_connections_to_our_director() {
    let director = Server::director(Kind::Ours);
    let slave = Server::forwarder(Kind::Original, &director.bus());
    expect_connections(&director, [1, 1], limits::START);
    let _clients: Vec<_> = (0..20)
        .map(|number| slave.participant(&format!("client-{number}"), &["all"]))
        .collect();
    assert_eq!(connections(&director), [1, 1]);
}

/// The count itself is right: it sees a second forwarder, and that it leaves.
#[test]
fn each_forwarder_has_its_own_two_connections() {
    for kind in KINDS {
        let director = Server::director(kind);
        let one = forwarder(&director.bus(), &[]);
        let two = forwarder(&director.bus(), &[]);
        for node in [&one, &two] {
            node.wait_for_log("link up", limits::START);
        }
        expect_connections(&director, [2, 2], limits::ANSWER);
        drop(two);
        expect_connections(&director, [1, 1], limits::ANSWER);
        drop(one);
        expect_connections(&director, [0, 0], limits::ANSWER);
    }
}
