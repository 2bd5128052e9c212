//! Which sockets can carry a peer?

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd};

use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use mio::{Interest, Registry, Token};

use crate::encoding::EncodingId;
use crate::peer::Peer;
use crate::tls::Tls;

mod tls;

use tls::TlsStream;

/// A connected socket, not blocking.
pub enum Stream {
    /// TCP, with Nagle's delay switched off by whoever made it.
    Tcp(TcpStream),
    /// A Unix socket (`ipc://`).
    Unix(UnixStream),
    /// TCP whose other end speaks TLS, as does this one.
    Tls(Box<TlsStream>),
}

/// A socket that takes connections, not blocking.
#[derive(Debug)]
pub enum Listener {
    /// TCP, with Nagle's delay switched off: small messages must not wait for the peer's delayed
    /// acknowledgement, and connections inherit it, which saves a system call for each.
    Tcp(TcpListener),
    /// A Unix socket (`ipc://`).
    Unix(UnixListener),
    /// TCP for clients that speak TLS.
    Tls(TcpListener, Tls),
}

/// Makes the peer of a connection that a listener has accepted, and names its encoding; told where
/// it comes from, if that has an address.
pub type Accept = Box<dyn FnMut(&Stream, Option<IpAddr>) -> (Box<dyn Peer>, EncodingId) + Send>;

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.read(buffer),
            Self::Unix(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.write(bytes),
            Self::Unix(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream {
    /// The socket, where what is written goes to it as it is.
    pub(crate) fn socket(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Tcp(socket) => Some(socket.as_fd()),
            Self::Unix(socket) => Some(socket.as_fd()),
            Self::Tls(_) => None,
        }
    }

    /// Whether a read that does not fill its buffer has emptied the socket.
    pub(crate) fn ends_short(&self) -> bool {
        matches!(self, Self::Tcp(_))
    }

    /// Whether the other end has still to make itself known before anything can be said.
    pub(crate) fn is_shaking_hands(&self) -> bool {
        matches!(self, Self::Tls(stream) if stream.is_shaking_hands())
    }

    /// Whether something that nobody has written waits for the socket; reading sends it.
    pub(crate) fn has_unsent(&self) -> bool {
        matches!(self, Self::Tls(stream) if stream.has_unsent())
    }

    /// Ends the sending half, so that the peer reads everything and then the end.
    pub(crate) fn shutdown_write(&mut self) {
        // An error means that the connection is gone already, which is what was wanted.
        let _gone = match self {
            Self::Tcp(socket) => socket.shutdown(std::net::Shutdown::Write),
            Self::Unix(socket) => socket.shutdown(std::net::Shutdown::Write),
            Self::Tls(stream) => stream.shutdown_write(),
        };
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(socket) => socket,
            Self::Unix(socket) => socket,
            Self::Tls(stream) => stream.socket_mut(),
        }
    }
}

impl Listener {
    /// The next connection, and where it comes from.
    pub(crate) fn accept(&self) -> io::Result<(Stream, Option<IpAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (socket, address) = listener.accept()?;
                Ok((Stream::Tcp(socket), Some(address.ip())))
            }
            Self::Unix(listener) => listener.accept().map(|(socket, _)| (Stream::Unix(socket), None)),
            Self::Tls(listener, tls) => {
                let (socket, address) = listener.accept()?;
                Ok((Stream::Tls(Box::new(TlsStream::new(socket, tls)?)), Some(address.ip())))
            }
        }
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(listener) | Self::Tls(listener, _) => listener,
            Self::Unix(listener) => listener,
        }
    }
}

macro_rules! source {
    ($kind:ident) => {
        impl Source for $kind {
            fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                self.source().register(registry, token, interests)
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                self.source().reregister(registry, token, interests)
            }

            fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
                self.source().deregister(registry)
            }
        }
    };
}

source!(Stream);
source!(Listener);
