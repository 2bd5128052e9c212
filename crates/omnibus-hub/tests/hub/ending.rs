//! How do connections and shards end?

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use omnibus_hub::{Config, Stream};

use super::support::{Client, Lines, Node, eventually};

#[test]
fn what_was_published_before_a_stop_comes_before_the_farewell() {
    const COUNT: usize = 5_000;
    let mut node = Node::with_shards(3);
    let mut subscribers = node.subscribers(6, "news");
    // All of it still waits when the stop comes.
    subscribers.iter().for_each(|subscriber| subscriber.send("sleep 300"));
    std::thread::sleep(Duration::from_millis(100));
    for number in 0..COUNT {
        node.publish(format!("news:{number}")).unwrap();
    }
    let readers: Vec<_> = subscribers
        .drain(..)
        .map(|mut subscriber| std::thread::spawn(move || subscriber.rest()))
        .collect();
    assert!(node.stop(Duration::from_secs(20)), "all had gone in time");
    for reader in readers {
        let mut lines = reader.join().unwrap();
        assert_eq!(lines.pop().as_deref(), Some("stopped"));
        assert_eq!(lines.len(), COUNT);
        assert!(
            lines
                .iter()
                .enumerate()
                .all(|(number, line)| *line == format!("news:{number}"))
        );
    }
    assert_eq!(node.shared.gone.load(Ordering::SeqCst), 6);
    assert_eq!(node.hub.connections(), 0);
}

#[test]
fn those_that_do_not_go_are_cut_when_the_grace_is_over() {
    let mut node = Node::with_shards(2);
    let mut polite = node.subscribers(2, "news");
    let mut stubborn = node.client();
    stubborn.ask("stay\nsay no", "no");
    // One that takes nothing, with much before its farewell.
    let mut full = node.narrow_client();
    full.ask("fill 30000000\nsay -\nwhere", &"f".repeat(30_000_000));
    full.send("fill 30000000");
    let begin = Instant::now();
    assert!(!node.stop(Duration::from_millis(700)), "some did not go");
    let elapsed = begin.elapsed();
    assert!(elapsed >= Duration::from_millis(700), "cut too early: {elapsed:?}");
    assert!(elapsed < Duration::from_millis(3_000), "cut too late: {elapsed:?}");
    for client in &mut polite {
        client.expect("stopped");
    }
    assert!(stubborn.is_ended());
    assert_eq!(node.shared.gone.load(Ordering::SeqCst), 4);
}

/// What clients have brought goes out by the bus.
#[test]
fn the_bus_lives_until_the_last_client_has_gone() {
    let mut node = Node::with_shards(1);
    let mut polite = node.client();
    let mut hesitant = node.client();
    hesitant.ask("stay\nsay no", "no");
    let mut neighbour = Client::connect(node.bus_address);
    neighbour.ask("say hello", "hello");
    std::thread::scope(|scope| {
        let stopping = scope.spawn(|| node.stop(Duration::from_secs(20)));
        polite.expect("stopped");
        neighbour.ask("say still here", "still here");
        drop(hesitant);
        neighbour.expect("stopped");
        // A connection has ended once both sides have said so.
        drop((polite, neighbour));
        assert!(stopping.join().unwrap(), "all had gone in time");
    });
}

/// The stop waits behind what was published; the end of the grace does not.
#[test]
fn a_backlog_does_not_outlast_the_grace() {
    let mut node = Node::start(Config {
        shards: 1,
        turn_publications_max: 10,
        ..Config::default()
    });
    let _subscriber = node.subscribers(1, "tedious");
    let _other = node.subscribers(1, "news");
    for number in 0..500 {
        node.publish(format!("tedious:{number}")).unwrap();
        node.publish("news:in between").unwrap();
    }
    let begin = Instant::now();
    assert!(!node.stop(Duration::from_millis(300)));
    // It would take ten seconds; a turn's worth of it is under way.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn a_node_that_has_stopped_takes_no_connection() {
    let mut node = Node::with_shards(2);
    assert!(node.stop(Duration::from_secs(20)));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let peer = Box::new(Lines::new(node.shared.clone(), "late"));
    assert!(!node.hub.adopt(Stream::Tcp(stream), peer, node.shared.plain));
    assert_eq!(node.hub.connections(), 0);
    assert_eq!(
        node.publish("news:late"),
        Ok(()),
        "nobody wants it, and nobody is in its way"
    );
    std::net::TcpStream::connect(node.address).expect_err("nobody listens");
}

#[test]
fn a_peer_that_closes_is_read_no_more_and_shut_once_all_is_written() {
    let node = Node::with_shards(1);
    let mut client = node.narrow_client();
    client.send("fill 3000000\nquit");
    // What comes after a goodbye is thrown away, and turns it into no reset.
    client.send(&vec!["pub news x"; 10_000].join("\n"));
    assert_eq!(client.rest(), ["f".repeat(3_000_000), "bye".to_owned()]);
    assert_eq!(node.hub.connections(), 1, "its own end is awaited");
    let begin = Instant::now();
    drop(client);
    eventually("it is gone", || node.hub.connections() == 0);
    assert!(begin.elapsed() < Duration::from_secs(3), "its end was not noticed");
}

#[test]
fn a_peer_that_never_closes_is_dropped_after_five_seconds() {
    let node = Node::with_shards(1);
    let mut client = node.client();
    client.send("quit");
    assert_eq!(client.rest(), ["bye"]);
    let begin = Instant::now();
    eventually("it is dropped", || node.hub.connections() == 0);
    let elapsed = begin.elapsed();
    assert!(elapsed > Duration::from_millis(4_500), "too early: {elapsed:?}");
    assert!(elapsed < Duration::from_millis(8_000), "too late: {elapsed:?}");
}

#[test]
fn a_peer_that_closes_and_takes_nothing_is_dropped_after_five_seconds() {
    let node = Node::with_shards(1);
    let client = node.narrow_client();
    client.send("fill 30000000\nquit");
    std::thread::sleep(Duration::from_millis(100));
    let begin = Instant::now();
    eventually("it is dropped", || node.hub.connections() == 0);
    let elapsed = begin.elapsed();
    assert!(elapsed > Duration::from_millis(4_000), "too early: {elapsed:?}");
    assert!(elapsed < Duration::from_millis(8_000), "too late: {elapsed:?}");
}

/// A client may ask, end its half, and read: `printf … | nc`, or any HTTP/1.0 client.
#[test]
fn a_peer_that_has_ended_its_half_gets_what_was_answered() {
    let node = Node::with_shards(1);
    for quit in ["", "\nquit"] {
        let mut client = node.narrow_client();
        client.send(&format!("say hello\nfill 3000000{quit}"));
        client.end_sending();
        let mut expected = vec!["hello".to_owned(), "f".repeat(3_000_000)];
        expected.extend((!quit.is_empty()).then(|| "bye".to_owned()));
        assert!(client.rest() == expected, "not all of it came");
        eventually("it is gone", || node.hub.connections() == 0);
    }
}

#[test]
fn a_peer_that_aborts_is_gone_with_the_turn() {
    let node = Node::with_shards(1);
    let mut client = node.client();
    client.send("say lost\nabort");
    assert!(client.is_ended());
    eventually("it is gone", || node.hub.connections() == 0);
    assert_eq!(node.shared.gone.load(Ordering::SeqCst), 1);
}
