//! In which order does everything come?

use std::sync::Barrier;
use std::thread;

use super::support::Node;

#[test]
fn all_subscribers_of_a_channel_see_one_order_on_all_shards() {
    const EACH: usize = 1_500;
    const PUBLISHERS: usize = 6;
    let node = Node::with_shards(3);
    let mut subscribers = node.subscribers(6, "news");
    let clients: Vec<_> = (0..PUBLISHERS / 2).map(|_| node.client()).collect();
    let start = Barrier::new(PUBLISHERS);
    let orders = thread::scope(|scope| {
        for name in 0..PUBLISHERS {
            let (node, client, start) = (&node, clients.get(name), &start);
            scope.spawn(move || {
                start.wait();
                for number in 0..EACH {
                    match client {
                        Some(client) => client.send(&format!("pub news {name} {number}")),
                        None => node.publish(format!("news:{name} {number}")).unwrap(),
                    }
                }
            });
        }
        let readers: Vec<_> = subscribers
            .iter_mut()
            .map(|subscriber| scope.spawn(|| subscriber.lines(PUBLISHERS * EACH)))
            .collect();
        readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert!(orders.iter().all(|order| *order == orders[0]), "not all see the same");
    for name in 0..PUBLISHERS {
        let own: Vec<&String> = orders[0]
            .iter()
            .filter(|line| line.starts_with(&format!("news:{name} ")))
            .collect();
        let expected: Vec<String> = (0..EACH).map(|number| format!("news:{name} {number}")).collect();
        assert!(own.into_iter().eq(&expected), "publisher {name} is out of order");
    }
}

/// Of all sizes, through sockets that are full most of the time: what was answered before a
/// publication was made comes before it.
#[test]
fn answers_and_publications_are_one_stream_in_which_nothing_overtakes() {
    const COUNT: usize = 400;
    let node = Node::with_shards(2);
    let mut client = node.narrow_client();
    client.ask("sub news", "+news");
    let mut random = fastrand::Rng::with_seed(5);
    let padding = |random: &mut fastrand::Rng| {
        let most = 1 << random.u32(2..16);
        "x".repeat(random.usize(0..most))
    };
    let commands: Vec<String> = (0..COUNT)
        .flat_map(|number| {
            [
                format!("say {number} {}", padding(&mut random)),
                format!("pub news {number} {}", padding(&mut random)),
            ]
        })
        .collect();
    let lines = thread::scope(|scope| {
        let sender = client.sender();
        let commands = &commands;
        scope.spawn(move || commands.iter().for_each(|command| sender.send(command)));
        client.lines(commands.len())
    });
    let mut answered = 0;
    let mut published = 0;
    for line in lines {
        if let Some(publication) = line.strip_prefix("news:") {
            assert_eq!(
                format!("pub news {publication}"),
                commands[2 * published + 1],
                "publication {published}"
            );
            assert!(answered > published, "a publication overtook the answer before it");
            published += 1;
        } else {
            assert_eq!(format!("say {line}"), commands[2 * answered], "answer {answered}");
            answered += 1;
        }
    }
}

#[test]
fn a_change_of_encoding_keeps_the_order_of_what_is_said() {
    let node = Node::with_shards(1);
    let mut client = node.client();
    client.send("sub news\nsay before\nloud\nsay after\npub news hello");
    client.expect("+news");
    client.expect("before");
    client.expect("after");
    client.expect("LOUD news:hello");
}
