//! Who gets what?

use super::support::Node;

#[test]
fn a_peer_gets_a_publication_once_however_many_of_its_topics_match() {
    let node = Node::with_shards(2);
    let mut client = node.client();
    client.send("sub news\npre \npre n\npre news:h");
    for answer in ["+news", "+", "+n", "+news:h"] {
        client.expect(answer);
    }
    for text in ["hello", "other", "hello again"] {
        node.publish(format!("news:{text}")).unwrap();
    }
    node.publish("no colon").unwrap();
    for line in ["news:hello", "news:other", "news:hello again", "no colon"] {
        client.expect(line);
    }
    client.ask("unpre ", "-");
    client.ask("unsub news", "-news");
    node.publish("sport:nothing of its topics").unwrap();
    node.publish("news:once more").unwrap();
    client.expect("news:once more");
}

#[test]
fn a_channel_is_no_prefix_of_another_and_a_prefix_is() {
    let node = Node::with_shards(1);
    let mut by_channel = node.subscribers(1, "room1").remove(0);
    let mut by_prefix = node.client();
    by_prefix.ask("pre room1", "+room1");
    node.publish("room10:hello").unwrap();
    node.publish("room1:hello").unwrap();
    by_channel.expect("room1:hello");
    by_prefix.expect("room10:hello");
    by_prefix.expect("room1:hello");
}

#[test]
fn an_ended_subscription_leaves_the_others_of_its_shard_alone() {
    let node = Node::with_shards(1);
    let mut one = node.client();
    let mut other = node.client();
    for client in [&mut one, &mut other] {
        client.ask("pre ne", "+ne");
        client.ask("sub sport", "+sport");
    }
    one.ask("unpre ne", "-ne");
    one.ask("unsub sport", "-sport");
    one.ask("unsub sport", "?sport");
    for frame in ["news:1", "sport:2"] {
        node.publish(frame).unwrap();
        other.expect(frame);
    }
    one.ask("say nothing came", "nothing came");
}

#[test]
fn a_peer_can_tell_which_channels_it_is_in() {
    let node = Node::with_shards(1);
    let mut other = node.client();
    other.ask("sub art", "+art");
    let mut client = node.client();
    client.ask("list", "in ");
    client.send("sub news\npre n\nsub sport\nsub music\nunsub sport");
    for answer in ["+news", "+n", "+sport", "+music", "-sport"] {
        client.expect(answer);
    }
    client.ask("list", "in music news");
}

#[test]
fn what_an_encoder_refuses_leaves_no_trace() {
    let node = Node::with_shards(1);
    let mut client = node.subscribers(1, "news").remove(0);
    node.publish("news:secret").unwrap();
    node.publish("news:public").unwrap();
    client.expect("news:public");
}
