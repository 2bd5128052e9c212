//! How does a test speak ZMTP byte by byte?
//!
//! A connection that does nothing by itself but answer pings, written for the tests alone.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use omnibus_tests::limits;
use omnibus_tests::publisher::Publisher;
use socket2::SockRef;

/// Flags of a frame (RFC 37, "framing").
pub(crate) mod flag {
    pub(crate) const LAST: u8 = 0;
    pub(crate) const MORE: u8 = 1;
    pub(crate) const LONG: u8 = 2;
    pub(crate) const COMMAND: u8 = 4;
}

/// A TCP connection with what was received and not looked at yet.
#[derive(Debug)]
pub(crate) struct Zmtp {
    stream: TcpStream,
    waiting: Vec<u8>,
}

/// What a node sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Received {
    /// A frame, its flags without [`flag::LONG`].
    Frame { flags: u8, body: Vec<u8> },
    /// It has ended the connection, in whatever way.
    End,
    /// Nothing, in the time that was given.
    Nothing,
}

impl Received {
    pub(crate) fn message(body: &[u8]) -> Self {
        Self::Frame {
            flags: flag::LAST,
            body: body.to_vec(),
        }
    }

    pub(crate) fn command(name: &str, data: &[u8]) -> Self {
        Self::Frame {
            flags: flag::COMMAND,
            body: command_body(name, data),
        }
    }
}

