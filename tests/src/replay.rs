//! How is a recording replayed against a running server?

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use sha1::{Digest, Sha1};

use crate::limits;
use crate::program::Program;
use crate::publisher::Publisher;
use crate::raw::{Frame, Raw, Received, Response, opcode};
use crate::shown;

/// The server under test.
#[derive(Debug)]
pub struct Target<'a> {
    /// Its process.
    pub program: &'a mut Program,
    /// Where browsers connect.
    pub address: SocketAddr,
    /// Where publishers on the bus connect.
    pub publisher_address: SocketAddr,
}

/// Does every step, in order.
///
/// # Panics
/// At the first step that the server does not answer as it says.
pub fn replay(steps: &[Value], target: Target<'_>) {
    let mut stage = Stage {
        target,
        clients: HashMap::new(),
        publishers: HashMap::new(),
    };
    for (number, step) in steps.iter().enumerate() {
        let _shown_if_it_fails = Current { number, step };
        stage.step(step);
    }
}

/// Shows the step that a replay failed in.
struct Current<'a> {
    number: usize,
    step: &'a Value,
}

impl Drop for Current<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let step = self.step.to_string();
            eprintln!("in step {}: {}", self.number, shown::bytes(step.as_bytes()));
        }
    }
}

struct Stage<'a> {
    target: Target<'a>,
    clients: HashMap<String, Player>,
    publishers: HashMap<String, Publisher>,
}

/// One client of a recording.
struct Player {
    raw: Raw,
    /// Whether frames may be exchanged, not only requests.
    is_websocket: bool,
    /// Whether its last request was HEAD.
    asked_head: bool,
    /// Whether the server has ended the connection, so that sends go nowhere.
    has_ended: bool,
    /// Why the last send failed, until a step says that it may.
    send_failed: Option<String>,
}

impl Stage<'_> {
    fn step(&mut self, step: &Value) {
        let item = |at: usize| step.get(at).and_then(Value::as_str).unwrap_or_default();
        let data = step.get(3).unwrap_or(&Value::Null);
        match (item(0), item(1), item(2)) {
            ("srv", "signal", name) => {
                let name = name.strip_prefix("SIG").expect("signals are named so");
                self.target.program.signal(name);
            }
            ("srv", "exit", _) => {
                let code = self.target.program.exit_code(limits::STOP);
                assert_eq!(Some(i64::from(code)), step[2].as_i64());
            }
            ("srv", "alive", _) => self.is_alive(),
            ("py", ..) => panic!("a verdict puts bus steps in the place of this one"),
            (bus, ">", "frame") => {
                let address = self.target.publisher_address;
                let publisher = self.publishers.entry(bus.to_owned());
                let publisher = publisher.or_insert_with(|| Publisher::connect(address));
                publisher.publish(&bytes(data));
            }
            (client, "open", path) => {
                let path = if path.is_empty() { "/ec" } else { path };
                let mut player = Player::new(Raw::connect(self.target.address).upgraded_at(path));
                player.is_websocket = true;
                self.clients.insert(client.to_owned(), player);
            }
            (client, ">", "http") => {
                let request = bytes(data);
                let mut player = Player::new(Raw::connect(self.target.address));
                player.asked_head = request.starts_with(b"HEAD ");
                player.raw.write(&request).expect("the server reads a request");
                self.clients.insert(client.to_owned(), player);
            }
            (_, "!", "wait") => {
                let millis = data.as_u64().expect("a pause has a length");
                std::thread::sleep(Duration::from_millis(millis));
            }
            (client, direction, what) => {
                let player = self.clients.get_mut(client).expect("the client is connected");
                match direction {
                    ">" => player.send(what, data, step.get(4).unwrap_or(&Value::Null)),
                    "<" => player.receive(what, data, step.get(4).unwrap_or(&Value::Null)),
                    "!" if what == "send may fail" => player.send_failed = None,
                    _ => panic!("no step looks like this"),
                }
            }
        }
    }

    fn is_alive(&mut self) {
        assert!(self.target.program.is_running(), "the server has ended");
        let mut client = Raw::websocket(self.target.address);
        client.send_text("!authenticate:another");
        client.expect_text(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    }
}

impl Player {
    fn new(raw: Raw) -> Self {
        Self {
            raw,
            is_websocket: false,
            asked_head: false,
            has_ended: false,
            send_failed: None,
        }
    }

    fn send(&mut self, what: &str, data: &Value, flags: &Value) {
        self.check_sent();
        if self.has_ended {
            return;
        }
        let payload = bytes(data);
        let mut frame = Frame::new(opcode_of(what), &payload);
        frame.fin = flags["fin"].as_bool().unwrap_or(true);
        frame.mask = flags["mask"].as_bool().unwrap_or(true);
        frame.rsv = flags["rsv"]
            .as_u64()
            .map_or(0, |rsv| u8::try_from(rsv).expect("three bits"));
        if let Err(error) = self.raw.send(&frame) {
            self.send_failed = Some(error.to_string());
        }
    }

