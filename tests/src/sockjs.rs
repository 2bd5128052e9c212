//! How does a test play a SockJS client?

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::http::{Answer, Http};
use crate::node::Node;

/// The settings of a node that serves SockJS by every transport, also by those that are off unless
/// asked for.
pub const SETTINGS: [(&str, &str); 2] = [
    ("server.webapp_factory", "sockjs"),
    (
        "sockjs.transports",
        "websocket, xhr_streaming, eventsource, xhr, htmlfile, jsonp",
    ),
];

/// A node that serves SockJS by every transport, with more settings.
#[must_use]
pub fn node(settings: &[(&str, &str)]) -> Node {
    Node::with(&[&SETTINGS, settings].concat())
}

/// A session that is received by requests.
#[derive(Debug)]
pub struct Session {
    receiver: Http,
    sender: Http,
    url: String,
}

impl Session {
    /// A session with an id of its own that nobody has opened yet.
    #[must_use]
    pub fn new(node: &Node) -> Self {
        Self::at(node.address())
    }

    /// As [`Session::new`], at a node or at what stands in front of it.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let id = format!("session{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self {
            receiver: Http::connect(address),
            sender: Http::connect(address),
            url: format!("/ec/000/{id}"),
        }
    }

    /// A session that a poll has opened, and whose client is in the channels.
    ///
    /// # Panics
    /// If it is not answered so.
    #[must_use]
    pub fn joined(node: &Node, channels: &[&str]) -> Self {
        let mut session = Self::new(node);
        session.poll().expect(200, "o\n");
        session.join(channels);
        let answers = session.poll().body;
        assert_eq!(
            answers.matches(r#"\"success\": true"#).count(),
            1 + channels.len(),
            "{answers}"
        );
        session
    }

    /// Says who the client is, and which channels it wants.
    ///
    /// # Panics
    /// If that is not taken.
    pub fn join(&mut self, channels: &[&str]) {
        let mut texts = vec!["!authenticate:somebody".to_owned()];
        texts.extend(channels.iter().map(|channel| format!("!subscribe:{channel}")));
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        self.say(&texts);
    }

    /// The URL of the session.
    #[must_use]
    pub fn url(&self, transport: &str) -> String {
        format!("{}/{transport}", self.url)
    }

    /// Polls once.
    pub fn poll(&mut self) -> Answer {
        let request = format!("POST {}", self.url("xhr"));
        self.receiver.ask(&request, &[], "")
    }

    /// Sends texts, and sees that they are taken.
    ///
    /// # Panics
    /// If they are not.
    #[track_caller]
    pub fn say(&mut self, texts: &[&str]) {
        let body = serde_json::to_string(texts).expect("texts can be written");
        let request = format!("POST {}", self.url("xhr_send"));
        self.sender.ask(&request, &[], &body).expect(204, "");
    }

    /// Sends a body.
    pub fn send(&mut self, transport: &str, headers: &[&str], body: &str) -> Answer {
        let request = format!("POST {}", self.url(transport));
        self.sender.ask(&request, headers, body)
    }

    /// Begins to receive, and reads the head of the answer and its prelude.
    ///
    /// # Panics
    /// If the answer is no stream.
    pub fn stream(&mut self, transport: &str) -> Answer {
        self.ask_to_receive(transport);
        let head = self.receiver.head();
        assert_eq!(head.status, 200, "{head:?}");
        assert!(self.receiver.chunk().is_some(), "a stream has a prelude");
        head
    }

    /// Sends a request that receives.
    pub fn ask_to_receive(&mut self, transport: &str) {
        let method = if transport.starts_with("xhr") { "POST" } else { "GET" };
        let query = if matches!(transport, "htmlfile" | "jsonp") {
            "?c=cb"
        } else {
            ""
        };
        let request = format!("{method} {}{query}", self.url(transport));
        self.receiver.send(&request, &[], "");
    }

    /// The connection that receives.
    pub fn receiver(&mut self) -> &mut Http {
        &mut self.receiver
    }

    /// Receives by a new connection from now on, and cuts the old one.
    pub fn reconnect(&mut self, node: &Node) {
        self.receiver = Http::connect(node.address());
    }
}

/// A frame of one message as a transport has it.
///
/// # Panics
/// If there is no such transport.
#[must_use]
pub fn framed(transport: &str, frame: &str) -> String {
    let quoted = || serde_json::to_string(frame).expect("a frame can be written");
    match transport {
        "xhr" | "xhr_streaming" => format!("{frame}\n"),
        "eventsource" => format!("data: {frame}\r\n\r\n"),
        "htmlfile" => format!("<script>\np({});\n</script>\r\n", quoted()),
        "jsonp" => format!("/**/cb({});\r\n", quoted()),
        _ => panic!("{transport} wraps no frames"),
    }
}
