//! What happens to a peer that reads too slowly, and to its neighbours?

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use omnibus_hub::{Config, Counter};

use super::support::{Client, Node, PATIENCE, eventually, in_own_process, resident_bytes};

fn one_shard() -> Config {
    Config {
        shards: 1,
        // Whoever is read from last waits for long on a slow machine, and is not slow for that.
        outbox_stall_max: Duration::from_secs(600),
        ..Config::default()
    }
}

fn slow_subscriber(node: &Node, bound: &str) -> Client {
    let mut client = node.narrow_client();
    client.send(&format!("bound {bound}"));
    client.ask("sub news", "+news");
    client
}

fn publish(node: &Node, count: usize, bytes: usize) {
    let rest = "x".repeat(bytes);
    for number in 0..count {
        while node.publish(format!("news:{number} {rest}")).is_err() {
            thread::yield_now();
        }
    }
}

/// The numbers of publications; each must be whole.
fn numbers(lines: &[String], bytes: usize) -> Vec<usize> {
    lines
        .iter()
        .map(|line| {
            let (number, rest) = line.strip_prefix("news:").unwrap().split_once(' ').unwrap();
            assert_eq!(rest.len(), bytes, "a publication is not whole");
            number.parse().unwrap()
        })
        .collect()
}

#[test]
fn a_slow_peer_is_told_and_closed_and_its_neighbours_still_receive_everything() {
    const COUNT: usize = 300;
    for bytes in [3_000, 40_000] {
        let node = Node::start(one_shard());
        let mut slow = slow_subscriber(&node, "close 20000");
        let mut neighbours = node.subscribers(3, "news");
        thread::scope(|scope| {
            for neighbour in &mut neighbours {
                scope.spawn(|| assert!(numbers(&neighbour.lines(COUNT), bytes).into_iter().eq(0..COUNT)));
            }
            scope.spawn(|| {
                eventually("it is found slow", || node.hub.counters().get(Counter::ClosedSlow) == 1);
                let mut lines = slow.rest();
                assert_eq!(lines.pop().as_deref(), Some("slow"), "it is told");
                let seen = numbers(&lines, bytes);
                assert!(seen.len() < COUNT, "it can't have got everything");
                assert!(seen.into_iter().eq(0..lines.len()), "nothing comes behind a hole");
            });
            publish(&node, COUNT, bytes);
        });
        drop(slow);
        eventually("the slow one is gone", || node.hub.connections() == 3);
    }
}

#[test]
fn a_peer_that_drops_the_newest_stays_and_every_drop_is_counted() {
    const COUNT: usize = 1_000;
    const BYTES: usize = 3_000;
    let node = Node::start(one_shard());
    let mut slow = slow_subscriber(&node, "drop 100000");
    let mut neighbour = node.subscribers(1, "news").remove(0);
    let rest = "x".repeat(BYTES);
    for half in 0..2 {
        // In handfuls, so that several are dropped at once.
        for handful in 0..COUNT / 2 / 20 {
            for number in 0..20 {
                let number = half * COUNT / 2 + handful * 20 + number;
                node.publish(format!("news:{number} {rest}")).unwrap();
            }
            neighbour.lines(20);
        }
        if half == 0 {
            let dropped = node.hub.counters().get(Counter::DroppedSlow);
            assert!(dropped > 0, "more than its bound was published");
            slow.lines(10);
        }
    }
    let dropped = usize::try_from(node.hub.counters().get(Counter::DroppedSlow)).unwrap();
    let mut seen = 10;
    while seen + dropped < COUNT {
        slow.lines(1);
        seen += 1;
    }
    slow.ask("say still here", "still here");
    assert_eq!(node.hub.counters().get(Counter::ClosedSlow), 0);
}

#[test]
fn one_publication_larger_than_the_bound_goes_out_when_nothing_else_waits() {
    let node = Node::start(one_shard());
    let mut client = slow_subscriber(&node, "close 1000");
    for _ in 0..2 {
        publish(&node, 1, 3_000_000);
        assert_eq!(numbers(&client.lines(1), 3_000_000), [0]);
    }
    assert_eq!(node.hub.counters().get(Counter::ClosedSlow), 0);
}

