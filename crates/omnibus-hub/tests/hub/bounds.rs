//! What happens at the bounds of a node?

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use omnibus_hub::{Config, Counter, Refused, ShardName};
use rustix::process::{Resource, getrlimit, setrlimit};

use super::support::{Client, Node, eventually, in_own_process};

#[test]
fn a_full_inbox_refuses_before_a_place_is_given_and_has_all_its_room_again() {
    const ROOM: usize = 50;
    let node = Node::start(Config {
        shards: 1,
        inbox_publications_max: ROOM,
        ..Config::default()
    });
    let mut client = node.subscribers(1, "news").remove(0);
    for round in 1..=3_u64 {
        client.ask("say asleep", "asleep");
        client.send("sleep 400");
        thread::sleep(Duration::from_millis(100));
        let accepted: Vec<usize> = (0..2 * ROOM)
            .filter(|number| node.publish(format!("news:{number}")).is_ok())
            .collect();
        assert!(accepted.iter().copied().eq(0..ROOM), "round {round}: {accepted:?}");
        assert_eq!(node.publish("news:one more"), Err(Refused::Overloaded));
        for number in accepted {
            client.expect(&format!("news:{number}"));
        }
        let counters = node.hub.counters();
        assert_eq!(counters.get(Counter::RefusedOverloaded), round * (ROOM as u64 + 1));
        assert_eq!(counters.get(Counter::Published), round * ROOM as u64);
        assert!(!node.hub.is_pressed());
    }
    assert_eq!(node.publish("nobody:wants this"), Ok(()));
}

#[test]
fn an_inbox_is_full_by_bytes_too() {
    let node = Node::start(Config {
        shards: 1,
        inbox_bytes_max: 10_000,
        ..Config::default()
    });
    let client = node.subscribers(1, "news").remove(0);
    client.send("sleep 400");
    thread::sleep(Duration::from_millis(100));
    let text = "x".repeat(995);
    let accepted = (0..100).filter(|_| node.publish(format!("news:{text}")).is_ok());
    assert_eq!(accepted.count(), 10);
}

/// A publication that one shard has no room for takes none in another.
#[test]
fn a_refused_publication_takes_no_room_anywhere() {
    const ROOM: usize = 50;
    let node = Node::start(Config {
        shards: 2,
        inbox_publications_max: ROOM,
        ..Config::default()
    });
    let mut clients = node.subscribers(2, "news");
    clients[1].send("sleep 600");
    thread::sleep(Duration::from_millis(100));
    let mut accepted = 0;
    for number in 0..4 * ROOM {
        accepted += usize::from(node.publish(format!("news:{number}")).is_ok());
        thread::sleep(Duration::from_micros(100));
    }
    assert_eq!(accepted, ROOM);
    for client in &mut clients {
        client.lines(ROOM);
        client.ask("sub own", "+own");
    }
    for client in &mut clients {
        client.ask("say asleep", "asleep");
        client.send("sleep 400");
    }
    thread::sleep(Duration::from_millis(100));
    let accepted = (0..2 * ROOM).filter(|_| node.publish("own:x").is_ok()).count();
    assert_eq!(accepted, ROOM, "of the room in both");
}

#[test]
fn nothing_is_read_while_an_inbox_is_pressed_and_everything_after() {
    const ROOM: usize = 100;
    let node = Node::start(Config {
        shards: 2,
        inbox_publications_max: ROOM,
        ..Config::default()
    });
    let mut on_first = node.subscribers(1, "news").remove(0);
    let mut on_second = node.client();
    on_second.ask("where", "shard-1");
    on_first.ask("where", "shard-0");
    on_first.send("sleep 700");
    thread::sleep(Duration::from_millis(100));
    for number in 0..=ROOM / 2 {
        node.publish(format!("news:{number}")).unwrap();
    }
    assert!(node.hub.is_pressed());
    on_second.send("say read\npub news late");
    assert!(on_second.is_silent_for(Duration::from_millis(200)), "it was read");
    assert!(node.hub.is_pressed(), "the machine was too slow for this test");
    on_second.expect("read");
    on_first.lines(ROOM / 2 + 1);
    on_first.expect("news:late");
}

