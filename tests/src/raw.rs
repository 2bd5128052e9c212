//! How does a test send bytes that no well-behaved client sends?
//!
//! A connection that frames nothing by itself, and a WebSocket codec that can break every rule.
//! What it receives must keep them all.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::limits;

/// The key of the handshakes here, from RFC 6455 section 1.3, and its answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Opcodes (RFC 6455 section 5.2).
pub mod opcode {
    /// More of a fragmented message.
    pub const CONTINUATION: u8 = 0;
    /// A text, or its first fragment.
    pub const TEXT: u8 = 1;
    /// A binary message, or its first fragment.
    pub const BINARY: u8 = 2;
    /// The closing handshake.
    pub const CLOSE: u8 = 8;
    /// A question for life.
    pub const PING: u8 = 9;
    /// A sign of life.
    pub const PONG: u8 = 10;
}

/// A frame to send, with all that can be wrong about one.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// Whether it is the last of its message.
    pub fin: bool,
    /// The three reserved bits; 4 is RSV1.
    pub rsv: u8,
    /// What it is; see [`opcode`].
    pub opcode: u8,
    /// Whether it is masked, as a client's must be.
    pub mask: bool,
    /// What it carries.
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// A frame as clients send it.
    #[must_use]
    pub fn new(opcode: u8, payload: &'a [u8]) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode,
            mask: true,
            payload,
        }
    }

    /// A text as clients send it.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self::new(opcode::TEXT, text.as_bytes())
    }

    /// The frame's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
        let mut bytes = vec![u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode];
        let mask = u8::from(self.mask) << 7;
        match self.payload.len() {
            len @ 0..=125 => bytes.push(mask | len as u8),
            len @ 126..=0xffff => {
                bytes.push(mask | 126);
                bytes.extend((len as u16).to_be_bytes());
            }
            len => {
                bytes.push(mask | 127);
                bytes.extend((len as u64).to_be_bytes());
            }
        }
        if self.mask {
            bytes.extend(KEY);
            bytes.extend(
                self.payload
                    .iter()
                    .zip(KEY.iter().cycle())
                    .map(|(byte, key)| byte ^ key),
            );
        } else {
            bytes.extend(self.payload);
        }
        bytes
    }
}

/// What a server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A whole frame.
    Frame {
        /// What it is; see [`opcode`].
        opcode: u8,
        /// What it carries.
        payload: Vec<u8>,
    },
    /// It has ended the connection, in whatever way.
    End,
    /// Nothing, in the time that was given.
    Nothing,
}

