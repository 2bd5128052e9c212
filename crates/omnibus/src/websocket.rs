//! How is a server spoken to as a browser does?

use std::net::TcpStream;
use std::time::{Duration, Instant};

use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{ClientHandshake, HandshakeError, Message, WebSocket};

use crate::deadline::{Awaited, Deadline};
use crate::envelope::printable;
use crate::error::{Error, is_timeout};
use crate::socket;
use crate::target::Url;

/// The largest message that is taken: a node lets 16 MiB pass from its bus by default.
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// Close codes of a server that goes away or has no room: somebody else may be refused nothing.
const COME_BACK_CODES: [u16; 4] = [1001, 1006, 1012, 1013];

/// A connection to a server.
pub(crate) struct Client {
    socket: WebSocket<TcpStream>,
    target: String,
}

/// What a server said.
#[derive(Debug)]
pub(crate) enum Said {
    /// It answered a command.
    Answer { name: String, success: bool },
    /// A message came in a channel: the whole frame.
    Message(String),
    /// A ping of ours came back.
    Pong(Vec<u8>),
}

impl Client {
    /// Connects and upgrades.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Refused`] if it is no WebSocket of ours, [`Error::TimedOut`].
    pub(crate) fn connect(url: &Url, deadline: Deadline) -> Result<Self, Error> {
        let target = url.uri.to_string();
        let stream = socket::connect(&target, &url.at, deadline)?;
        socket::limit(&stream, &target, deadline, socket::CONNECTING)?;
        let unreachable = |reason: String| Error::Unreachable {
            target: target.clone(),
            reason,
        };
        let request = url.uri.clone().into_client_request();
        let request = request.map_err(|error| unreachable(error.to_string()))?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let handshake = ClientHandshake::start(stream, request, Some(config));
        let handshake = handshake.map_err(|error| unreachable(error.to_string()))?;
        match handshake.handshake() {
            Ok((socket, _)) => Ok(Self { socket, target }),
            // A blocking socket is interrupted by its time-out only.
            Err(HandshakeError::Interrupted(_)) => Err(deadline.timed_out(socket::CONNECTING)),
            Err(HandshakeError::Failure(tungstenite::Error::Io(error))) if is_timeout(&error) => {
                Err(deadline.timed_out(socket::CONNECTING))
            }
            Err(HandshakeError::Failure(tungstenite::Error::Http(response))) => Err(Error::Refused {
                what: format!("a WebSocket at {target}"),
                reason: format!("the server answered {}; check the path of the URL", response.status()),
            }),
            Err(HandshakeError::Failure(error)) => Err(unreachable(error.to_string())),
        }
    }

    /// Says who this is.
    ///
    /// # Errors
    /// [`Error::Refused`], or those of [`Client::next`].
    pub(crate) fn authenticate(&mut self, identifier: &str, deadline: Deadline) -> Result<(), Error> {
        let awaited = Awaited {
            what: "authenticating",
            mend: "check that this is an Omnibus server",
        };
        let believed = self.command("authenticate", identifier, (deadline, awaited), |_| Ok(()))?;
        if believed {
            return Ok(());
        }
        Err(Error::Refused {
            what: format!("the identifier \"{}\"", printable(identifier)),
            reason: "the server believes no one without a token, which this client has not; publish over --bus"
                .to_owned(),
        })
    }

    /// Joins a channel; messages that come meanwhile go to `on_message`.
    ///
    /// # Errors
    /// [`Error::Refused`], those of `on_message` and of [`Client::next`].
    pub(crate) fn subscribe(
        &mut self,
        channel: &str,
        deadline: Deadline,
        on_message: impl FnMut(String) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let awaited = Awaited {
            what: "subscribing",
            mend: "look into the server's log",
        };
        if self.command("subscribe", channel, (deadline, awaited), on_message)? {
            return Ok(());
        }
        Err(Error::Refused {
            what: format!("the channel {channel}"),
            reason: "the server lets this client not in; check who may subscribe it".to_owned(),
        })
    }