#[test]
fn what_waits_behind_a_large_publication_has_the_whole_bound_for_itself() {
    let node = Node::start(one_shard());
    let mut client = slow_subscriber(&node, "close 5000");
    publish(&node, 1, 3_000_000);
    eventually("it is on its way", || node.hub.counters().get(Counter::Delivered) == 1);
    publish(&node, 1, 3_000);
    assert_eq!(numbers(&client.lines(1), 3_000_000), [0]);
    assert_eq!(numbers(&client.lines(1), 3_000), [0]);
    assert_eq!(node.hub.counters().get(Counter::ClosedSlow), 0);
}

#[test]
fn a_peer_that_takes_nothing_is_closed_when_its_time_is_up() {
    let node = Node::start(Config {
        outbox_stall_max: Duration::from_millis(500),
        ..one_shard()
    });
    let mut slow = slow_subscriber(&node, "close 100000000");
    let begin = Instant::now();
    // Something comes also in the very turn in which it is found slow.
    for number in 0.. {
        let rest = "x".repeat(10_000);
        node.publish(format!("news:{number} {rest}")).unwrap();
        if node.hub.counters().get(Counter::ClosedSlow) == 1 {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "it is never found slow");
        thread::sleep(Duration::from_millis(1));
    }
    assert!(begin.elapsed() >= Duration::from_millis(450), "too early");
    let mut lines = slow.rest();
    assert_eq!(lines.pop().as_deref(), Some("slow"));
    let seen = numbers(&lines, 10_000);
    assert!(seen.iter().copied().eq(0..seen.len()));
}

#[test]
fn a_peer_that_takes_a_little_every_now_and_then_stays() {
    let node = Node::start(Config {
        outbox_stall_max: Duration::from_millis(1_000),
        ..one_shard()
    });
    let mut slow = slow_subscriber(&node, "close 100000000");
    publish(&node, 300, 10_000);
    for number in 0..150 {
        assert_eq!(numbers(&slow.lines(1), 10_000), [number]);
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(node.hub.counters().get(Counter::ClosedSlow), 0);
}

#[test]
fn a_large_publication_that_waits_for_many_stands_in_memory_once() {
    in_own_process(
        "slow::a_large_publication_that_waits_for_many_stands_in_memory_once",
        || {
            const BYTES: usize = 4 << 20;
            let node = Node::start(one_shard());
            let mut waiting: Vec<Client> = (0..50).map(|_| slow_subscriber(&node, "close 100000000")).collect();
            let before = resident_bytes();
            publish(&node, 1, BYTES);
            eventually("all wait for it", || node.hub.counters().get(Counter::Delivered) == 50);
            let grown = resident_bytes().saturating_sub(before);
            assert!(grown < 8 * BYTES, "it stands there {} times", grown / BYTES);
            for client in &mut waiting {
                assert_eq!(numbers(&client.lines(1), BYTES), [0]);
            }
        },
    );
}

#[test]
fn outboxes_leave_no_memory_behind() {
    in_own_process("slow::outboxes_leave_no_memory_behind", || {
        let node = Node::start(one_shard());
        let mut slow: Vec<Client> = (0..60).map(|_| slow_subscriber(&node, "close 2000000")).collect();
        let before = resident_bytes();
        for client in &slow {
            client.send("fill 1000000");
        }
        node.client().ask("say after all of them", "after all of them");
        let burst = resident_bytes() - before;
        assert!(burst > 40 << 20, "only {burst} bytes wait");
        eventually("all of it is out", || {
            slow.iter_mut().for_each(Client::discard);
            node.shared.drained.load(Ordering::SeqCst) == 60
        });
        slow.iter_mut().for_each(Client::discard);
        // They are all still there, and have nothing to wait for.
        for client in &mut slow {
            client.ask("waiting", "0");
        }
        let left = resident_bytes().saturating_sub(before);
        assert!(left < burst / 4, "{left} of {burst} bytes are still held");
    });
}
