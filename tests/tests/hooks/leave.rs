//! Do the members of a channel hear who leaves, once, and only where they are to?

use std::fs;
use std::time::Duration;

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::program::Program;
use omnibus_tests::python;
use omnibus_tests::raw::Raw;
use tempfile::TempDir;
use tungstenite::Message;

/// Mice are seen off; in a hall nobody but the server speaks; nothing is said of other channels.
const NAMESPACES: &str = r#"
[[namespaces]]
pattern = "mouse*"
announce_leave = true

[[namespaces]]
pattern = "hall.*"
publish = "server"
announce_leave = true
"#;

/// A node with these namespaces.
struct Place {
    node: Node,
    _file: TempDir,
}

impl Place {
    fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a file");
        let file = folder.path().join("omnibus.toml");
        fs::write(&file, NAMESPACES).expect("it can be written");
        let mut all = vec![("config", file.to_str().expect("the path is text"))];
        all.extend_from_slice(settings);
        Self {
            node: Node::with(&all),
            _file: folder,
        }
    }

    fn below(director: &Node) -> Self {
        Self::with(&[
            ("bus.director", "false"),
            ("bus.forwarder", "true"),
            (
                "bus.director_subscriber_address",
                &format!("tcp://{}", director.subscriber_address()),
            ),
            (
                "bus.director_publisher_address",
                &format!("tcp://{}", director.publisher_address()),
            ),
        ])
    }
}

