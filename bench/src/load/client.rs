//! How does one client get in and join a channel?
//!
//! In blocking calls, one client after the other: joining is not what is measured.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::error::Error;

use super::script;

/// How long a server may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A client that talks and waits for the answer.
pub(super) struct Client {
    socket: TcpStream,
    /// What was read and not looked at yet.
    input: Vec<u8>,
}

impl Client {
    /// Connects, upgrades to a WebSocket and says who it is.
    pub(super) fn connect(address: SocketAddr, identifier: &str) -> Result<Self, Error> {
        let socket = TcpStream::connect(address).map_err(Error::system("connect"))?;
        socket
            .set_nodelay(true)
            .map_err(Error::system("switch Nagle's delay off"))?;
        let mut client = Self {
            socket,
            input: Vec::new(),
        };
        client.wait_at_most(ANSWER_MAX)?;
        // The key is the one of RFC 6455, section 1.3; nobody here looks at the answer to it.
        let head = format!(
            "GET /ec HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        client.write(head.as_bytes())?;
        let answer = client.head()?;
        if !answer.starts_with("HTTP/1.1 101 ") {
            return Err(wrong(answer, "HTTP/1.1 101"));
        }
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
        self.write(&frame)
    }

    /// Waits for this text and throws away what comes before it; false if it does not come in time.
    pub(super) fn hears(&mut self, text: &str, within: Duration) -> Result<bool, Error> {
        self.wait_at_most(within)?;
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
        self.wait_at_most(ANSWER_MAX)?;
        Ok(heard)
    }

    /// Gives the socket away; all that has come so far must have been heard.
    pub(super) fn into_socket(self) -> Result<TcpStream, Error> {
        if self.input.is_empty() {
            return Ok(self.socket);
        }
        Err(wrong(String::from_utf8_lossy(&self.input).into_owned(), ""))
    }

    fn wait_at_most(&self, time: Duration) -> Result<(), Error> {
        let set = self.socket.set_read_timeout(Some(time));
        set.map_err(Error::system("set a time-out"))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.socket
            .write_all(bytes)
            .map_err(Error::system("send to the server"))
    }

    /// Reads the answer to the request.
    fn head(&mut self) -> Result<String, Error> {
        const END: &[u8] = b"\r\n\r\n";
        let end = loop {
            if let Some(at) = self.input.windows(END.len()).position(|window| window == END) {
                break at + END.len();
            }
            self.read()?;
        };
        Ok(String::from_utf8_lossy(&self.input.drain(..end).collect::<Vec<u8>>()).into_owned())
    }

    /// Reads the next frame, which is a text of less than 64 KiB.
    fn text(&mut self) -> Result<String, Error> {
        let (start, end) = loop {
            let start_and_length = match self.input[..] {
                [_, length, ..] if length < 126 => Some((2, usize::from(length))),
                [_, 126, high, low, ..] => Some((4, usize::from(u16::from_be_bytes([high, low])))),
                _ => None,
            };
            match start_and_length {
                Some((start, length)) if self.input.len() >= start + length => break (start, start + length),
                _ => self.read()?,
            }
        };
        let text = String::from_utf8_lossy(&self.input[start..end]).into_owned();
        self.input.drain(..end);
        Ok(text)
    }

    fn read(&mut self) -> Result<(), Error> {
        let mut buffer = [0; 4_096];
        let read = self.socket.read(&mut buffer).and_then(|count| match count {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        });
        let count = read.map_err(Error::system("hear from the server"))?;
        self.input.extend_from_slice(&buffer[..count]);
        Ok(())
    }
}

fn wrong(got: String, expected: &str) -> Error {
    Error::Answer {
        got,
        expected: expected.to_owned(),
    }
}
