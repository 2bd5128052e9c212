//! How does a client of a WebSocket get in and join a channel?

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::error::Error;

use super::connection::{Connection, wrong};
use super::script;

/// A client that talks and waits for the answer.
pub(super) struct WebSocket {
    connection: Connection,
}

impl WebSocket {
    /// Connects, upgrades to a WebSocket and says who it is.
    pub(super) fn connect(address: SocketAddr, identifier: &str) -> Result<Self, Error> {
        let mut connection = Connection::open(address)?;
        // The key is the one of RFC 6455, section 1.3; nobody here looks at the answer to it.
        let request = format!(
            "GET /ec HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        connection.request(&request, "HTTP/1.1 101 ")?;
        let mut client = Self { connection };
        client.ask("authenticate", identifier)?;
        Ok(client)
    }

    /// Sends a command and waits until it has succeeded.
    pub(super) fn ask(&mut self, command: &str, argument: &str) -> Result<(), Error> {
        self.say(&format!("!{command}:{argument}"))?;
        let answer = self.text()?;
        let is_right = answer.starts_with(&format!("!{command}:")) && answer.contains(r#""success": true"#);
        if is_right { Ok(()) } else { Err(wrong(answer, command)) }
    }

    /// Sends a text.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Error> {
        let mut frame = Vec::new();
        script::frame_of_client(text.as_bytes(), &mut frame);
        self.connection.write(&frame)
    }

    /// Waits for this text and throws away what comes before it; false if it does not come in time.
    pub(super) fn hears(&mut self, text: &str, within: Duration) -> Result<bool, Error> {
        self.connection.wait_at_most(Some(within))?;
        let heard = loop {
            match self.text() {
                Ok(other) if other != text => {}
                Ok(_) => break true,
                Err(Error::System { source, .. })
                    if matches!(source.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    break false;
                }
                Err(error) => return Err(error),
            }
        };
        self.connection.wait_at_most(None)?;
        Ok(heard)
    }

    /// Gives the socket away; all that has come so far must have been heard.
    pub(super) fn into_socket(self) -> Result<TcpStream, Error> {
        self.connection.into_socket()
    }

    /// Reads the next frame, which is a text of less than 64 KiB.
    fn text(&mut self) -> Result<String, Error> {
        loop {
            let start_and_length = match self.connection.input[..] {
                [_, length, ..] if length < 126 => Some((2, usize::from(length))),
                [_, 126, high, low, ..] => Some((4, usize::from(u16::from_be_bytes([high, low])))),
                _ => None,
            };
            match start_and_length {
                Some((start, length)) if self.connection.input.len() >= start + length => {
                    self.connection.take(start);
                    return Ok(self.connection.take(length));
                }
                _ => self.connection.read()?,
            }
        }
    }
}