impl Zmtp {
    /// Connects and says nothing.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, limits::ANSWER).expect("the node takes a connection");
        stream.set_nodelay(true).expect("a new socket takes options");
        stream
            .set_write_timeout(Some(limits::ANSWER))
            .expect("it is above zero");
        Self {
            stream,
            waiting: Vec::new(),
        }
    }

    /// Connects and exchanges greetings, in this minor version of ZMTP 3.
    pub(crate) fn greeted(address: SocketAddr, minor: u8) -> Self {
        let mut zmtp = Self::connect(address);
        zmtp.send(&greeting(minor, "NULL"));
        assert_eq!(zmtp.receive_bytes(64), greeting(1, "NULL"));
        zmtp
    }

    /// Connects and shakes hands as a socket of this type.
    pub(crate) fn ready(address: SocketAddr, minor: u8, socket_type: &str) -> Self {
        let mut zmtp = Self::greeted(address, minor);
        zmtp.send(&ready(socket_type));
        match zmtp.receive_frame(limits::ANSWER) {
            Received::Frame {
                flags: flag::COMMAND,
                body,
            } if body.starts_with(b"\x05READY") => zmtp,
            received => panic!("expected READY, received {received:?}"),
        }
    }

    /// Connects as a `SUB` that has subscribed these topics, and is known to have.
    pub(crate) fn subscribed(address: SocketAddr, topics: &[&str], publisher: &mut Publisher) -> Self {
        let mut zmtp = Self::ready(address, 1, "SUB");
        for topic in topics {
            zmtp.send(&command("SUBSCRIBE", topic.as_bytes()));
        }
        zmtp.meet(publisher);
        zmtp
    }

    /// Subscribes `ready:` and waits until something comes through: what was sent before is known
    /// to the node then.
    pub(crate) fn meet(&mut self, publisher: &mut Publisher) {
        self.send(&command("SUBSCRIBE", b"ready:"));
        let deadline = Instant::now() + limits::ANSWER;
        while self.receive(Duration::from_millis(10)) == Received::Nothing {
            assert!(Instant::now() < deadline, "nothing comes through");
            publisher.publish(b"ready:?");
        }
        publisher.publish(b"ready:!");
        while self.receive(limits::ANSWER) != Received::message(b"ready:!") {
            assert!(Instant::now() < deadline, "not all comes through");
        }
        self.send(&command("CANCEL", b"ready:"));
    }

    /// Bounds what the system keeps for this end before it is read, in bytes.
    pub(crate) fn keep_received_below(&self, bytes: usize) {
        SockRef::from(&self.stream)
            .set_recv_buffer_size(bytes)
            .expect("a buffer may be small");
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("the node reads");
    }

    /// Sends bytes as they are, to a node that may have ended the connection.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next frame that is no PING; those are answered.
    pub(crate) fn receive(&mut self, limit: Duration) -> Received {
        let deadline = Instant::now() + limit;
        loop {
            let received = self.receive_frame(deadline.saturating_duration_since(Instant::now()));
            match &received {
                Received::Frame { flags, body } if *flags == flag::COMMAND && body.starts_with(b"\x04PING") => {
                    self.send(&command("PONG", &body[7..]));
                }
                _ => return received,
            }
        }
    }

    /// The next frame.
    pub(crate) fn receive_frame(&mut self, limit: Duration) -> Received {
        let deadline = Instant::now() + limit;
        loop {
            if let Some((flags, start, end)) = frame_at(&self.waiting) {
                let body = self.waiting[start..end].to_vec();
                self.waiting.drain(..end);
                return Received::Frame {
                    flags: flags & !flag::LONG,
                    body,
                };
            }
            match self.fill(deadline) {
                Ok(0) => {
                    assert!(self.waiting.is_empty(), "the connection ends within a frame");
                    return Received::End;
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::TimedOut => return Received::Nothing,
                Err(_) => return Received::End,
            }
        }
    }

    /// The next bytes, framed or not.
    pub(crate) fn receive_bytes(&mut self, count: usize) -> Vec<u8> {
        let deadline = Instant::now() + limits::ANSWER;
        while self.waiting.len() < count {
            let read = self.fill(deadline).expect("more bytes come");
            assert!(read > 0, "the connection ends after {:02x?}", self.waiting);
        }
        self.waiting.drain(..count).collect()
    }

    /// Receives this next, but for pings.
    pub(crate) fn expect(&mut self, expected: &Received) {
        assert_eq!(&self.receive(limits::ANSWER), expected);
    }

    /// The node refuses: it says why in an ERROR, whose reason is returned, and ends the
    /// connection.
    pub(crate) fn expect_refusal(&mut self) -> String {
        match self.receive(limits::ANSWER) {
            Received::Frame {
                flags: flag::COMMAND,
                body,
            } if body.starts_with(b"\x05ERROR") => {
                self.expect(&Received::End);
                // RFC 37 has no spaces in a reason.
                String::from_utf8(body[7..].to_vec())
                    .expect("a reason is text")
                    .replace('_', " ")
            }
            received => panic!("expected ERROR, received {received:?}"),
        }
    }

    /// The node ends the connection; what it says before does not matter.
    pub(crate) fn expect_end(&mut self) {
        self.expect_end_within(limits::ANSWER);
    }

    pub(crate) fn expect_end_within(&mut self, limit: Duration) {
        let deadline = Instant::now() + limit;
        loop {
            match self.fill(deadline) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::TimedOut => panic!("the connection is up after {limit:?}"),
                Err(_) => return,
            }
        }
    }

    fn fill(&mut self, deadline: Instant) -> io::Result<usize> {
        let mut bytes = [0; 64 << 10];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Zero would mean no limit.
            let timeout = Some(left.max(Duration::from_millis(1)));
            self.stream.set_read_timeout(timeout)?;
            match self.stream.read(&mut bytes) {
                Ok(count) => {
                    self.waiting.extend_from_slice(&bytes[..count]);
                    return Ok(count);
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if left.is_zero() {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A greeting of ZMTP 3 with this minor version and mechanism.
pub(crate) fn greeting(minor: u8, mechanism: &str) -> Vec<u8> {
    let mut greeting = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, minor];
    greeting.extend_from_slice(mechanism.as_bytes());
    greeting.resize(64, 0);
    greeting
}

/// READY with a socket type and nothing else.
pub(crate) fn ready(socket_type: &str) -> Vec<u8> {
    command("READY", &property("Socket-Type", socket_type.as_bytes()))
}

/// A property as READY carries it.
pub(crate) fn property(name: &str, value: &[u8]) -> Vec<u8> {
    let name_len = u8::try_from(name.len()).expect("names are short");
    let value_len = u32::try_from(value.len()).expect("values are short").to_be_bytes();
    [&[name_len], name.as_bytes(), &value_len, value].concat()
}

/// A whole message of one frame.
pub(crate) fn message(body: &[u8]) -> Vec<u8> {
    frame(flag::LAST, body)
}

pub(crate) fn command(name: &str, data: &[u8]) -> Vec<u8> {
    frame(flag::COMMAND, &command_body(name, data))
}

pub(crate) fn frame(flags: u8, body: &[u8]) -> Vec<u8> {
    [&header(flags, body.len() as u64), body].concat()
}

/// What stands before a body of so many bytes.
pub(crate) fn header(flags: u8, body_bytes: u64) -> Vec<u8> {
    match u8::try_from(body_bytes) {
        Ok(len) => vec![flags, len],
        Err(_) => [&[flags | flag::LONG][..], &body_bytes.to_be_bytes()].concat(),
    }
}

fn command_body(name: &str, data: &[u8]) -> Vec<u8> {
    let name_len = u8::try_from(name.len()).expect("names are short");
    [&[name_len], name.as_bytes(), data].concat()
}

/// The flags of the frame at the beginning, and where its body starts and ends.
fn frame_at(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let &flags = bytes.first()?;
    assert!(
        matches!(flags, 0..=4 | 6),
        "a node sends no frame with flags {flags:#x}"
    );
    let (start, len) = if flags & flag::LONG == 0 {
        (2, u64::from(*bytes.get(1)?))
    } else {
        (9, u64::from_be_bytes(bytes.get(1..9)?.try_into().ok()?))
    };
    let end = start + usize::try_from(len).expect("a frame fits into memory");
    (bytes.len() >= end).then_some((flags, start, end))
}