    fn receive(&mut self, what: &str, data: &Value, more: &Value) {
        self.check_sent();
        match what {
            "http" => {
                let response = self.raw.response(self.asked_head);
                self.is_websocket = response.status == 101;
                check_response(&response, data);
            }
            "eof" => {
                let received = self.raw.receive_message(limits::ANSWER);
                assert!(
                    received == Received::End,
                    "expected the end, received {}",
                    show(&received)
                );
                self.has_ended = true;
            }
            "chunk" => {
                let (expected, received) = (bytes(data), self.raw.chunk());
                assert!(
                    received == expected,
                    "expected {}, received {}",
                    shown::bytes(&expected),
                    shown::bytes(&received)
                );
            }
            "still open" => self.is_open(),
            "silence" => {
                let limit = Duration::from_millis(data.as_u64().expect("a silence has a length"));
                let received = self.raw.receive_message(limit);
                assert!(
                    received == Received::Nothing,
                    "expected nothing, received {}",
                    show(&received)
                );
            }
            "ping" => {
                let limit = data["within_ms"].as_u64().map_or(limits::ANSWER, Duration::from_millis);
                match self.raw.receive(limit) {
                    Received::Frame { opcode, payload } if opcode == opcode::PING => {
                        assert!(data["any"] == true || payload == bytes(data), "another ping");
                    }
                    received => panic!("expected a ping, received {}", show(&received)),
                }
            }
            "close" => {
                let (code, reason) = self.raw.receive_message(limits::ANSWER).close();
                if let Some(expected) = data.get("code") {
                    assert_eq!(code.map(u64::from), expected.as_u64(), "{reason:?}");
                }
                if let Some(expected) = data.get("reason") {
                    assert_eq!(Some(reason.as_str()), expected.as_str());
                }
            }
            _ => {
                let expected = Received::Frame {
                    opcode: opcode_of(what),
                    payload: bytes(data),
                };
                let limit = more["within_ms"].as_u64().map_or(limits::ANSWER, Duration::from_millis);
                let received = self.raw.receive_message(limit);
                assert!(
                    received == expected,
                    "expected {}, received {}",
                    show(&expected),
                    show(&received)
                );
            }
        }
    }

    fn check_sent(&self) {
        if let Some(error) = &self.send_failed {
            panic!("the server did not take what was sent before this step: {error}");
        }
    }

    fn is_open(&mut self) {
        if self.is_websocket {
            let ping = Frame::new(opcode::PING, b"open?");
            self.raw.send(&ping).expect("the server reads");
            let pong = Received::Frame {
                opcode: opcode::PONG,
                payload: b"open?".to_vec(),
            };
            assert_eq!(self.raw.receive_message(limits::ANSWER), pong);
        } else {
            assert_eq!(self.raw.receive(limits::SILENCE), Received::Nothing);
        }
    }
}

fn opcode_of(name: &str) -> u8 {
    match name {
        "cont" => opcode::CONTINUATION,
        "text" => opcode::TEXT,
        "binary" => opcode::BINARY,
        "close" => opcode::CLOSE,
        "ping" => opcode::PING,
        "pong" => opcode::PONG,
        other => other
            .strip_prefix("opcode ")
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| panic!("no frame is called {other:?}")),
    }
}

/// The bytes that a step's data stands for.
///
/// # Panics
/// If it stands for none, or its digest is another.
#[must_use]
pub fn bytes(data: &Value) -> Vec<u8> {
    if let Some(text) = data.as_str() {
        return text.as_bytes().to_vec();
    }
    let part = |key: &str| data[key].as_str();
    if let Some(hex) = part("hex") {
        return unhex(hex);
    }
    let (Some(prefix), Some(fill), Some(suffix), Some(len)) =
        (part("prefix"), part("fill"), part("suffix"), data["len"].as_u64())
    else {
        panic!("no bytes: {data}");
    };
    let len = usize::try_from(len).expect("it fits into memory");
    let filled = fill.repeat(len - prefix.len() - suffix.len());
    let all = [prefix, &filled, suffix].concat().into_bytes();
    if let Some(expected) = part("sha1") {
        let digest: Vec<u8> = Sha1::digest(&all).to_vec();
        assert_eq!(digest, unhex(expected), "the digest of {data}");
    }
    all
}

fn unhex(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0, "{hex} has pairs of digits");
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("it has hexadecimal digits"))
        .collect()
}

/// Headers that say when and by whom, which no test can expect.
const IGNORED_HEADERS: [&str; 2] = ["server", "date"];

fn check_response(response: &Response, expected: &Value) {
    assert_eq!(
        Some(u64::from(response.status)),
        expected["status"].as_u64(),
        "{response:?}"
    );
    let sorted = |mut headers: Vec<(String, String)>| {
        headers.sort();
        headers
    };
    let received = sorted(
        response
            .headers
            .iter()
            .filter(|(name, _)| !IGNORED_HEADERS.contains(&name.as_str()))
            .cloned()
            .collect(),
    );
    let headers = |key: &str| -> Option<Vec<(String, String)>> {
        let headers = expected.get(key)?.as_object().expect("headers are an object");
        let value = |value: &Value| value.as_str().expect("a header is text").to_owned();
        Some(sorted(
            headers.iter().map(|(name, text)| (name.clone(), value(text))).collect(),
        ))
    };
    if let Some(all) = headers("headers") {
        assert_eq!(received, all);
    }
    for header in headers("headers_include").unwrap_or_default() {
        assert!(received.contains(&header), "{header:?} is not among {received:?}");
    }
    if let Some(body) = expected.get("body") {
        assert_eq!(Some(String::from_utf8_lossy(&response.body).as_ref()), body.as_str());
    }
}

fn show(received: &Received) -> String {
    match received {
        Received::Frame { opcode, payload } => {
            let name = match *opcode {
                opcode::TEXT => "text",
                opcode::CLOSE => "close",
                opcode::PING => "ping",
                opcode::PONG => "pong",
                _ => "frame",
            };
            format!("{name} {}", shown::bytes(payload))
        }
        Received::End => "the end".to_owned(),
        Received::Nothing => "nothing".to_owned(),
    }
}
