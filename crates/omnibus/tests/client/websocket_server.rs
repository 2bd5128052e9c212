//! What does a server do to the client, one connection long?

use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use tungstenite::{Message, accept};

/// How a server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it should.
    Honest,
    /// It believes nobody.
    Distrustful,
    /// It lets nobody into a channel.
    Closed,
    /// It drops what is published; somebody else says the same just then.
    Forgetful,
    /// It answers nothing at all.
    Mute,
    /// It closes with this code when something is published.
    Closing(u16),
    /// It sends two messages while a subscription is answered, and then three more.
    Talkative,
}

/// A server for one connection, and what it was told in the end.
pub(crate) struct Server {
    pub(crate) url: String,
    heard: JoinHandle<Vec<String>>,
}

impl Server {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let heard = thread::spawn(move || serve(&listener, manner));
        Self {
            url: format!("ws://{address}/ec"),
            heard,
        }
    }

    /// Waits for the end of the connection and gives all texts that came.
    pub(crate) fn heard(self) -> Vec<String> {
        self.heard.join().expect("the server does not panic")
    }
}

fn serve(listener: &TcpListener, manner: Manner) -> Vec<String> {
    let mut heard = Vec::new();
    let Ok((stream, _)) = listener.accept() else {
        return heard;
    };
    let Ok(mut socket) = accept(stream) else { return heard };
    while let Ok(message) = socket.read() {
        let Message::Text(text) = message else { continue };
        heard.push(text.as_str().to_owned());
        for answer in answers(text.as_str(), manner) {
            if socket.send(answer).is_err() {
                return heard;
            }
        }
    }
    heard
}

fn answers(text: &str, manner: Manner) -> Vec<Message> {
    let said = |name: &str, success: bool| {
        let body = format!(r#"{{"type": "{name}", "success": {success}, "payload": null}}"#);
        Message::text(format!("!{name}:{body}"))
    };
    let news = |n: u32| {
        Message::text(format!(
            r#"news:{{"sender": "x", "type": "t", "payload": {{"n": {n}}}}}"#
        ))
    };
    match (manner, text.split(':').next().unwrap_or_default()) {
        (Manner::Mute, _) => Vec::new(),
        (manner, "!authenticate") => vec![said("authenticate", manner != Manner::Distrustful)],
        (Manner::Closed, "!subscribe") => vec![said("subscribe", false)],
        (Manner::Talkative, "!subscribe") => {
            vec![
                news(1),
                Message::text("!drain:{}"),
                news(2),
                said("subscribe", true),
                Message::text("newspaper:{}"),
                news(3),
                Message::text("news:no json\n"),
                news(5),
            ]
        }
        (_, "!subscribe") => vec![said("subscribe", true)],
        (_, "!unsubscribe") => vec![said("unsubscribe", true)],
        (Manner::Forgetful, _) => vec![news(1)],
        (Manner::Closing(code), _) => {
            let frame = tungstenite::protocol::CloseFrame {
                code: code.into(),
                reason: "because\u{1b}".into(),
            };
            vec![Message::Close(Some(frame))]
        }
        _ => vec![Message::text(text)],
    }
}
