//! What is one connection of the generator?
//!
//! ```text
//! Connecting ── Upgrading ── Joining ── Joined ── Leaving
//!     └────────────┴────────────┴─ failed   └─ closed
//! ```

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr};

use mio::net::TcpStream;
use socket2::{Domain, Protocol, Socket, Type};

use super::decoder::Decoder;
use super::frame::{self, Opcode};
use super::plan::Member;

/// Bytes that may wait for a full socket; a publisher then publishes nothing more for now.
pub(crate) const OUT_BYTES_MAX: usize = 1 << 20;

/// A connection.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    pub(crate) role: Role,
    pub(crate) state: State,
    /// Its server.
    pub(crate) node: u16,
    /// When it was due to connect.
    pub(crate) since: u64,
    /// No other of its thread has the same; slots are used again.
    pub(crate) serial: u64,
    pub(crate) decoder: Decoder,
    /// What the socket has not taken.
    pub(crate) out: Vec<u8>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// It is there for the whole run.
    Member(Member),
    /// It comes, subscribes this room's channel and leaves.
    Passenger { room: u32 },
    /// It makes channels and leaves them.
    Mover,
}

/// How far it is.
#[derive(Debug)]
pub(crate) enum State {
    Connecting,
    /// The answer so far.
    Upgrading(Vec<u8>),
    /// So many commands have to be answered.
    Joining(u32),
    Joined,
    Leaving,
}

/// What a read has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Took {
    Bytes(usize),
    Nothing,
    End,
}

/// Begins to connect.
///
/// # Errors
/// What the system says: out of descriptors or ports, above all.
pub(crate) fn connect(to: SocketAddr, from: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if let Some(from) = from {
        socket.bind(&SocketAddr::new(from, 0).into())?;
    }
    match socket.connect(&to.into()) {
        Err(error) if error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => Err(error),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}

impl Client {
    /// Appends a text to what is to be sent.
    pub(crate) fn say(&mut self, text: &[u8]) {
        frame::encode(Opcode::Text, text, frame::mask(), &mut self.out);
    }

    /// Whether the connection stands by now.
    ///
    /// # Errors
    /// It never will.
    pub(crate) fn is_connected(&self) -> io::Result<bool> {
        if let Some(error) = self.socket.take_error()? {
            return Err(error);
        }
        match self.socket.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends what waits, as far as the socket takes it.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let mut sent = 0;
        let outcome = loop {
            if sent == self.out.len() {
                break Ok(());
            }
            match self.socket.write(&self.out[sent..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        if sent == self.out.len() {
            // Who says nothing more keeps nothing.
            self.out = Vec::new();
        } else {
            self.out.drain(..sent);
        }
        outcome
    }

    /// Reads what has come.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Took> {
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return Ok(Took::End),
                Ok(count) => return Ok(Took::Bytes(count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Took::Nothing),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
