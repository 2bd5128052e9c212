//! How do many subscribers of a bus read what one publishes, cheaply enough that the bus is the limit?
//!
//! The sockets speak no more ZMTP than it takes. The publisher's messages repeat after a
//! while, so that what must come is known: at every moment it is a piece of one buffer.

use std::io::{ErrorKind, Read, Write};
use std::net::{self, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::Error;

use super::greeting::greet;
use super::patience::STALL_MAX;

/// Bytes of a message behind its channel.
const BODY_BYTES: usize = 128;

/// Different messages; more than may be under way, so that one lost or doubled is seen.
const MESSAGES: usize = 4_096;

const READ_BYTES: usize = 64 << 10;

/// A relay confirms no subscription; this is what it is given to take one up.
const SETTLE: Duration = Duration::from_millis(500);

/// One publisher of a bus and its subscribers.
pub(crate) struct Belt {
    poll: Poll,
    events: Events,
    publisher: TcpStream,
    subscribers: Vec<Reader>,
    /// All messages in their frames, as often as it takes for every piece of them to be in it whole.
    bytes: Vec<u8>,
    frame_bytes: usize,
    /// Bytes sent since the beginning.
    sent: u64,
    buffer: Vec<u8>,
}

struct Reader {
    socket: TcpStream,
    /// Bytes received since the beginning.
    received: u64,
}

impl Belt {
    /// Connects so many subscribers, and then the publisher, to a relay.
    ///
    /// # Errors
    /// The relay does not take them.
    pub(crate) fn join(publishers: SocketAddr, subscribers: SocketAddr, count: usize) -> Result<Self, Error> {
        let mut readers = Vec::with_capacity(count);
        for _ in 0..count {
            let mut socket = connect(subscribers, "SUB")?;
            // A subscription is a message whose first byte is 1 (RFC 23).
            socket
                .write_all(b"\x00\x07\x01bench:")
                .map_err(Error::system("subscribe"))?;
            readers.push(socket);
        }
        thread::sleep(SETTLE);
        let publisher = connect(publishers, "PUB")?;
        thread::sleep(SETTLE);

        let frame_bytes = frame(0).len();
        let round: Vec<u8> = (0..MESSAGES).flat_map(frame).collect();
        let mut belt = Self {
            poll: Poll::new().map_err(Error::system("make an event loop"))?,
            events: Events::with_capacity(1_024),
            publisher: nonblocking(publisher)?,
            subscribers: Vec::with_capacity(count),
            bytes: [&round[..], &round[..READ_BYTES]].concat(),
            frame_bytes,
            sent: 0,
            buffer: vec![0; READ_BYTES],
        };
        for (number, socket) in readers.into_iter().enumerate() {
            let mut socket = nonblocking(socket)?;
            let watched = belt
                .poll
                .registry()
                .register(&mut socket, Token(number), Interest::READABLE);
            watched.map_err(Error::system("watch a socket"))?;
            belt.subscribers.push(Reader { socket, received: 0 });
        }
        let interests = Interest::READABLE | Interest::WRITABLE;
        let watched = belt
            .poll
            .registry()
            .register(&mut belt.publisher, Token(count), interests);
        watched.map_err(Error::system("watch a socket"))?;
        Ok(belt)
    }

    /// Publishes for so long, at most `in_flight` messages ahead of the slowest subscriber, and
    /// returns how many deliveries there were once everybody has everything.
    ///
    /// # Errors
    /// A subscriber did not get every message once and in order.
    pub(crate) fn run(&mut self, in_flight: u64, time: Duration) -> Result<u64, Error> {
        let (frame_bytes, first, started) = (self.frame_bytes as u64, self.sent, Instant::now());
        loop {
            let slowest = self.subscribers.iter().map(|reader| reader.received).min();
            let complete = slowest.unwrap_or_default() / frame_bytes;
            let is_over = started.elapsed() >= time;
            let goal = match is_over {
                true => self.sent.next_multiple_of(frame_bytes),
                false => (complete + in_flight) * frame_bytes,
            };
            self.send_up_to(goal)?;
            if is_over && complete * frame_bytes == goal {
                return Ok((self.sent - first) / frame_bytes * self.subscribers.len() as u64);
            }
            self.receive(complete)?;
        }
    }

    /// Sends as much as the socket takes.
    fn send_up_to(&mut self, goal: u64) -> Result<(), Error> {
        while self.sent < goal {
            let at = self.place(self.sent);
            let count = usize::try_from(goal - self.sent).unwrap_or(usize::MAX);
            let end = at.saturating_add(count).min(self.bytes.len());
            match self.publisher.write(&self.bytes[at..end]) {
                Ok(sent) => self.sent += sent as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::system("publish")(error)),
            }
        }
        Ok(())
    }

    /// Waits for the next events and reads what has come; `complete` messages have everybody.
    fn receive(&mut self, complete: u64) -> Result<(), Error> {
        match self.poll.poll(&mut self.events, Some(STALL_MAX)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled.map_err(Error::system("wait for the bus"))?,
        }
        if self.events.is_empty() {
            return Err(Error::Stalled {
                missing: self
                    .subscribers
                    .iter()
                    .filter(|reader| reader.received < self.sent)
                    .count(),
                message: complete,
                after: STALL_MAX,
            });
        }
        let round = (MESSAGES * self.frame_bytes) as u64;
        for event in &self.events {
            let number = event.token().0;
            let Some(reader) = self.subscribers.get_mut(number) else {
                // What a publisher is told: who subscribes to what. It is of no interest here.
                while matches!(self.publisher.read(&mut self.buffer), Ok(1..)) {}
                continue;
            };
            loop {
                let message = reader.received / self.frame_bytes as u64;
                let count = match reader.socket.read(&mut self.buffer) {
                    Ok(0) => {
                        return Err(Error::CutOff {
                            client: number,
                            message,
                        });
                    }
                    Ok(count) => count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(_) => {
                        return Err(Error::CutOff {
                            client: number,
                            message,
                        });
                    }
                };
                let at = usize::try_from(reader.received % round).expect("a round fits into memory");
                if self.bytes[at..at + count] != self.buffer[..count] {
                    return Err(Error::WrongMessage {
                        client: number,
                        message,
                    });
                }
                reader.received += count as u64;
                // A short read has emptied the socket.
                if count < self.buffer.len() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Where in the buffer the stream is after so many bytes.
    fn place(&self, bytes: u64) -> usize {
        let round = (MESSAGES * self.frame_bytes) as u64;
        usize::try_from(bytes % round).expect("a round fits into memory")
    }
}

/// One message in its frame.
fn frame(number: usize) -> Vec<u8> {
    let head = format!("bench:{number:012}");
    let body = format!("{head:.<0$}", "bench:".len() + BODY_BYTES);
    let length = u8::try_from(body.len()).expect("a short frame");
    [&[0, length], body.as_bytes()].concat()
}

/// Connects and greets.
fn connect(address: SocketAddr, socket_type: &str) -> Result<net::TcpStream, Error> {
    let mut socket = net::TcpStream::connect(address).map_err(Error::system("connect"))?;
    socket
        .set_read_timeout(Some(STALL_MAX))
        .map_err(Error::system("set a time-out"))?;
    greet(&mut socket, socket_type)?;
    Ok(socket)
}

fn nonblocking(socket: net::TcpStream) -> Result<TcpStream, Error> {
    socket
        .set_nonblocking(true)
        .map_err(Error::system("make a socket non-blocking"))?;
    Ok(TcpStream::from_std(socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_one_length_and_differ() {
        assert_eq!(frame(7).len(), frame(MESSAGES).len());
        assert_ne!(frame(7), frame(8));
        assert_eq!(frame(7)[..8], *b"\x00\x86bench:");
    }
}
