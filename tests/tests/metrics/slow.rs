//! Does what waits for slow readers show, and why they were closed?

use omnibus_tests::client::Client;
use omnibus_tests::limits;
use omnibus_tests::publisher::Publisher;
use omnibus_tests::raw::{Received, opcode};
use omnibus_tests::slow;

use crate::scraper::{Scrape, Watched};

/// One message.
const BYTES: usize = 64 << 10;

/// More than all that the system keeps between two sockets.
const MESSAGES_MAX: usize = 500;

fn message(n: usize) -> String {
    let start = format!(r#"foo:{{"n":{n},"text":""#);
    let filler = "x".repeat(BYTES - start.len() - 2);
    format!(r#"{start}{filler}"}}"#)
}

/// Publishes until a scrape shows what is looked for; returns how many have been published in all.
fn publish_until(
    watched: &mut Watched,
    neighbour: &mut Client,
    publisher: &mut Publisher,
    mut published: usize,
    is_enough: impl Fn(&Scrape) -> bool,
) -> usize {
    while !is_enough(&watched.scrape()) {
        assert!(published < MESSAGES_MAX, "it never shows");
        publisher.publish(message(published).as_bytes());
        neighbour.expect(&message(published));
        published += 1;
    }
    published
}

fn outbox(scrape: &Scrape) -> [f64; 3] {
    [
        "omnibus_outbox_bytes",
        "omnibus_outbox_peers",
        "omnibus_outbox_largest_bytes",
    ]
    .map(|name| scrape.sum(name, &[]))
}

#[test]
fn what_waits_for_a_stalled_reader_shows_and_is_gone_once_it_reads_or_is_closed() {
    // Only the outbox's size is to decide.
    let mut watched = Watched::with(&[("client.outbox_stall_max", "10m"), ("server.ping_interval", "1h")]);
    let mut neighbour = Client::joined(&watched.node, "neighbour", &["foo"]);
    let mut slow = slow::joined(watched.node.address());
    let mut publisher = Publisher::connect(watched.node.publisher_address());
    let scrape = watched.scrape();
    assert_eq!(outbox(&scrape), [0.0; 3]);
    assert_eq!(scrape.sum("omnibus_closed_total", &[("reason", "slow")]), 0.0);

    let published = publish_until(&mut watched, &mut neighbour, &mut publisher, 0, |scrape| {
        outbox(scrape)[1] == 1.0
    });
    let [bytes, peers, largest] = outbox(&watched.scrape());
    assert!(
        bytes > 0.0 && peers == 1.0 && largest >= bytes,
        "{bytes} {peers} {largest}"
    );

    for n in 0..published {
        slow.expect_text(&message(n));
    }
    watched.expect("omnibus_outbox_bytes", &[], 0.0);
    watched.expect("omnibus_outbox_peers", &[], 0.0);

    publish_until(&mut watched, &mut neighbour, &mut publisher, published, |scrape| {
        scrape.sum("omnibus_closed_total", &[("reason", "slow")]) == 1.0
    });
    let scrape = watched.scrape();
    assert_eq!(scrape.sum("omnibus_closed_total", &[]), 1.0, "it is the only reason");
    let largest = outbox(&scrape)[2];
    assert!(largest > (1 << 19) as f64, "its outbox was full: {largest}");
    // The shard that held it says so, and no other.
    let of_shards: Vec<f64> = ["0", "1"]
        .map(|shard| scrape.sum("omnibus_closed_total", &[("reason", "slow"), ("shard", shard)]))
        .to_vec();
    assert!(of_shards.contains(&0.0) && of_shards.contains(&1.0), "{of_shards:?}");

    let end = loop {
        match slow.receive_message(limits::ANSWER) {
            Received::Frame {
                opcode: opcode::TEXT, ..
            } => {}
            other => break other,
        }
    };
    assert_eq!(end.close().0, Some(1013));
    watched.expect("omnibus_outbox_bytes", &[], 0.0);
    watched.expect("omnibus_outbox_peers", &[], 0.0);
}