    /// Sends a command and waits for its answer.
    fn command(
        &mut self,
        name: &str,
        argument: &str,
        (deadline, awaited): (Deadline, Awaited),
        mut on_message: impl FnMut(String) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        self.send(format!("!{name}:{argument}"), deadline, awaited)?;
        loop {
            match self.next(deadline, awaited)? {
                Said::Answer {
                    name: answered,
                    success,
                } if answered == name => return Ok(success),
                Said::Message(text) => on_message(text)?,
                Said::Answer { .. } | Said::Pong(_) => {}
            }
        }
    }

    /// Measures how long a WebSocket ping takes there and back.
    ///
    /// # Errors
    /// Those of [`Client::next`].
    pub(crate) fn ping(&mut self, deadline: Deadline) -> Result<Duration, Error> {
        let awaited = Awaited {
            what: "the answer to a ping",
            mend: "look into the server's log",
        };
        let payload = fastrand::u64(..).to_be_bytes().to_vec();
        let start = Instant::now();
        self.write(Message::Ping(payload.clone().into()), deadline, awaited)?;
        loop {
            if matches!(self.next(deadline, awaited)?, Said::Pong(answered) if answered == payload) {
                return Ok(start.elapsed());
            }
        }
    }

    /// Sends a text.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::Refused`], [`Error::TimedOut`].
    pub(crate) fn send(&mut self, text: String, deadline: Deadline, awaited: Awaited) -> Result<(), Error> {
        self.write(Message::text(text), deadline, awaited)
    }

    fn write(&mut self, message: Message, deadline: Deadline, awaited: Awaited) -> Result<(), Error> {
        socket::limit(self.socket.get_ref(), &self.target, deadline, awaited)?;
        self.socket
            .send(message)
            .map_err(|error| self.failed(error, deadline, awaited))
    }

    /// Waits for what the server says next.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::Refused`] if the server throws this client out, [`Error::TimedOut`].
    pub(crate) fn next(&mut self, deadline: Deadline, awaited: Awaited) -> Result<Said, Error> {
        loop {
            socket::limit(self.socket.get_ref(), &self.target, deadline, awaited)?;
            match self.socket.read() {
                Ok(Message::Text(text)) => return Ok(said(text.as_str())),
                Ok(Message::Pong(payload)) => return Ok(Said::Pong(payload.to_vec())),
                Ok(Message::Close(frame)) => {
                    let (code, reason) = frame.map_or((1005, String::new()), |frame| {
                        (u16::from(frame.code), printable(frame.reason.as_str()))
                    });
                    return Err(self.closed(code, &reason));
                }
                Ok(Message::Ping(_) | Message::Binary(_) | Message::Frame(_)) => {}
                Err(error) => return Err(self.failed(error, deadline, awaited)),
            }
        }
    }

    fn failed(&self, error: tungstenite::Error, deadline: Deadline, awaited: Awaited) -> Error {
        match error {
            tungstenite::Error::Io(error) if is_timeout(&error) => deadline.timed_out(awaited),
            error => Error::Lost {
                target: self.target.clone(),
                reason: error.to_string(),
            },
        }
    }

    fn closed(&self, code: u16, reason: &str) -> Error {
        let reason = format!("the server closed it with {code} {reason}")
            .trim_end()
            .to_owned();
        if COME_BACK_CODES.contains(&code) {
            let target = self.target.clone();
            return Error::Lost { target, reason };
        }
        Error::Refused {
            what: format!("the connection to {}", self.target),
            reason: format!("{reason}; see spec/close-codes.toml"),
        }
    }

    /// Leaves politely; whoever leaves needs no answer.
    pub(crate) fn close(mut self) {
        // The work is done and told: a server that is gone already changes nothing about it.
        let _ = self.socket.close(None);
        let _ = self.socket.flush();
    }
}

fn said(text: &str) -> Said {
    let Some((name, body)) = text.strip_prefix('!').and_then(|command| command.split_once(':')) else {
        return Said::Message(text.to_owned());
    };
    let body: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let success = body.and_then(|body| body.get("success")?.as_bool());
    Said::Answer {
        name: name.to_owned(),
        success: success.unwrap_or(false),
    }
}