impl Received {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Frame {
            opcode: opcode::TEXT,
            payload: text.as_bytes().to_vec(),
        }
    }

    /// The code and reason of a close frame; no code where it has no payload.
    ///
    /// # Panics
    /// If it is no close frame, or a broken one.
    #[must_use]
    pub fn close(&self) -> (Option<u16>, String) {
        let Self::Frame {
            opcode: opcode::CLOSE,
            payload,
        } = self
        else {
            panic!("expected a close frame, received {self:?}");
        };
        match payload.as_slice() {
            [] => (None, String::new()),
            [high, low, reason @ ..] => {
                let reason = std::str::from_utf8(reason).expect("a reason is UTF-8");
                (Some(u16::from_be_bytes([*high, *low])), reason.to_owned())
            }
            [_] => panic!("a close frame with one byte"),
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty after an upgrade.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A TCP connection with what was received and not looked at yet.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    buffer: Vec<u8>,
    start: usize,
}

impl Raw {
    /// Connects.
    ///
    /// # Panics
    /// If the server does not take the connection.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).unwrap_or_else(|error| panic!("{address} does not take a connection: {error}"))
    }

    /// Connects, if the server takes the connection.
    ///
    /// # Errors
    /// Those of the system.
    pub fn try_connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, limits::ANSWER)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(limits::ANSWER))?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
            start: 0,
        })
    }

    /// Connects and upgrades at `/ec`.
    ///
    /// # Panics
    /// If the answer is no 101.
    #[must_use]
    pub fn websocket(address: SocketAddr) -> Self {
        Self::connect(address).upgraded()
    }

    /// The request that upgrades at `/ec`.
    #[must_use]
    pub fn upgrade_request(address: SocketAddr) -> String {
        Self::upgrade_request_at("/ec", address)
    }

    fn upgrade_request_at(path: &str, address: SocketAddr) -> String {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
    }

    /// Upgrades at `/ec`.
    ///
    /// # Panics
    /// If the answer is no 101.
    #[must_use]
    pub fn upgraded(self) -> Self {
        self.upgraded_at("/ec")
    }

    /// Upgrades at another path.
    ///
    /// # Panics
    /// If the answer is no 101.
    #[must_use]
    pub fn upgraded_at(mut self, path: &str) -> Self {
        let address = self.stream.peer_addr().expect("it is connected");
        self.write(Self::upgrade_request_at(path, address).as_bytes())
            .expect("the server reads a request");
        let response = self.response(false);
        assert_eq!(response.status, 101, "{response:?}");
        assert_eq!(response.header("sec-websocket-accept"), Some(ACCEPT));
        self
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// Those of the system, if the server has ended the connection or does not read.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// As [`Raw::write`].
    pub fn send(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        self.write(&frame.to_bytes())
    }

    /// Sends a text.
    ///
    /// # Panics
    /// If the server has ended the connection or does not read.
    pub fn send_text(&mut self, text: &str) {
        self.send(&Frame::text(text)).expect("the server reads");
    }

    /// Ends the sending half.
    ///
    /// # Panics
    /// If the connection has ended.
    pub fn end_sending(&mut self) {
        self.stream.shutdown(Shutdown::Write).expect("the connection is up");
    }

    /// Ends the connection with a reset, as a client that crashes does.
    ///
    /// # Panics
    /// If the system does not let it.
    pub fn reset(self) {
        SockRef::from(&self.stream)
            .set_linger(Some(Duration::ZERO))
            .expect("a socket may be reset");
    }

    /// Bounds what the system keeps for this end before it is read, in bytes.
    ///
    /// # Panics
    /// If the system does not let it.
    pub fn keep_received_below(&self, bytes: usize) {
        SockRef::from(&self.stream)
            .set_recv_buffer_size(bytes)
            .expect("a buffer may be small");
    }

    /// Another handle of the same connection, to send by on another thread.
    ///
    /// # Panics
    /// If no descriptor is left.
    #[must_use]
    pub fn sender(&self) -> Self {
        Self {
            stream: self.stream.try_clone().expect("a descriptor is left"),
            buffer: Vec::new(),
            start: 0,
        }
    }

    /// Reads the answer to a request; one to HEAD has no body.
    ///
    /// # Panics
    /// If none comes, or it is no HTTP.
    #[must_use]
    pub fn response(&mut self, to_head: bool) -> Response {
        let deadline = Instant::now() + limits::ANSWER;
        let head_len = loop {
            let end = self.waiting().windows(4).position(|bytes| bytes == b"\r\n\r\n");
            match end {
                Some(end) => break end + 4,
                None => assert!(
                    matches!(self.fill(deadline), Filled::More),
                    "the answer ends early: {}",
                    crate::shown::bytes(self.waiting())
                ),
            }
        };
        let head = String::from_utf8(self.take(head_len)).expect("a head is text");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers: Vec<(String, String)> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line:?}"));
                (name.to_ascii_lowercase(), value.trim().to_owned())
            })
            .collect();
        let mut response = Response {
            status: status.unwrap_or_else(|| panic!("no HTTP: {head:?}")),
            headers,
            body: Vec::new(),
        };
        // Those never have one, whatever length they tell (RFC 9110 section 6.4.1); chunks are read
        // one by one.
        let is_chunked = response.header("transfer-encoding").is_some();
        if !matches!(response.status, 101 | 204 | 304) && !to_head && !is_chunked {
            response.body = self.body(&response, deadline);
        }
        response
    }

    /// Reads the next chunk of a response.
    ///
    /// # Panics
    /// If none comes.
    #[must_use]
    pub fn chunk(&mut self) -> Vec<u8> {
        let deadline = Instant::now() + limits::ANSWER;
        loop {
            let waiting = self.waiting();
            let end = waiting.windows(2).position(|bytes| bytes == b"\r\n");
            let size = end.and_then(|end| {
                let size = std::str::from_utf8(&waiting[..end]).ok()?;
                usize::from_str_radix(size, 16).ok()
            });
            if let (Some(end), Some(size)) = (end, size)
                && waiting.len() >= end + 4 + size
            {
                self.take(end + 2);
                let chunk = self.take(size);
                self.take(2);
                return chunk;
            }
            let filled = self.fill(deadline);
            assert!(
                matches!(filled, Filled::More),
                "no chunk: {}",
                crate::shown::bytes(self.waiting())
            );
        }
    }

    fn body(&mut self, response: &Response, deadline: Instant) -> Vec<u8> {
        let length = response.header("content-length").map(|value| {
            let length: usize = value.parse().expect("a length is a number");
            length
        });
        while length.is_none_or(|length| self.waiting().len() < length) {
            match self.fill(deadline) {
                Filled::More => {}
                Filled::End if length.is_none() => break,
                Filled::End => panic!("the body ends early: {response:?}"),
                Filled::Nothing => panic!("the body does not end: {response:?}"),
            }
        }
        self.take(length.unwrap_or(self.waiting().len()))
    }

    /// Receives a frame.
    ///
    /// # Panics
    /// If the server sends a frame that no server may send, or a fragmented message.
    #[must_use]
    pub fn receive(&mut self, limit: Duration) -> Received {
        let deadline = Instant::now() + limit;
        loop {
            if let Some((opcode, start, end)) = frame_at(self.waiting()) {
                let mut payload = self.take(end);
                payload.drain(..start);
                return Received::Frame { opcode, payload };
            }
            match self.fill(deadline) {
                Filled::More => {}
                Filled::End => {
                    assert!(self.waiting().is_empty(), "the connection ends within a frame");
                    return Received::End;
                }
                Filled::Nothing => return Received::Nothing,
            }
        }
    }

    /// Receives this text next; pings of the server are answered before.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_text(&mut self, text: &str) {
        let received = self.receive_message(limits::ANSWER);
        assert!(
            received == Received::text(text),
            "expected the text {text:?}, received {received:?}"
        );
    }

    /// Receives a close frame with this code next, and then the end.
    ///
    /// # Panics
    /// If something else comes.
    pub fn expect_close(&mut self, code: u16) {
        let (received, reason) = self.receive_message(limits::ANSWER).close();
        assert_eq!(received, Some(code), "{reason:?}");
        assert_eq!(self.receive(limits::ANSWER), Received::End);
    }

    /// Receives what is no ping; pings are answered.
    #[must_use]
    pub fn receive_message(&mut self, limit: Duration) -> Received {
        let deadline = Instant::now() + limit;
        loop {
            match self.receive(deadline.saturating_duration_since(Instant::now())) {
                Received::Frame {
                    opcode: opcode::PING,
                    payload,
                } => self
                    .send(&Frame::new(opcode::PONG, &payload))
                    .expect("the server reads an answer"),
                received => return received,
            }
        }
    }

    /// The received bytes that nobody has looked at.
    fn waiting(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        let taken = self.waiting()[..len].to_vec();
        self.start += len;
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
        taken
    }

    fn fill(&mut self, deadline: Instant) -> Filled {
        let mut bytes = [0; 64 << 10];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Zero would mean no limit.
            let timeout = Some(left.max(Duration::from_millis(1)));
            self.stream.set_read_timeout(timeout).expect("it is above zero");
            match self.stream.read(&mut bytes) {
                Ok(0) => return Filled::End,
                Ok(count) => {
                    if self.start > 0 {
                        self.buffer.drain(..self.start);
                        self.start = 0;
                    }
                    self.buffer.extend_from_slice(&bytes[..count]);
                    return Filled::More;
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if left.is_zero() {
                        return Filled::Nothing;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                    return Filled::End;
                }
                Err(error) => panic!("the connection can't be read: {error}"),
            }
        }
    }
}

enum Filled {
    More,
    End,
    Nothing,
}

/// The opcode of the frame at the beginning, and where its payload starts and ends.
fn frame_at(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    assert_eq!(
        first & 0xf0,
        0x80,
        "the server sends whole messages and no reserved bit"
    );
    assert_eq!(second & 0x80, 0, "the server masks no frame");
    let (start, len) = match second {
        126 => (4, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        len => (2, u64::from(len)),
    };
    let end = start + usize::try_from(len).expect("a frame fits into memory");
    (bytes.len() >= end).then_some((first & 0x0f, start, end))
}
