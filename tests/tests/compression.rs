//! Do clients that compress and clients that don't hear the same, at one compression a message?
//!
//! The clients that compress are those of `websockets` and of Chromium; the others are
//! tungstenite's, which knows no compression and fails at a compressed frame.

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::counters::{counter, expect_counter};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::node_js::Script;
use omnibus_tests::program::Program;
use omnibus_tests::python;
use omnibus_tests::raw::{Frame, Raw, Response, opcode};
use omnibus_tests::sockjs;
use serde_json::{Value, json};

const ON: (&str, &str) = ("websocket.compression", "true");

const AGREED: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// The most that a client may send in one message.
const BYTES_MAX: usize = 1 << 20;

/// Clients of `websockets` in the channel `foo`.
struct Compressing(Program);

impl Compressing {
    fn join(node: &Node, count: usize) -> Self {
        Self::join_with(node, count, 8)
    }

    /// With so much of zlib's memory, 1 to 9.
    fn join_with(node: &Node, count: usize, memory: u32) -> Self {
        let mut command = python::script("peers/compressing.py");
        command.args([node.url(), count.to_string(), memory.to_string()]);
        let clients = Self(Program::start("compressing.py", &mut command));
        assert_eq!(clients.next()["extensions"], AGREED);
        clients
    }

    fn next(&self) -> Value {
        serde_json::from_str(&self.0.line(limits::START)).expect("it answers in JSON")
    }

    fn ask(&mut self, request: &Value) -> Value {
        self.0.write_line(&request.to_string());
        self.next()
    }

    fn say(&mut self, text: &str) {
        self.ask(&json!({"do": "say", "text": text}));
    }

    /// All hear this text, so many of them as a compressed message.
    fn expect(&mut self, text: &str, compressed: usize) {
        let heard = self.ask(&json!({"do": "hear"}));
        assert_eq!(heard, json!({"texts": [text], "compressed": compressed}));
    }

    /// The first is closed.
    fn expect_end(&mut self, code: u16, reason: &str) {
        let end = self.ask(&json!({"do": "end"}));
        assert_eq!(end, json!({"code": code, "reason": reason}));
    }
}

