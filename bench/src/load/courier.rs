//! How long does a message take from one client to another, at whichever nodes they are?

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;

use super::patience::STALL_MAX;

/// What stands around a message's number, so that it is found in whatever frames it comes.
const BEFORE: &[u8] = b"\"number\":\"";
const DIGITS: usize = 12;

/// Bytes of a message.
const MESSAGE_BYTES: usize = 128;
const PROBE_TIME: Duration = Duration::from_millis(100);
const PROBES_MAX: usize = 300;

/// What clients of a server say on its WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    Omnibus,
    Nats,
}

/// A publisher, and a subscriber that listens in a thread of its own.
pub(crate) struct Courier {
    tongue: Tongue,
    publisher: TcpStream,
    /// Which message has come, and when.
    heard: Receiver<(u64, Instant)>,
    next: u64,
}

impl Courier {
    /// Connects both, and waits until what the one publishes reaches the other.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn join(tongue: Tongue, publisher: SocketAddr, subscriber: SocketAddr) -> Result<Self, Error> {
        let mut listening = connect(tongue, subscriber)?;
        say(&mut listening, tongue, &tongue.greeting("subscriber"))?;
        say(&mut listening, tongue, tongue.subscription())?;
        let (said, heard) = channel();
        // It ends with its socket, and that with the server.
        thread::spawn(move || listen(listening, &said));
        let mut publishing = connect(tongue, publisher)?;
        say(&mut publishing, tongue, &tongue.greeting("publisher"))?;
        // Whoever publishes to a channel is in it, and hears itself; nobody looks at that.
        say(&mut publishing, tongue, tongue.subscription())?;
        let mut own = publishing.try_clone().map_err(Error::system("share a socket"))?;
        thread::spawn(move || io::copy(&mut own, &mut io::sink()));
        let mut courier = Self {
            tongue,
            publisher: publishing,
            heard,
            next: 1,
        };
        for _ in 0..PROBES_MAX {
            courier.send(0)?;
            if courier.heard.recv_timeout(PROBE_TIME).is_ok() {
                return Ok(courier);
            }
        }
        Err(Error::Answer {
            got: "nothing".to_owned(),
            expected: "what was published at the other node".to_owned(),
        })
    }

    /// Sends messages at this rate, and tells how long each took.
    ///
    /// # Errors
    /// One did not come, or came out of order.
    pub(crate) fn run(&mut self, per_second: u32, time: Duration) -> Result<Vec<Duration>, Error> {
        let interval = Duration::from_secs(1) / per_second;
        let (first, started) = (self.next, Instant::now());
        let mut sent = Vec::new();
        while started.elapsed() < time {
            let due = started + interval * u32::try_from(sent.len()).unwrap_or(u32::MAX);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            sent.push(Instant::now());
            self.send(self.next)?;
            self.next += 1;
        }
        let mut took = Vec::with_capacity(sent.len());
        while took.len() < sent.len() {
            let message = first + took.len() as u64;
            match self.heard.recv_timeout(STALL_MAX) {
                // What is left of the attempts to get through.
                Ok((0, _)) => {}
                Ok((number, at)) if number == message => took.push(at - sent[took.len()]),
                Ok(_) => return Err(Error::WrongMessage { client: 0, message }),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Error::Stalled {
                        missing: 1,
                        message,
                        after: STALL_MAX,
                    });
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Error::CutOff { client: 0, message }),
            }
        }
        Ok(took)
    }

    fn send(&mut self, number: u64) -> Result<(), Error> {
        say(&mut self.publisher, self.tongue, &self.tongue.publication(number))
    }
}

impl Tongue {
    /// What a client says first.
    fn greeting(self, name: &str) -> String {
        match self {
            Self::Omnibus => format!("!authenticate:{name}"),
            Self::Nats => "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n".to_owned(),
        }
    }

    fn subscription(self) -> &'static str {
        match self {
            Self::Omnibus => "!subscribe:bench",
            Self::Nats => "SUB bench 1\r\n",
        }
    }

    fn publication(self, number: u64) -> String {
        let head = format!(r#"{{"type":"tick","sender":"publisher","payload":{{"number":"{number:012}","fill":""#);
        let tail = r#""}}"#;
        let body = format!("{head:.<0$}{tail}", MESSAGE_BYTES - tail.len());
        match self {
            Self::Omnibus => format!("bench:{body}"),
            Self::Nats => format!("PUB bench {}\r\n{body}\r\n", body.len()),
        }
    }

    /// The first byte of a frame: text or binary, unfragmented.
    fn first_byte(self) -> u8 {
        match self {
            Self::Omnibus => 0x81,
            Self::Nats => 0x82,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Omnibus => "/ec",
            Self::Nats => "/",
        }
    }
}

/// Upgrades to a WebSocket.
fn connect(tongue: Tongue, address: SocketAddr) -> Result<TcpStream, Error> {
    let mut socket = TcpStream::connect(address).map_err(Error::system("connect"))?;
    socket
        .set_nodelay(true)
        .map_err(Error::system("switch Nagle's delay off"))?;
    // The key is the one of RFC 6455, section 1.3; nobody here looks at the answer to it.
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        tongue.path()
    );
    socket.write_all(request.as_bytes()).map_err(Error::system("upgrade"))?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).map_err(Error::system("upgrade"))?;
        head.push(byte[0]);
    }
    if head.starts_with(b"HTTP/1.1 101 ") {
        return Ok(socket);
    }
    Err(Error::Answer {
        got: String::from_utf8_lossy(&head).into_owned(),
        expected: "HTTP/1.1 101".to_owned(),
    })
}

/// Sends a frame; its mask is zero, which leaves the text as it is.
fn say(socket: &mut TcpStream, tongue: Tongue, text: &str) -> Result<(), Error> {
    let length = u16::try_from(text.len()).expect("no text here is longer than 64 KiB");
    let mut frame = vec![tongue.first_byte()];
    match u8::try_from(length) {
        Ok(length) if length < 126 => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    socket.write_all(&frame).map_err(Error::system("send to the server"))
}

/// Tells of every message that comes, until the connection ends.
fn listen(mut socket: TcpStream, said: &Sender<(u64, Instant)>) {
    let mut input = Vec::new();
    let mut buffer = [0; 64 << 10];
    while let Some(count) = read(&mut socket, &mut buffer) {
        let at = Instant::now();
        input.extend_from_slice(&buffer[..count]);
        while let Some((number, end)) = find(&input) {
            input.drain(..end);
            if said.send((number, at)).is_err() {
                return;
            }
        }
    }
}

fn read(socket: &mut TcpStream, buffer: &mut [u8]) -> Option<usize> {
    loop {
        match socket.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(io::Error { .. }) => return None,
            Ok(count) => return Some(count),
        }
    }
}

/// The next message's number, and where it ends.
fn find(input: &[u8]) -> Option<(u64, usize)> {
    let start = input.windows(BEFORE.len()).position(|window| window == BEFORE)? + BEFORE.len();
    let digits = input.get(start..start + DIGITS)?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, start + DIGITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_is_found_in_the_frames_of_both() {
        for tongue in [Tongue::Omnibus, Tongue::Nats] {
            let text = tongue.publication(42);
            let (number, end) = find(text.as_bytes()).unwrap();
            assert_eq!(number, 42);
            assert_eq!(find(&text.as_bytes()[end..]), None);
            assert_eq!(find(&text.as_bytes()[..end - 1]), None);
        }
    }
}
