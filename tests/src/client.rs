//! How does a well-behaved client speak to a server?
//!
//! It is tungstenite's, which takes no frame that breaks RFC 6455.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tungstenite::client::{IntoClientRequest, client_with_config};
use tungstenite::error::ProtocolError;
use tungstenite::handshake::client::{Request, Response};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::limits;
use crate::node::Node;

/// A connected client.
#[derive(Debug)]
pub struct Client {
    socket: WebSocket<TcpStream>,
}

/// What a client received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A text.
    Text(String),
    /// The answer to a ping of the client.
    Pong(Vec<u8>),
    /// A close frame, or one without a code.
    Close(Option<u16>),
    /// The end of the connection.
    End,
    /// Nothing, in the time that was given.
    Nothing,
}

impl Client {
    /// Connects to a node.
    ///
    /// # Panics
    /// If the node refuses.
    #[must_use]
    pub fn connect(node: &Node) -> Self {
        Self::connect_to(&node.url())
    }

    /// Connects to a URL.
    ///
    /// # Panics
    /// If the server refuses.
    #[must_use]
    pub fn connect_to(url: &str) -> Self {
        let request = url.into_client_request().expect("the URL is well-formed");
        Self::try_connect(request).unwrap_or_else(|response| panic!("{url} answers {response:?}"))
    }

    /// Sends a request to upgrade, with headers of the caller's.
    ///
    /// # Errors
    /// The server's answer, if it refuses.
    ///
    /// # Panics
    /// If there is no server, or none that speaks WebSocket.
    pub fn try_connect(request: Request) -> Result<Self, Box<Response>> {
        let address = request.uri().authority().expect("the URL has a host").to_string();
        let stream = TcpStream::connect(&address).unwrap_or_else(|error| panic!("{address}: {error}"));
        stream.set_nodelay(true).expect("a new socket takes options");
        stream.set_read_timeout(Some(limits::ANSWER)).expect("it is above zero");
        stream
            .set_write_timeout(Some(limits::ANSWER))
            .expect("it is above zero");
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        match client_with_config(request, stream, Some(config)) {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(HandshakeError::Failure(Error::Http(response))) => Err(response),
            Err(error) => panic!("{address}: the handshake fails: {error}"),
        }
    }

    /// Connects, takes an identity and joins the channels.
    ///
    /// # Panics
    /// If the node refuses any of it.
    #[must_use]
    pub fn joined(node: &Node, identifier: &str, channels: &[&str]) -> Self {
        let mut client = Self::connect(node);
        client.authenticate(identifier);
        for channel in channels {
            client.subscribe(channel);
        }
        client
    }

    /// Takes an identity.
    ///
    /// # Panics
    /// If it is refused.
    pub fn authenticate(&mut self, identifier: &str) {
        self.send(&format!("!authenticate:{identifier}"));
        self.expect(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    }

    /// Joins a channel.
    ///
    /// # Panics
    /// If the answer is not true.
    pub fn subscribe(&mut self, channel: &str) {
        self.send(&format!("!subscribe:{channel}"));
        self.expect(&format!(
            r#"!subscribe:{{"type": "subscribe", "success": true, "payload": {{"channel": "{channel}"}}}}"#
        ));
    }

    /// Leaves a channel.
    ///
    /// # Panics
    /// If the answer is not true.
    pub fn unsubscribe(&mut self, channel: &str) {
        self.send(&format!("!unsubscribe:{channel}"));
        self.expect(&format!(
            r#"!unsubscribe:{{"type": "unsubscribe", "success": true, "payload": {{"channel": "{channel}"}}}}"#
        ));
    }

    /// Sends a text.
    ///
    /// # Panics
    /// If the server does not read it.
    pub fn send(&mut self, text: &str) {
        self.send_message(Message::text(text));
    }

    /// Sends a message of any kind.
    ///
    /// # Panics
    /// If the server does not read it.
    pub fn send_message(&mut self, message: Message) {
        self.socket
            .send(message)
            .unwrap_or_else(|error| panic!("the server does not read: {error}"));
    }

    /// Receives; pings are answered and passed over.
    ///
    /// # Panics
    /// If the server breaks RFC 6455, or sends something else than text.
    #[must_use]
    pub fn hear(&mut self, limit: Duration) -> Heard {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Zero would mean no limit.
            let timeout = Some(left.max(Duration::from_millis(1)));
            self.socket
                .get_ref()
                .set_read_timeout(timeout)
                .expect("it is above zero");
            match self.socket.read() {
                Ok(Message::Text(text)) => return Heard::Text(text.to_string()),
                Ok(Message::Pong(payload)) => return Heard::Pong(payload.to_vec()),
                Ok(Message::Close(frame)) => return Heard::Close(frame.map(|frame| frame.code.into())),
                Ok(Message::Ping(_)) => {}
                Ok(message) => panic!("a server sends text only, not {message:?}"),
                Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if left.is_zero() {
                        return Heard::Nothing;
                    }
                }
                Err(
                    Error::ConnectionClosed
                    | Error::AlreadyClosed
                    | Error::Io(_)
                    | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                ) => return Heard::End,
                Err(error) => panic!("the server breaks the protocol: {error}"),
            }
        }
    }

    /// Receives exactly this text next.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect(&mut self, text: &str) {
        let heard = self.hear(limits::ANSWER);
        assert!(
            heard == Heard::Text(text.to_owned()),
            "expected {}, heard {}",
            crate::shown::bytes(text.as_bytes()),
            match &heard {
                Heard::Text(other) => crate::shown::bytes(other.as_bytes()),
                other => format!("{other:?}"),
            }
        );
    }

    /// Receives a text next.
    ///
    /// # Panics
    /// If something else comes.
    #[must_use]
    pub fn text(&mut self) -> String {
        match self.hear(limits::ANSWER) {
            Heard::Text(text) => text,
            heard => panic!("expected a text, heard {heard:?}"),
        }
    }

    /// Receives nothing for [`limits::SILENCE`].
    ///
    /// # Panics
    /// If something comes.
    pub fn expect_silence(&mut self) {
        let heard = self.hear(limits::SILENCE);
        assert_eq!(heard, Heard::Nothing);
    }

    /// Receives the answer to a ping next: whatever the server had to say before the ping reached
    /// it, it would have said.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_nothing_before_a_pong(&mut self) {
        self.send_message(Message::Ping("still there?".into()));
        assert_eq!(self.hear(limits::ANSWER), Heard::Pong(b"still there?".to_vec()));
    }

    /// Receives a close frame with this code next, and then the end.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_close(&mut self, code: u16) {
        assert_eq!(self.hear(limits::ANSWER), Heard::Close(Some(code)));
        assert_eq!(self.hear(limits::ANSWER), Heard::End);
    }

    /// The connection below.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        self.socket.get_ref()
    }
}