/// What a channel hears when somebody leaves it.
fn farewell(channel: &str, identifier: &str) -> String {
    format!(r#"{channel}:{{"sender": "{identifier}", "type": "disconnect", "payload": {{}}}}"#)
}

#[test]
fn whoever_leaves_is_announced_once_however_it_leaves() {
    let place = Place::with(&[]);
    let node = &place.node;
    let mut neighbour = Client::joined(node, "neighbour", &["mouse"]);
    let mut expect = |identifier: &str| {
        neighbour.expect(&farewell("mouse", identifier));
        neighbour.expect_nothing_before_a_pong();
    };

    let mut says_goodbye = Client::joined(node, "says goodbye", &["mouse"]);
    says_goodbye.send_message(Message::Close(None));
    assert!(matches!(says_goodbye.hear(limits::ANSWER), Heard::Close(_)));
    assert_eq!(says_goodbye.hear(limits::ANSWER), Heard::End);
    expect("says goodbye");

    drop(Client::joined(node, "just goes", &["mouse"]));
    expect("just goes");

    let mut cut = Raw::websocket(node.address());
    cut.send_text("!authenticate:cut");
    cut.expect_text(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    cut.send_text("!subscribe:mouse");
    cut.expect_text(r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "mouse"}}"#);
    cut.reset();
    expect("cut");

    let mut command = python::script("peers/member.py");
    command.args([&node.url(), "killed", "mouse"]);
    let mut page = Program::start("page", &mut command);
    assert_eq!(page.line(limits::START), "in");
    page.signal("KILL");
    assert_eq!(page.exit_code(limits::STOP), -9);
    expect("killed");

    let mut rude = Client::joined(node, "rude", &["mouse"]);
    rude.send_message(Message::Text("x".repeat(2 << 20).into()));
    expect("rude");

    let mut leaves_the_channel = Client::joined(node, "leaves the channel", &["mouse"]);
    leaves_the_channel.unsubscribe("mouse");
    expect("leaves the channel");
    drop(leaves_the_channel);

    let mut renamed = Client::joined(node, "one", &["mouse"]);
    renamed.authenticate("other");
    expect("one");
    drop(renamed);
    expect("other");

    let mut refused = Client::joined(node, "refused", &["mouse"]);
    refused.send(&format!("!authenticate:{}", "x".repeat(256)));
    assert!(refused.text().contains("false"));
    expect("refused");
    drop(refused);
    neighbour.expect_silence();
}

#[test]
fn whoever_falls_silent_or_reads_too_slowly_is_announced_too() {
    let place = Place::with(&[("server.ping_interval", "1s"), ("client.outbox_bytes_max", "64KiB")]);
    let node = &place.node;
    let mut neighbour = Client::joined(node, "neighbour", &["mouse"]);
    let silent = Client::joined(node, "silent", &["mouse"]);
    let hears = |neighbour: &mut Client, identifier: &str| {
        let heard = neighbour.hear(limits::ANSWER);
        assert_eq!(heard, Heard::Text(farewell("mouse", identifier)));
    };
    hears(&mut neighbour, "silent");
    drop(silent);

    let slow = Client::joined(node, "slow", &["mouse", "flood"]);
    let mut speaker = Client::joined(node, "speaker", &["flood"]);
    let flood = format!(r#"flood:{{"x":"{}"}}"#, "x".repeat(60_000));
    for _ in 0..400 {
        speaker.send(&flood);
        assert_eq!(speaker.hear(limits::ANSWER), Heard::Text(flood.clone()));
    }
    hears(&mut neighbour, "slow");
    drop(slow);
}

#[test]
fn nothing_is_announced_where_that_is_off_or_the_member_could_not_speak() {
    let place = Place::with(&[]);
    let node = &place.node;
    let mut neighbour = Client::joined(node, "neighbour", &["news", "hall.1", "mouse"]);
    drop(Client::joined(node, "member", &["news", "hall.1"]));
    let mut never_answered = Client::connect(node);
    never_answered.send("!subscribe:mouse");
    assert!(never_answered.text().contains("false"));
    drop(never_answered);
    neighbour.expect_silence();
    drop(Client::joined(node, "last", &["news", "hall.1", "mouse"]));
    neighbour.expect(&farewell("mouse", "last"));
}

#[test]
fn a_farewell_holds_the_name_alone_and_no_name_breaks_out_of_it() {
    let place = Place::with(&[]);
    let node = &place.node;
    let mut neighbour = Client::joined(node, "neighbour", &["mouse"]);
    let mut member = Client::connect(node);
    member.send("!authenticate:me\"},é\\:42:5570b1b049c7207a09fd22f587ed7019f8c50453");
    assert!(member.text().contains("true"));
    member.subscribe("mouse");
    drop(member);
    neighbour.expect(&farewell("mouse", r#"me\"},\u00e9\\"#));
}

#[test]
fn a_forwarders_member_is_announced_at_every_node_once() {
    let director = Place::with(&[]);
    let below = Place::below(&director.node);
    let beside = Place::below(&director.node);
    let mut neighbours: Vec<Client> = [&director, &below, &beside]
        .iter()
        .map(|place| Client::joined(&place.node, "neighbour", &["mouse"]))
        .collect();
    for round in 0..5 {
        let identifier = format!("member {round}");
        drop(Client::joined(&below.node, &identifier, &["mouse"]));
        for neighbour in &mut neighbours {
            neighbour.expect(&farewell("mouse", &identifier));
        }
    }
    neighbours.iter_mut().for_each(Client::expect_silence);
}

#[test]
fn a_node_that_stops_announces_nobody_because_they_come_back_elsewhere() {
    let director = Place::with(&[]);
    let mut below = Place::below(&director.node);
    let mut neighbour = Client::joined(&director.node, "neighbour", &["mouse"]);
    let members: Vec<Client> = (0..10)
        .map(|number| Client::joined(&below.node, &format!("member {number}"), &["mouse"]))
        .collect();
    assert_eq!(below.node.stop(), 0);
    drop(members);
    neighbour.expect_silence();
}

#[test]
fn thousands_who_leave_at_once_cost_no_more_than_their_farewells() {
    const CROWD: usize = 1_000;
    let place = Place::with(&[]);
    let node = &place.node;
    let mut neighbour = Client::joined(node, "neighbour", &["mouse"]);
    let crowd: Vec<Client> = (0..CROWD)
        .map(|n| Client::joined(node, &format!("c{n}"), &["mouse"]))
        .collect();
    drop(crowd);
    let mut left: Vec<String> = (0..CROWD).map(|_| neighbour.text()).collect();
    left.sort();
    let mut expected: Vec<String> = (0..CROWD).map(|n| farewell("mouse", &format!("c{n}"))).collect();
    expected.sort();
    assert_eq!(left, expected);
    assert_eq!(neighbour.hear(Duration::from_millis(300)), Heard::Nothing);
}
