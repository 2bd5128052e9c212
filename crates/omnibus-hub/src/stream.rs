//! Which sockets can carry a peer?

use std::io::{self, Read, Write};

use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use mio::{Interest, Registry, Token};

use crate::encoding::EncodingId;
use crate::peer::Peer;

/// A connected socket, not blocking.
#[derive(Debug)]
pub enum Stream {
    /// TCP, with Nagle's delay switched off by whoever made it.
    Tcp(TcpStream),
    /// A Unix socket (`ipc://`).
    Unix(UnixStream),
}

/// A socket that takes connections, not blocking.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket (`ipc://`).
    Unix(UnixListener),
}

/// Makes the peer of a connection that a listener has accepted, and names its encoding.
pub type Accept = Box<dyn FnMut(&Stream) -> (Box<dyn Peer>, EncodingId) + Send>;

macro_rules! either {
    ($self:expr, $kind:ident, $socket:ident => $call:expr) => {
        match $self {
            $kind::Tcp($socket) => $call,
            $kind::Unix($socket) => $call,
        }
    };
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, Self, socket => socket.read(buffer))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, Self, socket => socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream {
    /// The address at the other end; `None` for a socket that has none.
    #[must_use]
    pub fn peer_address(&self) -> Option<std::net::IpAddr> {
        match self {
            Self::Tcp(socket) => socket.peer_addr().ok().map(|address| address.ip()),
            Self::Unix(_) => None,
        }
    }

    /// Ends the sending half, so that the peer reads everything and then the end.
    pub(crate) fn shutdown_write(&self) {
        // An error means that the connection is gone already, which is what was wanted.
        let _gone = either!(self, Self, socket => socket.shutdown(std::net::Shutdown::Write));
    }
}

impl Listener {
    pub(crate) fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (socket, _) = listener.accept()?;
                // Small messages must not wait for the peer's delayed acknowledgement; a socket
                // on which this fails is closed already, and reading will say so.
                let _closed = socket.set_nodelay(true);
                Ok(Stream::Tcp(socket))
            }
            Self::Unix(listener) => listener.accept().map(|(socket, _)| Stream::Unix(socket)),
        }
    }
}

macro_rules! source {
    ($kind:ident) => {
        impl Source for $kind {
            fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                either!(self, Self, socket => socket.register(registry, token, interests))
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                either!(self, Self, socket => socket.reregister(registry, token, interests))
            }

            fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
                either!(self, Self, socket => socket.deregister(registry))
            }
        }
    };
}

source!(Stream);
source!(Listener);
