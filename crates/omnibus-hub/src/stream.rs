//! Which sockets can carry a peer?

use std::io::{self, Read, Write};
use std::net::IpAddr;

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
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket (`ipc://`).
    Unix(UnixListener),
    /// TCP for clients that speak TLS.
    Tls(TcpListener, Tls),
}

/// Makes the peer of a connection that a listener has accepted, and names its encoding.
pub type Accept = Box<dyn FnMut(&Stream) -> (Box<dyn Peer>, EncodingId) + Send>;

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
    /// The TCP connection below, where there is one.
    #[must_use]
    pub fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(socket) => Some(socket),
            Self::Tls(stream) => Some(stream.socket()),
            Self::Unix(_) => None,
        }
    }

    /// The address at the other end; `None` for a socket that has none.
    #[must_use]
    pub fn peer_address(&self) -> Option<IpAddr> {
        self.tcp()?.peer_addr().ok().map(|address| address.ip())
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
    pub(crate) fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => accept_tcp(listener).map(Stream::Tcp),
            Self::Unix(listener) => listener.accept().map(|(socket, _)| Stream::Unix(socket)),
            Self::Tls(listener, tls) => {
                let stream = TlsStream::new(accept_tcp(listener)?, tls)?;
                Ok(Stream::Tls(Box::new(stream)))
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

fn accept_tcp(listener: &TcpListener) -> io::Result<TcpStream> {
    let (socket, _) = listener.accept()?;
    // Small messages must not wait for the peer's delayed acknowledgement; a socket on which this
    // fails is closed already, and reading will say so.
    let _closed = socket.set_nodelay(true);
    Ok(socket)
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
