//! What does a node say of bus addresses that it can't have?

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use omnibus_tests::binary;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use serde_json::json;

use crate::sockets::Sockets;

/// `EX_CONFIG` of sysexits.h.
const BAD_SETTINGS: i32 = 78;

/// Starts a node with the addresses of its own where the test gives none, and expects that it does
/// not come to run; returns what it says.
fn refused(settings: &[(&str, &str)]) -> String {
    let ports = [Port::free(), Port::free(), Port::free()];
    let own = [
        ("server-listen", ports[0].address().to_string()),
        ("bus-subscriber-address", ports[1].bus_address()),
        ("bus-publisher-address", ports[2].bus_address()),
    ];
    let mut command = Command::new(binary::omnibusd());
    for (flag, value) in &own {
        if settings.iter().all(|(name, _)| name != flag) {
            command.arg(format!("--{flag}={value}"));
        }
    }
    for (flag, value) in settings {
        command.arg(format!("--{flag}={value}"));
    }
    let mut program = Program::start("omnibusd", &mut command);
    assert_eq!(program.exit_code(limits::STOP), BAD_SETTINGS, "{settings:?}");
    assert_eq!(
        program.line_within(limits::ANSWER),
        None,
        "a node that does not run says nothing of itself"
    );
    limits::eventually("it says why", limits::ANSWER, || match program.log() {
        log if log.is_empty() => Err("nothing".to_owned()),
        log => Ok(log),
    })
}

fn expect_refusal(settings: &[(&str, &str)], parts: &[&str]) {
    let log = refused(settings);
    for part in parts {
        assert!(log.contains(part), "{settings:?}: no {part:?} in {log}");
    }
}

#[test]
fn a_taken_port_is_told_with_its_setting_and_nothing_runs() {
    let taken = Port::free();
    let _listener = TcpListener::bind(taken.address()).expect("it is free");
    let address = taken.bus_address();
    for flag in ["bus-subscriber-address", "bus-publisher-address"] {
        let log = refused(&[(flag, &address)]);
        let setting = flag.replacen('-', ".", 1).replace('-', "_");
        assert!(log.contains(&format!("cannot bind the bus address {address}")), "{log}");
        assert!(log.contains(&setting) && log.contains("in use"), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}

#[test]
fn addresses_of_other_machines_and_unknown_hosts_are_told() {
    // RFC 5737 and RFC 2606: an address and a name that are nobody's.
    for (address, why) in [
        (
            "tcp://192.0.2.1:4243",
            "cannot bind the bus address tcp://192.0.2.1:4243",
        ),
        (
            "tcp://nobody.invalid:4243",
            "the host of the bus address tcp://nobody.invalid:4243 is not known",
        ),
    ] {
        expect_refusal(&[("bus-subscriber-address", address)], &[why, "bus.subscriber_address"]);
    }
}

#[test]
fn malformed_addresses_are_told_all_at_once() {
    expect_refusal(
        &[
            ("bus-subscriber-address", "tcp://127.0.0.1"),
            ("bus-publisher-address", "udp://127.0.0.1:4244"),
        ],
        &[
            "bus.subscriber_address",
            "has no port",
            "bus.publisher_address",
            "has a scheme that is not tcp, ipc or inproc",
        ],
    );
}

#[test]
fn addresses_in_reach_of_strangers_are_refused_where_peers_must_authenticate() {
    expect_refusal(
        &[("bus-subscriber-address", "tcp://*:4243"), ("bus-require-auth", "true")],
        &["bus.subscriber_address", "tcp://*:4243", "bus.require_auth"],
    );
}

#[test]
fn unix_sockets_that_can_not_be_are_told() {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
    let too_long = "x".repeat(200);
    for below in ["no/such/folder", "", &too_long] {
        let address = format!("ipc://{}", folder.path().join(below).display());
        expect_refusal(
            &[("bus-publisher-address", &address)],
            &[&address, "bus.publisher_address"],
        );
    }
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
    let file = folder.path().join("notes");
    fs::write(&file, "important").expect("the folder can be written");
    let address = format!("ipc://{}", file.display());
    expect_refusal(
        &[("bus-subscriber-address", &address)],
        &[&address, "bus.subscriber_address"],
    );
    assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("important"));
}

#[test]
fn the_socket_of_a_living_process_is_left_alone() {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
    let path = folder.path().join("bus");
    let listener = UnixListener::bind(&path).expect("the folder can be written");
    let address = format!("ipc://{}", path.display());
    expect_refusal(
        &[("bus-subscriber-address", &address)],
        &[&address, "bus.subscriber_address", "in use"],
    );
    listener.set_nonblocking(true).expect("a listener takes options");
    // The node has looked who is there. Whoever comes next still finds the same listener.
    while listener.accept().is_ok() {}
    let _stranger = UnixStream::connect(&path).expect("somebody listens");
    assert!(listener.accept().is_ok());
}

#[test]
fn the_socket_that_a_killed_node_has_left_is_taken_over() {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
    let address = format!("ipc://{}", folder.path().join("bus").display());
    let start = || {
        Node::with(&[
            ("bus.subscriber_address", &address),
            ("bus.publisher_address", &address),
        ])
    };
    let mut killed = start();
    killed.program().signal("KILL");
    assert_eq!(killed.program().exit_code(limits::STOP), -9);
    assert!(folder.path().join("bus").exists(), "a killed node tidies nothing up");
    let _node = start();
    let mut sockets = Sockets::start();
    sockets.open("pub", "PUB", &address, json!({}));
    sockets.open("sub", "SUB", &address, json!({}));
    sockets.subscribe("sub", &["ready:"]);
    sockets.meet("sub");
}

#[test]
fn a_port_is_free_again_as_soon_as_its_node_has_stopped() {
    let mut node = Node::start();
    let mut sockets = Sockets::met(&node);
    for _ in 0..3 {
        node.restart();
        sockets.meet("sub");
    }
}
