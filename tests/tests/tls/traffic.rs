//! Does everything come through that comes through without TLS?

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use omnibus_tests::client::Client;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::publisher::Publisher;
use omnibus_tests::raw::{Frame, Raw, Received};
use omnibus_tests::slow;
use omnibus_tests::sockjs::{self, Session};

use crate::server::{Bridge, Identity, node, shown};

/// One message for the slow.
const BYTES: usize = 64 << 10;

fn joined(bridge: &Bridge, identifier: &str) -> Client {
    let mut client = Client::connect_to(&bridge.url());
    client.authenticate(identifier);
    client.subscribe("foo");
    client
}

#[test]
fn a_mebibyte_passes_both_ways_by_both_versions() {
    let identity = Identity::new();
    // Reads end in the middle of records.
    for turn in ["256 KiB", "1 KiB"] {
        let node = node(&identity, &[("hub.turn_read_bytes_max", turn)]);
        for version in ["1.2", "1.3"] {
            let bridge = Bridge::speaking(version, &node, &identity);
            let (mut one, mut other) = (joined(&bridge, "one"), joined(&bridge, "other"));
            for fill in ["a", "b", "c"] {
                let start = r#"foo:{"sender":"one","text":""#;
                let large = format!(r#"{start}{}"}}"#, fill.repeat((1 << 20) - start.len() - 2));
                one.send(&large);
                one.expect(&large);
                other.expect(&large);
            }
        }
    }
}

#[test]
fn sockjs_streams_and_polls_move_between_shards_with_their_tls() {
    let identity = Identity::new();
    let node = node(&identity, &sockjs::SETTINGS);
    let bridge = Bridge::to(&node, &identity);
    let mut publisher = Publisher::connect(node.publisher_address());
    // Every connection may come to another shard than the session's.
    let mut sessions: Vec<Session> = (0..8).map(|_| Session::at(bridge.address())).collect();
    for (number, session) in sessions.iter_mut().enumerate() {
        session.poll().expect(200, "o\n");
        session.join(&["foo"]);
        let answers = session.poll().body;
        assert_eq!(answers.matches(r#"\"success\": true"#).count(), 2, "{answers}");
        if number % 2 == 0 {
            session.stream("xhr_streaming");
        }
    }
    for number in 0..30 {
        let text = format!(r#"foo:{{"n":{number},"text":"{}"}}"#, "x".repeat(number * 1_000));
        publisher.publish(text.as_bytes());
        let framed = format!("a[{}]\n", serde_json::Value::from(text));
        for (at, session) in sessions.iter_mut().enumerate() {
            if at % 2 == 0 {
                // A stream ends after 128 KiB, and the next one goes on.
                match session.receiver().chunk() {
                    Some(chunk) => assert!(chunk == framed, "message {number} is cut or out of order"),
                    None => {
                        session.stream("xhr_streaming");
                        session.receiver().expect_chunk(&framed);
                    }
                }
            } else {
                session.poll().expect(200, &framed);
            }
        }
    }
}

#[test]
fn slow_client_is_told_and_closed_and_its_neighbours_still_receive() {
    const MESSAGES: usize = 300;
    const WINDOW: usize = 8;
    let identity = Identity::new();
    let node = node(&identity, &[]);
    let bridge = Bridge::to(&node, &identity);
    let narrow = Bridge::narrow(&node, &identity);
    let mut neighbour = joined(&bridge, "neighbour");
    let mut slow = slow::joined(narrow.address());
    let mut publisher = Publisher::connect(node.publisher_address());
    for n in 0..MESSAGES {
        publisher.publish(message(n).as_bytes());
        if n >= WINDOW {
            neighbour.expect(&message(n - WINDOW));
        }
    }
    for n in MESSAGES - WINDOW..MESSAGES {
        neighbour.expect(&message(n));
    }
    let heard = slow::hears_until_closed(&mut slow, message);
    assert!(heard < MESSAGES, "it was not slow");
}

/// The last records of a connection that closes wait for the socket, too.
#[test]
fn what_waits_when_the_server_stops_comes_whole_and_then_the_farewell() {
    let identity = Identity::new();
    let mut node = node(&identity, &[("stop.grace", "60s")]);
    let bridge = Bridge::to(&node, &identity);
    let narrow = Bridge::narrow(&node, &identity);
    let mut neighbour = joined(&bridge, "neighbour");
    let mut slow = slow::joined(narrow.address());
    let mut publisher = Publisher::connect(node.publisher_address());
    let large = format!(r#"foo:{{"text":"{}"}}"#, "x".repeat(8 << 20));
    publisher.publish(large.as_bytes());
    // By the time that it has come, it has long met the other's full socket.
    neighbour.expect(&large);
    node.program().signal("TERM");
    slow.expect_text(&large);
    let (code, _) = slow.receive(limits::ANSWER).close();
    assert!(code.is_some());
    assert_eq!(slow.receive(limits::ANSWER), Received::End);
    drop((neighbour, publisher));
    assert_eq!(node.program().exit_code(limits::STOP), 0);
}

fn message(n: usize) -> String {
    let start = format!(r#"foo:{{"n":{n},"text":""#);
    let filler = "x".repeat(BYTES - start.len() - 2);
    format!(r#"{start}{filler}"}}"#)
}

/// OpenSSL's client as a WebSocket; a line with `K` alone renews its keys and asks for new ones.
struct Renewing {
    child: Child,
    received: Vec<u8>,
}

impl Renewing {
    fn start(node: &Node, identity: &Identity) -> Self {
        let (address, certificate) = (node.address(), identity.certificate());
        let line = format!(
            "exec openssl s_client -connect {address} -tls1_3 -CAfile {} 2>&1",
            shown(&certificate)
        );
        let child = Command::new("sh")
            .args(["-c", &line])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let child = child.expect("there is a shell");
        let received = Vec::new();
        Self { child, received }
    }

    fn write(&mut self, bytes: &[u8]) {
        let input = self.child.stdin.as_mut().expect("it is piped");
        input.write_all(bytes).and_then(|()| input.flush()).expect("it reads");
    }

    /// Reads until this has come; what comes before it is dropped.
    fn skip_to(&mut self, part: &str) {
        let output = self.child.stdout.as_mut().expect("it is piped");
        loop {
            let at = self
                .received
                .windows(part.len())
                .position(|bytes| bytes == part.as_bytes());
            if let Some(at) = at {
                self.received.drain(..at + part.len());
                return;
            }
            let mut more = [0; 4096];
            let count = output.read(&mut more).expect("it writes");
            assert!(
                count > 0,
                "{part} does not come: {}",
                String::from_utf8_lossy(&self.received)
            );
            self.received.extend_from_slice(&more[..count]);
        }
    }
}

impl Drop for Renewing {
    fn drop(&mut self) {
        // It has ended, or ends now.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

#[test]
fn keys_are_renewed_while_publications_flow() {
    let identity = Identity::new();
    let node = node(&identity, &[]);
    let mut client = Renewing::start(&node, &identity);
    client.skip_to("Verify return code: 0 (ok)\n---\n");
    client.write(Raw::upgrade_request(node.address()).as_bytes());
    client.skip_to("\r\n\r\n");
    client.write(&Frame::text("!authenticate:renewing").to_bytes());
    client.skip_to(r#""success": true"#);
    client.write(&Frame::text("!subscribe:foo").to_bytes());
    client.skip_to(r#""success": true"#);
    let mut publisher = Publisher::connect(node.publisher_address());
    for n in 0..1_000 {
        publisher.publish(format!(r#"foo:{{"n":{n}}}"#).as_bytes());
        if n % 50 == 10 {
            client.write(b"K\n");
            // What follows in the same breath would be taken for a part of the command.
            client.skip_to("KEYUPDATE\n");
        }
        if n % 50 == 30 {
            // What has been heard was said by keys that it asked for.
            client.skip_to(&format!(r#"foo:{{"n":{n}}}"#));
            client.write(&Frame::text(&format!("!unsubscribe:bar{n}")).to_bytes());
            client.skip_to(&format!("bar{n}"));
        }
    }
    client.skip_to(r#"foo:{"n":999}"#);
}
