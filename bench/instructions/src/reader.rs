//! Who reads what the subscribers are sent?
//!
//! A process of its own, this program started once more, which callgrind does not follow: nothing
//! that it does is counted. It connects all subscribers, and behind them one connection on which it
//! says that everybody has everything, each time that this is so.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use mio::{Events, Interest, Poll, Token};

/// The first argument by which this program knows what it is.
pub(crate) const COMMAND: &str = "reader";

/// What a subscriber is sent first: that it is one.
pub(crate) const READY: u8 = b'!';

/// Connections that may wait to be accepted; with more than a listener's queue takes, the system
/// makes each wait for a second.
const CONNECTING_MAX: usize = 64;

const EVENTS_MAX: usize = 1_024;
const READ_BYTES: usize = 64 << 10;

/// What a reader is to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) address: SocketAddr,
    pub(crate) subscribers: usize,
    /// The bytes of all subscribers together, after which it says so.
    pub(crate) window_bytes: usize,
}

impl Reader {
    /// Starts the process. It ends by itself where its connections end.
    pub(crate) fn start(self) -> io::Result<Child> {
        Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .args([self.address.to_string(), self.subscribers.to_string()])
            .arg(self.window_bytes.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
    }

    fn parse(arguments: &[&str]) -> Option<Self> {
        let [address, subscribers, window_bytes] = arguments else {
            return None;
        };
        Some(Self {
            address: address.parse().ok()?,
            subscribers: subscribers.parse().ok()?,
            window_bytes: window_bytes.parse().ok()?,
        })
    }
}

/// Is the process.
pub(crate) fn run(arguments: &[&str]) -> io::Result<()> {
    let reader = Reader::parse(arguments).ok_or_else(|| io::Error::other("a reader is started by no one else"))?;
    let mut poll = Poll::new()?;
    let mut subscribers = Vec::with_capacity(reader.subscribers);
    while subscribers.len() < reader.subscribers {
        let count = CONNECTING_MAX.min(reader.subscribers - subscribers.len());
        for socket in connect(reader.address, count)? {
            let mut socket = mio::net::TcpStream::from_std(socket);
            poll.registry()
                .register(&mut socket, Token(subscribers.len()), Interest::READABLE)?;
            subscribers.push(socket);
        }
    }
    let mut control = TcpStream::connect(reader.address)?;
    control.set_nodelay(true)?;

    let mut events = Events::with_capacity(EVENTS_MAX);
    let mut buffer = vec![0; READ_BYTES];
    let mut window = 0;
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            match drain(&mut subscribers[event.token().0], &mut buffer)? {
                Some(bytes) => window += bytes,
                None => return Ok(()),
            }
        }
        if reader.window_bytes > 0 && window >= reader.window_bytes {
            window -= reader.window_bytes;
            control.write_all(b".")?;
        }
    }
}

/// Connects subscribers, and waits until each of them is one.
fn connect(address: SocketAddr, count: usize) -> io::Result<Vec<TcpStream>> {
    let connected: io::Result<Vec<TcpStream>> = (0..count).map(|_| TcpStream::connect(address)).collect();
    let mut sockets = connected?;
    for socket in &mut sockets {
        let mut first = [0];
        socket.read_exact(&mut first)?;
        assert_eq!(first, [READY], "a subscriber hears nothing before");
        socket.set_nonblocking(true)?;
    }
    Ok(sockets)
}

/// Reads all that is there and returns how much; `None` at the end.
fn drain(socket: &mut mio::net::TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    let mut total = 0;
    loop {
        match socket.read(buffer) {
            Ok(0) => return Ok(None),
            Ok(count) => total += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Some(total)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
