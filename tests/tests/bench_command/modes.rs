//! Does every mode measure an `omnibusd`, from one process and from several?

use std::collections::BTreeSet;

use omnibus_tests::limits;
use omnibus_tests::node::Node;

use crate::bench::{json, text};

/// The keys of a report, as docs/bench.md explains them.
const KEYS: [&str; 26] = [
    "mode",
    "version",
    "urls",
    "clients",
    "rooms",
    "publishers",
    "payload_bytes",
    "rate",
    "in_flight",
    "warmup_s",
    "duration_s",
    "processes",
    "threads",
    "sources",
    "connect",
    "published",
    "delivered",
    "lost",
    "doubled",
    "out_of_order",
    "strays",
    "foreign",
    "closed",
    "latency_ms",
    "time_to_last_ms",
    "nodes",
];

/// Those of reports that are not about messages.
const MORE_KEYS: [&str; 4] = ["disturbed", "visits", "generator", "clean"];

#[test]
fn every_mode_finds_a_server_that_loses_nothing() {
    let node = Node::start();
    let url = [node.url()];
    let short = "--warmup 100ms --duration 500ms";

    let idle = json(&url, &format!("idle --clients 60 --channels 3 {short}"));
    idle.expect_clean();
    assert_eq!(idle.number("/connect/connected"), 60.0);

    let fanout = json(&url, &format!("fanout --clients 30 --in-flight 4 {short}"));
    fanout.expect_clean();
    assert_eq!(
        fanout.number("/delivered/total"),
        31.0 * fanout.number("/published/total"),
        "the publisher hears itself, too"
    );
    assert!(fanout.number("/published/measured") > 0.0);

    let rooms = json(&url, &format!("rooms --rooms 7 --members 5 --rate 200 {short}"));
    rooms.expect_clean();
    assert_eq!(rooms.number("/published/total"), 120.0, "200 a second for 600 ms");
    assert_eq!(rooms.number("/delivered/total"), 600.0);

    let latency = json(&url, &format!("latency --clients 20 --publishers 2 --rate 100 {short}"));
    latency.expect_clean();
    assert_eq!(latency.number("/latency_ms/count"), 50.0 * 22.0);
    assert_eq!(latency.number("/time_to_last_ms/count"), 60.0);

    for pace in ["", "--rate 100 "] {
        let connect = json(&url, &format!("connect --clients 10 {pace}{short}"));
        connect.expect_clean();
        assert!(connect.number("/visits/measured") > 0.0);
        assert_eq!(connect.number("/visits/connected"), connect.number("/visits/attempted"));
    }

    let publish = json(&url, &format!("publish --publishers 3 --payload 1KiB {short}"));
    publish.expect_clean();
    assert!(publish.number("/published/per_second") > 0.0);
    assert_eq!(publish.number("/delivered/total"), publish.number("/published/total"));
}

#[test]
fn a_report_has_the_documented_keys_and_a_text_for_people() {
    let node = Node::start();
    let url = [node.url()];
    let arguments = "latency --clients 5 --rate 20 --warmup 0ms --duration 300ms";
    let ran = json(&url, arguments);
    let keys: BTreeSet<&str> = ran.report.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, KEYS.into_iter().chain(MORE_KEYS).collect());
    let page = std::fs::read_to_string(omnibus_tests::repository::path("docs/bench.md")).unwrap();
    for key in keys {
        assert!(page.contains(&format!("`{key}`")), "docs/bench.md explains no `{key}`");
    }

    let (code, text) = text(&url, arguments);
    assert_eq!(code, 0, "{text}");
    for part in ["connected", "latency", "p99.9", "0 lost", "nothing was lost"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn child_processes_and_threads_add_up() {
    let node = Node::start();
    let ran = json(
        &[node.url()],
        "fanout --clients 41 --publishers 3 --rate 300 --processes 2 --threads 2 --warmup 0ms --duration 500ms",
    );
    ran.expect_clean();
    assert_eq!((ran.number("/processes"), ran.number("/threads")), (2.0, 4.0));
    assert_eq!(ran.number("/connect/connected"), 44.0);
    assert_eq!(ran.number("/published/total"), 150.0);
    assert_eq!(ran.number("/delivered/total"), 150.0 * 44.0);
    assert_eq!(ran.number("/latency_ms/count"), 150.0 * 44.0);
}

#[test]
fn clients_come_from_the_addresses_that_they_are_given() {
    let node = Node::start();
    let arguments = "idle --clients 30 --source 127.0.0.5-127.0.0.7 --warmup 0ms --duration 100ms";
    let ran = json(&[node.url()], arguments);
    ran.expect_clean();
    assert_eq!(ran.number("/sources"), 3.0);
    // An address that this machine has not.
    let arguments = "idle --clients 2 --source 192.0.2.1 --warmup 0ms --duration 100ms";
    let ran = json(&[node.url()], arguments);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.number("/connect/failed/out_of_ports"), 2.0);
}

#[test]
fn messages_reach_the_clients_of_all_servers_of_a_cluster() {
    let director = Node::start();
    let bus = [director.subscriber_address(), director.publisher_address()].map(|address| format!("tcp://{address}"));
    let forwarder = Node::with(&[
        ("bus.director", "false"),
        ("bus.forwarder", "true"),
        ("bus.director_subscriber_address", &bus[0]),
        ("bus.director_publisher_address", &bus[1]),
    ]);
    forwarder.wait_for_log("link up", limits::START);
    let ran = json(
        &[director.url(), forwarder.url()],
        "cluster --clients 39 --rate 20 --warmup 0ms --duration 500ms",
    );
    ran.expect_clean();
    assert_eq!(ran.number("/time_to_last_ms/count"), 10.0);
    for node in ["/nodes/0", "/nodes/1"] {
        assert_eq!(ran.number(&format!("{node}/clients")), 20.0);
        assert_eq!(ran.number(&format!("{node}/delivered")), 200.0);
        assert_eq!(ran.number(&format!("{node}/time_to_last_ms/count")), 10.0);
    }
}
