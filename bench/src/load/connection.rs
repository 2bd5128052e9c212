//! How is a connection opened, and what comes on it read?
//!
//! In blocking calls: joining is not what is measured, but where it is, in `coming`.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::error::Error;

use super::frame;
use super::stream::Stream;
use super::walk::{Step, Walk, wrong};

/// How long a server may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A connection that sends and waits for what comes back.
pub(crate) struct Connection {
    stream: Stream<TcpStream>,
    /// What was read and not looked at yet.
    pub(super) input: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(super) fn open(address: SocketAddr, is_encrypted: bool) -> Result<Self, Error> {
        let socket = TcpStream::connect(address).map_err(Error::system("connect"))?;
        Self::on(Stream::new(socket, is_encrypted))
    }

    /// Takes over what did not wait so far.
    pub(super) fn of(stream: Stream<mio::net::TcpStream>) -> Result<Self, Error> {
        let stream = stream.map(TcpStream::from);
        stream
            .socket()
            .set_nonblocking(false)
            .map_err(Error::system("make a socket blocking"))?;
        Self::on(stream)
    }

    fn on(stream: Stream<TcpStream>) -> Result<Self, Error> {
        stream
            .socket()
            .set_nodelay(true)
            .map_err(Error::system("switch Nagle's delay off"))?;
        let connection = Self {
            stream,
            input: Vec::new(),
        };
        connection.wait_at_most(None)?;
        Ok(connection)
    }

    /// Goes these steps; what has come before and was not looked at yet goes first.
    pub(super) fn walk(&mut self, steps: Vec<Step>) -> Result<(), Error> {
        let mut walk = Walk::new(steps);
        loop {
            let words = walk.words();
            if !words.is_empty() {
                self.write(&words)?;
            }
            if walk.is_at_end() {
                return Ok(());
            }
            if self.input.is_empty() {
                self.read()?;
            }
            walk.hear(&self.input)?;
            self.input.clear();
        }
    }

    /// Sends a request and reads the head of its answer, which must begin so.
    pub(super) fn request(&mut self, request: &str, expected: &str) -> Result<(), Error> {
        self.write(request.as_bytes())?;
        let head = self.until(b"\r\n\r\n")?;
        if head.starts_with(expected) {
            Ok(())
        } else {
            Err(wrong(head.as_bytes(), expected))
        }
    }

    /// Sends bytes as they are.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stream
            .write_all(bytes)
            .map_err(Error::system("send to the server"))
    }

    /// Takes what comes up to this end, the end included.
    pub(super) fn until(&mut self, end: &[u8]) -> Result<String, Error> {
        let length = loop {
            if let Some(at) = self.input.windows(end.len()).position(|window| window == end) {
                break at + end.len();
            }
            self.read()?;
        };
        Ok(self.take(length))
    }

    /// Takes bytes that have come.
    pub(super) fn take(&mut self, length: usize) -> String {
        let taken: Vec<u8> = self.input.drain(..length).collect();
        String::from_utf8_lossy(&taken).into_owned()
    }

    /// Waits for this frame and throws away what comes before it; false if it does not come in time.
    pub(super) fn hears(&mut self, expected: &[u8], within: Duration) -> Result<bool, Error> {
        self.wait_at_most(Some(within))?;
        let heard = loop {
            match frame::payload(&self.input) {
                Some((_, end)) if end <= self.input.len() => {
                    let is_it = self.input.drain(..end).eq(expected.iter().copied());
                    if is_it {
                        break true;
                    }
                    continue;
                }
                _ => {}
            }
            match self.read() {
                Ok(()) => {}
                Err(Error::System { source, .. })
                    if matches!(source.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    break false;
                }
                Err(error) => return Err(error),
            }
        };
        self.wait_at_most(None)?;
        Ok(heard)
    }

    /// Sets how long a read waits; `None` for as long as an answer may take.
    fn wait_at_most(&self, time: Option<Duration>) -> Result<(), Error> {
        let set = self.stream.socket().set_read_timeout(time.or(Some(ANSWER_MAX)));
        set.map_err(Error::system("set a time-out"))
    }

    /// Waits until more has come.
    pub(super) fn read(&mut self) -> Result<(), Error> {
        let mut buffer = [0; 4_096];
        let read = self.stream.read(&mut buffer).and_then(|count| match count {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        });
        let count = read.map_err(Error::system("hear from the server"))?;
        self.input.extend_from_slice(&buffer[..count]);
        Ok(())
    }

    /// Gives the stream away; all that has come so far must have been taken.
    pub(super) fn into_stream(self) -> Result<Stream<TcpStream>, Error> {
        if self.input.is_empty() {
            return Ok(self.stream);
        }
        Err(wrong(&self.input, "nothing"))
    }
}