fn shard_of(client: &mut Client) -> String {
    client.send("where");
    client.line().unwrap()
}

#[test]
fn connections_go_to_the_shard_that_has_the_fewest() {
    let node = Node::with_shards(4);
    let mut by_shard: HashMap<String, Vec<Client>> = HashMap::new();
    for _ in 0..12 {
        let mut client = node.client();
        by_shard.entry(shard_of(&mut client)).or_default().push(client);
    }
    assert_eq!(by_shard.len(), 4);
    assert!(by_shard.values().all(|clients| clients.len() == 3));
    by_shard.remove("shard-2");
    eventually("they are gone", || node.hub.connections() == 9);
    let mut back: Vec<Client> = (0..3).map(|_| node.client()).collect();
    assert!(back.iter_mut().all(|client| shard_of(client) == "shard-2"));
}

#[test]
fn a_node_that_holds_as_many_connections_as_it_may_closes_newcomers_at_once() {
    let node = Node::start(Config {
        shards: 2,
        connections_max: 3,
        ..Config::default()
    });
    let mut clients = node.subscribers(3, "news");
    let mut newcomer = node.client();
    assert!(newcomer.is_ended());
    let counters = node.hub.counters();
    assert_eq!(
        (counters.get(Counter::RefusedFull), counters.get(Counter::Accepted)),
        (1, 3)
    );
    drop(clients.pop());
    eventually("there is room", || node.hub.connections() == 2);
    node.client().ask("say welcome", "welcome");
}

#[test]
fn clients_can_not_take_the_room_of_the_bus() {
    let node = Node::start(Config {
        connections_max: 3,
        bus_connections_max: 2,
        ..Config::default()
    });
    let _clients = node.subscribers(3, "news");
    let mut bus: Vec<_> = (0..2).map(|_| Client::connect(node.bus_address)).collect();
    for client in &mut bus {
        client.ask("say hello", "hello");
    }
    assert!(Client::connect(node.bus_address).is_ended());
    assert!(node.client().is_ended());
    assert_eq!(node.hub.counters().get(Counter::RefusedFull), 2);
}

#[test]
fn a_listener_without_descriptors_rests_and_comes_back() {
    in_own_process("bounds::a_listener_without_descriptors_rests_and_comes_back", || {
        let node = Node::with_shards(1);
        let mut client = node.client();
        client.ask("say hello", "hello");
        // Everything that both sides need is open before the limit falls below it.
        let mut sockets: Vec<_> = (0..40)
            .map(|_| socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap())
            .collect();
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = Some(3);
        setrlimit(Resource::Nofile, limit).unwrap();
        let mut waiting = Vec::new();
        let mut knock = || waiting.push(Client::connect_with(sockets.pop().unwrap(), node.address));
        // The bus's listener may find the same.
        let failed = || {
            let mut shards = node.hub.counters().shards();
            let (_, of_clients) = shards.find(|(name, _)| *name != ShardName::Bus).unwrap();
            of_clients.get(Counter::AcceptFailed)
        };
        (0..10).for_each(|_| knock());
        eventually("none can be accepted", || failed() > 0);
        let begin = Instant::now();
        let before = failed();
        // Newcomers are no reason to try again at once.
        for _ in 0..30 {
            knock();
            thread::sleep(Duration::from_millis(55));
        }
        let tries = failed() - before;
        let most = begin.elapsed().as_millis() / 500 + 1;
        assert!(
            tries >= 1 && u128::from(tries) <= most,
            "{tries} tries in {:?}",
            begin.elapsed()
        );
        // Those that are inside are served meanwhile.
        client.ask("say still here", "still here");
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = Some(1_000);
        setrlimit(Resource::Nofile, limit).unwrap();
        for mut client in waiting {
            client.ask("say at last", "at last");
        }
    });
}
