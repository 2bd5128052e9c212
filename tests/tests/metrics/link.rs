//! Does a forwarder's link show?

use omnibus_tests::client::Client;
use omnibus_tests::node::Node;

use crate::scraper::Watched;

#[test]
fn a_link_shows_whether_it_carries_and_what_waits_for_it() {
    let mut director = Node::start();
    let address = |address| format!("tcp://{address}");
    let mut watched = Watched::with(&[
        ("bus.director", "false"),
        ("bus.forwarder", "true"),
        (
            "bus.director_subscriber_address",
            &address(director.subscriber_address()),
        ),
        ("bus.director_publisher_address", &address(director.publisher_address())),
    ]);
    let scrape = watched.expect("omnibus_link_up", &[], 1.0);
    assert_eq!(scrape.sum("omnibus_link_downs_total", &[]), 0.0);

    assert_eq!(director.stop(), 0);
    let scrape = watched.expect("omnibus_link_up", &[], 0.0);
    assert_eq!(scrape.sum("omnibus_link_downs_total", &[]), 1.0);
    let mut client = Client::joined(&watched.node, "me", &["foo"]);
    let text = r#"foo:{"type": "say", "sender": "me", "payload": 1}"#;
    for _ in 0..3 {
        client.send(text);
    }
    watched.expect("omnibus_link_waiting_publications", &[], 3.0);
    watched.expect("omnibus_link_waiting_bytes", &[], 3.0 * text.len() as f64);

    director.start_again();
    watched.expect("omnibus_link_up", &[], 1.0);
    for _ in 0..3 {
        client.expect(text);
    }
    watched.expect("omnibus_link_waiting_publications", &[], 0.0);
}

#[test]
fn a_node_without_a_link_says_nothing_of_one() {
    let scrape = Watched::with(&[]).scrape();
    let named: Vec<&str> = scrape.families.iter().map(|family| family.name.as_str()).collect();
    assert!(named.contains(&"omnibus_closed"));
    for part in ["link", "logins", "hooks"] {
        assert!(!named.iter().any(|name| name.contains(part)), "{part} in {named:?}");
    }
}
