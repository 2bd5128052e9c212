//! How does a client of a SockJS stream get in and join a channel?
//!
//! A stream carries to the client only; what it says goes by requests of their own, here all on
//! one connection for all clients.

use std::net::{SocketAddr, TcpStream};

use crate::error::Error;

use super::connection::{Connection, wrong};
use super::transport::Transport;

/// What many clients of streams have in common.
pub(super) struct Streams {
    address: SocketAddr,
    transport: Transport,
    /// Where they say what they want.
    sender: Connection,
}

impl Streams {
    pub(super) fn new(address: SocketAddr, transport: Transport) -> Result<Self, Error> {
        Ok(Self {
            address,
            transport,
            sender: Connection::open(address)?,
        })
    }

    /// Opens a stream whose client says who it is and subscribes, and returns the stream once it
    /// has told that both have succeeded.
    pub(super) fn join(&mut self, identifier: &str, channel: &str) -> Result<TcpStream, Error> {
        let (address, session) = (self.address, format!("/ec/000/{identifier}"));
        let (method, url) = match self.transport {
            Transport::EventSource => ("GET", "eventsource"),
            _ => ("POST", "xhr_streaming"),
        };
        let length = if method == "POST" { "Content-Length: 0\r\n" } else { "" };
        let mut stream = Connection::open(address)?;
        stream.request(
            &format!("{method} {session}/{url} HTTP/1.1\r\nHost: {address}\r\n{length}\r\n"),
            "HTTP/1.1 200 ",
        )?;
        let _prelude = chunk(&mut stream)?;
        expect(&mut stream, &["o"])?;

        let body = format!(r#"["!authenticate:{identifier}","!subscribe:{channel}"]"#);
        self.sender.request(
            &format!(
                "POST {session}/xhr_send HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
            "HTTP/1.1 204 ",
        )?;
        for command in ["!authenticate:", "!subscribe:"] {
            expect(&mut stream, &[command, r#"\"success\": true"#])?;
        }
        stream.into_socket()
    }
}

/// Reads the next chunk, which must have these parts.
fn expect(stream: &mut Connection, parts: &[&str]) -> Result<(), Error> {
    let got = chunk(stream)?;
    match parts.iter().find(|&&part| !got.contains(part)) {
        None => Ok(()),
        Some(part) => Err(wrong(got, part)),
    }
}

/// Reads the next chunk.
fn chunk(stream: &mut Connection) -> Result<String, Error> {
    const LINE: &str = "\r\n";
    let size = stream.until(LINE.as_bytes())?;
    let bytes = usize::from_str_radix(size.trim_end(), 16).map_err(|_| wrong(size, "the size of a chunk"))?;
    while stream.input.len() < bytes + LINE.len() {
        stream.read()?;
    }
    let content = stream.take(bytes);
    stream.take(LINE.len());
    Ok(content)
}
