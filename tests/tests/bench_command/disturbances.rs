//! Are those who disturb there, and told apart from the others?

use omnibus_tests::node::Node;
use serde_json::json as value;

use crate::bench::json;

#[test]
fn clients_that_never_read_are_closed_and_the_others_get_everything() {
    let node = Node::with(&[("client.outbox_bytes_max", "256KiB")]);
    // So much goes to each that no system's buffers hold it.
    let ran = json(
        &[node.url()],
        "fanout --clients 10 --never-read 20 --in-flight 2 --payload 64KiB --warmup 0ms --duration 2s",
    );
    ran.expect_clean();
    let never_read = &ran.report["disturbed"]["never_read"];
    assert_eq!(never_read["clients"], 2);
    assert_eq!(never_read["closed"], value!({ "1013": 2 }), "{ran:?}");
    assert!(ran.number("/disturbed/never_read/lost") > 0.0);
    assert_eq!(ran.number("/nodes/0/clients"), 9.0);
}

#[test]
fn slow_readers_churn_and_large_messages_cost_the_others_nothing() {
    let node = Node::start();
    let ran = json(
        &[node.url()],
        "latency --clients 40 --rate 100 --slow-read 10 --churn 50 --channel-churn 500 --large-payload 64KiB \
         --large-every 10 --warmup 0ms --duration 1s",
    );
    ran.expect_clean();
    assert_eq!(ran.number("/disturbed/slow_read/clients"), 4.0);
    assert_eq!(ran.number("/published/large"), 10.0);
    assert_eq!(ran.number("/visits/attempted"), 50.0);
    assert_eq!(
        ran.number("/disturbed/channels/made") + ran.number("/disturbed/channels/skipped"),
        500.0
    );
    assert!(ran.number("/disturbed/channels/made") > 0.0);
    assert_eq!(
        ran.number("/disturbed/channels/made"),
        ran.number("/disturbed/channels/left")
    );
    assert_eq!(
        ran.number("/latency_ms/count"),
        100.0 * 37.0,
        "slow readers are not in it"
    );
}
