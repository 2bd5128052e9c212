//! How does a test drive ZeroMQ sockets of libzmq?
//!
//! By a Python process that holds as many as the test wants; `peers/sockets.py` says what it can
//! do and how frames are written.

use std::net::SocketAddr;

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::program::Program;
use omnibus_tests::python;
use serde_json::{Value, json};

/// A process with libzmq sockets, each known by a name.
#[derive(Debug)]
pub(crate) struct Sockets {
    program: Program,
}

/// An address as ZeroMQ writes it.
pub(crate) fn tcp(address: SocketAddr) -> String {
    format!("tcp://{address}")
}

impl Sockets {
    pub(crate) fn start() -> Self {
        Self {
            program: Program::start("sockets.py", &mut python::script("peers/sockets.py")),
        }
    }

    /// Starts a process with a `PUB` called `pub` and a `SUB` called `sub`, which lose nothing by
    /// bounds of their own. `sub` has subscribed `ready:` and has been heard.
    pub(crate) fn met(node: &Node) -> Self {
        let mut sockets = Self::start();
        sockets.open("pub", "PUB", &tcp(node.publisher_address()), json!({"SNDHWM": 0}));
        sockets.open("sub", "SUB", &tcp(node.subscriber_address()), lossless());
        sockets.subscribe("sub", &["ready:"]);
        sockets.meet("sub");
        sockets
    }

    /// Does one thing; its result.
    ///
    /// # Panics
    /// If it fails.
    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        self.program.write_line(&request.to_string());
        let line = self.program.line(limits::START);
        let mut answer: Value = serde_json::from_str(&line).expect("the script answers with JSON");
        assert_eq!(answer["ok"], true, "{request}: {answer}");
        answer["result"].take()
    }

    /// Makes a socket and connects it; returns once the handshake is over.
    pub(crate) fn open(&mut self, socket: &str, kind: &str, address: &str, options: Value) {
        self.ask(&json!({"do": "open", "socket": socket, "type": kind, "address": address, "options": options}));
    }

    /// Makes a socket and connects it, whether or not anybody will talk to it.
    pub(crate) fn open_without_waiting(&mut self, socket: &str, kind: &str, address: &str, options: Value) {
        self.ask(&json!({
            "do": "open", "socket": socket, "type": kind, "address": address, "options": options, "wait": false
        }));
    }

    /// What happens next to the socket's connection: `ready`, `failed` or `disconnected`.
    pub(crate) fn event(&mut self, socket: &str) -> Value {
        self.ask(&json!({"do": "event", "socket": socket, "seconds": limits::ANSWER.as_secs_f64()}))
    }

    /// Nothing has happened to the socket's connection that was not asked for yet.
    pub(crate) fn expect_no_event(&mut self, socket: &str) {
        let event = self.ask(&json!({"do": "event", "socket": socket, "seconds": 0}));
        assert_eq!(event, Value::Null);
    }

    pub(crate) fn subscribe(&mut self, socket: &str, topics: &[&str]) {
        self.ask(&json!({"do": "subscribe", "socket": socket, "topics": topics}));
    }

    pub(crate) fn unsubscribe(&mut self, socket: &str, topics: &[&str]) {
        self.ask(&json!({"do": "unsubscribe", "socket": socket, "topics": topics}));
    }

    /// Publishes to `ready:` by `pub` until it comes through to the socket, which has subscribed
    /// it last: so all that it has said before is known to the node, too.
    pub(crate) fn meet(&mut self, socket: &str) {
        self.meet_by("pub", socket, "ready:");
    }

    pub(crate) fn meet_by(&mut self, publisher: &str, subscriber: &str, topic: &str) {
        self.ask(&json!({"do": "meet", "publisher": publisher, "subscriber": subscriber, "topic": topic}));
    }

    /// Sends a message of one frame.
    pub(crate) fn send(&mut self, socket: &str, frame: impl Into<Value>) {
        self.send_frames(socket, json!([frame.into()]));
    }

    pub(crate) fn send_frames(&mut self, socket: &str, frames: Value) {
        self.ask(&json!({"do": "send", "socket": socket, "frames": frames}));
    }

    /// Sends `count` messages, `prefix` and a number from 0 on.
    pub(crate) fn number(&mut self, socket: &str, prefix: &str, count: usize) {
        self.ask(&json!({"do": "number", "socket": socket, "prefix": prefix, "count": count}));
    }

    /// The frames of the next message.
    pub(crate) fn receive(&mut self, socket: &str) -> Value {
        let frames = self.ask(&json!({"do": "receive", "socket": socket}));
        assert_ne!(frames, Value::Null, "{socket} receives nothing");
        frames
    }

    /// Receives a message of this one frame next.
    pub(crate) fn expect(&mut self, socket: &str, frame: impl Into<Value>) {
        assert_eq!(self.receive(socket), json!([frame.into()]));
    }

    /// The next `count` messages, or fewer if no more come.
    pub(crate) fn receive_all(&mut self, socket: &str, count: usize) -> Vec<Value> {
        let received = self.ask(&json!({"do": "receive_all", "socket": socket, "count": count}));
        received.as_array().cloned().expect("it is a list")
    }

    /// What comes until a pause of [`limits::SILENCE`].
    pub(crate) fn receive_until_silence(&mut self, socket: &str) -> Vec<Value> {
        let received = self.ask(&json!({
            "do": "receive_all", "socket": socket, "count": 1_000_000, "seconds": limits::SILENCE.as_secs_f64()
        }));
        received.as_array().cloned().expect("it is a list")
    }

    pub(crate) fn close(&mut self, socket: &str) {
        self.ask(&json!({"do": "close", "socket": socket}));
    }

    pub(crate) fn program(&mut self) -> &mut Program {
        &mut self.program
    }
}

/// Options of a subscriber that drops nothing by itself: a `SUB` loses subscriptions beyond the
/// bound of what it may send, and messages beyond that of what it may keep.
pub(crate) fn lossless() -> Value {
    json!({"SNDHWM": 0, "RCVHWM": 0})
}

/// The texts that [`Sockets::number`] sends.
pub(crate) fn numbered(prefix: &str, count: usize) -> Vec<Value> {
    (0..count).map(|number| format!("{prefix}{number}").into()).collect()
}