/// What JSON looks like, as far as compression sees it.
fn publication(bytes: usize) -> String {
    let items = (0..).map(|n| format!(r#"{{"name":"é{n}","place":{}}},"#, n * 7_919 % 1_000));
    let mut list = String::new();
    for item in items {
        if list.len() + item.len() > bytes {
            break;
        }
        list.push_str(&item);
    }
    format!(r#"foo:{{"payload":[{}0]}}"#, list)
}

#[test]
fn a_publication_is_compressed_once_for_a_hundred_clients_and_not_for_those_that_do_not_ask() {
    let mut node = Node::with(&[ON]);
    let mut plain = Client::joined(&node, "plain", &["foo"]);
    let mut clients = Compressing::join(&node, 100);
    for number in 1..=3 {
        let text = publication(4_000 * number);
        plain.send(&text);
        plain.expect(&text);
        clients.expect(&text, 100);
        expect_counter(node.program(), "publications_compressed", number as u64);
    }
    // What is small, and what becomes no smaller, goes as it is.
    let small = publication(100);
    plain.send(&small);
    clients.expect(&small, 0);
    expect_counter(node.program(), "publications_compressed", 3);
    let before = counter(node.program(), "compression_bytes_before");
    let after = counter(node.program(), "compression_bytes_after");
    assert!(2 * after < before, "{before} bytes became {after}");
}

#[test]
fn what_a_client_compresses_is_heard_by_all() {
    let node = Node::with(&[ON]);
    let mut plain = Client::joined(&node, "plain", &["foo"]);
    let mut clients = Compressing::join(&node, 3);
    for text in [publication(10), publication(300), publication(200_000)] {
        clients.say(&text);
        plain.expect(&text);
        clients.expect(&text, if text.len() < 256 { 0 } else { 3 });
    }
}

#[test]
fn whoever_inflates_too_much_is_closed_and_its_neighbours_hear_on() {
    for (settings, bytes) in [
        // Within the size, but not within the ratio; then within the ratio, but not within the size.
        (vec![ON], BYTES_MAX - 100),
        (vec![ON, ("websocket.inflated_ratio_max", "1100")], BYTES_MAX),
    ] {
        let node = Node::with(&settings);
        let mut plain = Client::joined(&node, "plain", &["foo"]);
        let mut neighbour = Compressing::join(&node, 1);
        let mut bomber = Compressing::join(&node, 1);
        bomber.say(&format!(r#"foo:{{"payload":"{}"}}"#, " ".repeat(bytes)));
        bomber.expect_end(1009, "message too big");
        let text = publication(1_000);
        neighbour.say(&text);
        neighbour.expect(&text, 1);
        plain.expect(&text);
    }
}

#[test]
fn what_compresses_well_passes_where_the_ratio_allows_it() {
    let node = Node::with(&[ON, ("websocket.inflated_ratio_max", "1100")]);
    let mut clients = Compressing::join(&node, 2);
    let text = format!(r#"foo:{{"payload":"{}"}}"#, " ".repeat(BYTES_MAX - 100));
    clients.say(&text);
    clients.expect(&text, 2);
}

/// With the least memory zlib ends a block after 127 symbols.
#[test]
fn what_was_compressed_with_little_memory_has_no_more_blocks_than_it_may() {
    let node = Node::with(&[ON]);
    let mut clients = Compressing::join_with(&node, 2, 1);
    let text = publication(900_000);
    clients.say(&text);
    clients.expect(&text, 2);
}

#[test]
fn whoever_sends_more_blocks_than_its_bytes_allow_is_closed_and_counted() {
    let mut node = Node::with(&[ON]);
    let mut neighbour = Compressing::join(&node, 1);
    let mut raw = Raw::connect(node.address());
    upgrade(&mut raw, &node, "/ec", "permessage-deflate");
    let payload = b"\0\0\0\xff\xff".repeat(1_000);
    let frame = Frame {
        rsv: 4,
        ..Frame::new(opcode::TEXT, &payload)
    };
    raw.send(&frame).expect("the server reads");
    raw.expect_close(1009);
    expect_counter(node.program(), "inflations_refused_blocks", 1);
    let text = publication(1_000);
    neighbour.say(&text);
    neighbour.expect(&text, 1);
}

#[test]
fn chromium_and_others_hear_each_other_compressed_or_not() {
    let node = Node::with(&[ON]);
    let mut plain = Client::joined(&node, "plain", &["foo"]);
    let mut clients = Compressing::join(&node, 1);
    let mut browser = Script::start("browser.js", &[]);
    let page = format!("http://{}/", node.address());
    browser.ask(&json!({"do": "open", "window": "a", "url": page, "width": 300, "height": 200}));
    let joined = format!(
        r#"new Promise(done => {{
            // The page has a socket of its own.
            const own = window.own = new WebSocket({});
            window.ownHeard = [];
            own.onopen = () => {{ own.send("!authenticate:chromium"); own.send("!subscribe:foo") }};
            own.onclose = event => done("closed " + event.code);
            own.onmessage = event => {{
                if (!event.data.startsWith("!")) return ownHeard.push(event.data);
                if (event.data.startsWith("!subscribe")) done(own.extensions);
            }};
        }})"#,
        json!(node.url())
    );
    assert_eq!(run(&mut browser, &joined), AGREED);

    let text = publication(5_000);
    plain.send(&text);
    clients.expect(&text, 1);
    let said = publication(9_000);
    run(&mut browser, &format!("own.send({}) ?? null", json!(said)));
    clients.expect(&said, 1);
    for text in [&text, &said] {
        plain.expect(text);
    }
    limits::eventually("the page hears both", limits::ANSWER, || {
        match run(&mut browser, "ownHeard") {
            heard if heard == json!([text, said]) => Ok(()),
            heard => Err(heard.to_string()),
        }
    });
}

fn run(browser: &mut Script, script: &str) -> Value {
    let answer = browser.ask(&json!({"do": "run", "window": "a", "script": script}));
    assert_eq!(answer["errors"], json!([]), "the page throws");
    answer["value"].clone()
}

#[test]
fn offers_are_declined_unless_compression_is_on_and_they_can_be_kept() {
    let off = Node::start();
    assert_eq!(agreed(&off, "/ec", "permessage-deflate"), None);
    let mut raw = Raw::connect(off.address());
    upgrade(&mut raw, &off, "/ec", "permessage-deflate");
    // A compressed "Hello" (RFC 7692 section 7.2.3.1) under a mask of zeros.
    raw.write(b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0")
        .expect("the server reads");
    raw.expect_close(1002);

    let on = sockjs::node(&[ON]);
    for (path, offer, answer) in [
        ("/ec", "permessage-deflate; client_max_window_bits", Some(AGREED)),
        ("/ec/websocket", "permessage-deflate", Some(AGREED)),
        (
            "/ec",
            "x-unknown, permessage-deflate; server_max_window_bits=9, permessage-deflate",
            Some(AGREED),
        ),
        ("/ec", "permessage-deflate; server_max_window_bits=9", None),
        (
            "/ec",
            "permessage-deflate; client_max_window_bits=9; client_max_window_bits=9",
            None,
        ),
        ("/ec", "permessage-deflate; strength=9", None),
        // SockJS's frames go as they are.
        ("/ec/000/session/websocket", "permessage-deflate", None),
    ] {
        assert_eq!(agreed(&on, path, offer).as_deref(), answer, "{path} {offer}");
    }
}

#[test]
fn a_client_that_does_not_compress_must_not_mark_a_frame() {
    let node = Node::with(&[ON]);
    let mut client = Client::joined(&node, "plain", &["foo"]);
    let mut raw = Raw::websocket(node.address());
    raw.write(b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0")
        .expect("the server reads");
    raw.expect_close(1002);
    client.send(&publication(10));
    assert_eq!(client.hear(limits::ANSWER), Heard::Text(publication(10)));
}

fn agreed(node: &Node, path: &str, offer: &str) -> Option<String> {
    let response = upgrade(&mut Raw::connect(node.address()), node, path, offer);
    response.header("sec-websocket-extensions").map(str::to_owned)
}

fn upgrade(raw: &mut Raw, node: &Node, path: &str, offer: &str) -> Response {
    let request = Raw::upgrade_request(node.address());
    let request = request.replacen("/ec", path, 1);
    let head = request.trim_end();
    raw.write(format!("{head}\r\nSec-WebSocket-Extensions: {offer}\r\n\r\n").as_bytes())
        .expect("the server reads");
    let response = raw.response(false);
    assert_eq!(response.status, 101);
    response
}
