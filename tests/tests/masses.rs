//! Can very many come at once, and can many come and go all the time?

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::client::Client;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::raw::{Frame, Raw};

/// Clients at once: what a limit of 20,000 open files leaves room for, with some to spare.
const CLIENTS: usize = 15_000;

/// Clients that come and go, and how many a second.
const VISITS: usize = 30_000;
const VISITS_PER_SECOND: usize = 1_000;

const THREADS: usize = 4;

/// What may be left of all visits: moments of theirs that have not come yet, the allocator's own
/// leftovers, and nothing that grows with every client.
const LEFT_BYTES_MAX: u64 = 2 << 20;

/// Together the tests would need more descriptors than a process has.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn fifteen_thousand_clients_at_once_hear_the_same() {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let node = Node::start();
    let mut speaker = Client::joined(&node, "speaker", &["foo"]);
    let begin = Instant::now();
    let mut crowd: Vec<Raw> = thread::scope(|scope| {
        let joining: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| (0..CLIENTS / THREADS).map(|_| visitor(&node)).collect::<Vec<_>>()))
            .collect();
        joining
            .into_iter()
            .flat_map(|clients| clients.join().expect("all get in"))
            .collect()
    });
    let joined = begin.elapsed();
    for n in 0..3 {
        let message = format!(r#"foo:{{"n":{n}}}"#);
        speaker.send(&message);
        speaker.expect(&message);
        crowd.iter_mut().for_each(|client| client.expect_text(&message));
    }
    let bytes = node.process().anonymous_bytes();
    println!("{CLIENTS} clients joined in {joined:?}; the server holds {bytes} bytes");
}

#[test]
fn thirty_thousand_who_come_and_go_leave_nothing_behind() {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let node = Node::start();
    let mut witness = Client::joined(&node, "witness", &["bar"]);
    // The first few have made the server grow to its usual size.
    (0..500).for_each(|number| leave(visitor(&node), number));
    let (descriptors, before) = (node.process().descriptors(), node.process().anonymous_bytes());
    let begin = Instant::now();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let pause = Duration::from_secs(1) * u32::try_from(THREADS).expect("few")
                    / u32::try_from(VISITS_PER_SECOND).expect("few");
                for number in 0..VISITS / THREADS {
                    let due = begin + pause * u32::try_from(number).expect("not so many");
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    leave(visitor(&node), number);
                }
            });
        }
        for n in 0..20 {
            let message = format!(r#"bar:{{"n":{n}}}"#);
            witness.send(&message);
            witness.expect(&message);
            thread::sleep(Duration::from_secs(1));
        }
    });
    println!("{VISITS} visits took {:?}", begin.elapsed());
    limits::eventually("the descriptors of those who left", limits::STOP, || {
        let left = node.process().descriptors();
        if left <= descriptors {
            Ok(())
        } else {
            Err(format!("{left}, {descriptors} before"))
        }
    });
    let grown = node.process().anonymous_bytes().saturating_sub(before);
    println!("the server holds {grown} bytes more than before");
    assert!(grown <= LEFT_BYTES_MAX, "{grown} bytes more than before");
}

/// A client in the channel foo.
fn visitor(node: &Node) -> Raw {
    let mut raw = Raw::connect(node.address());
    let mut bytes = Raw::upgrade_request(node.address()).into_bytes();
    bytes.extend(Frame::text("!authenticate:one of many").to_bytes());
    bytes.extend(Frame::text("!subscribe:foo").to_bytes());
    raw.write(&bytes).expect("the server reads");
    assert_eq!(raw.response(false).status, 101);
    raw.expect_text(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    raw.expect_text(r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "foo"}}"#);
    raw
}

/// One in three closes, two crash: ports of closed connections rest for a minute, and a machine
/// has not enough of them for all.
fn leave(client: Raw, number: usize) {
    if number.is_multiple_of(3) {
        drop(client)
    } else {
        client.reset()
    }
}
