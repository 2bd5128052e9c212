//! How is a bus address bound, and how is one reached?

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use omnibus_hub::{Listener, Stream};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::address::{Address, Host};
use crate::error::Error;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1_024;

/// How long a connection may be silent before the system asks, and how often it does then.
const KEEP_ALIVE_TIME: Duration = Duration::from_secs(30);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// Binds an address; `None` for one that names nothing outside this process.
///
/// # Errors
/// It is taken, not this machine's, or its host is unknown.
pub(crate) fn bind(address: &Address, setting: &'static str) -> Result<Option<Bound>, Error> {
    let error = |source| Error::Bind {
        address: address.clone(),
        setting,
        source,
    };
    match address {
        Address::Inproc { .. } => Ok(None),
        Address::Ipc { path } => {
            let listener = bind_unix(path).map_err(error)?;
            Ok(Some(Bound {
                listener: Listener::Unix(listener),
                port: None,
            }))
        }
        Address::Tcp { host, port } => {
            let resolved = resolve(host, *port).map_err(|source| Error::Resolve {
                address: address.clone(),
                setting,
                source,
            })?;
            let first = resolved
                .first()
                .copied()
                .ok_or_else(|| error(ErrorKind::AddrNotAvailable.into()))?;
            let listener = bind_tcp(first).map_err(error)?;
            let port = listener.local_addr().map_err(error)?.port();
            Ok(Some(Bound {
                listener: Listener::Tcp(listener),
                port: Some(port),
            }))
        }
    }
}

/// A bound address.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) listener: Listener,
    /// The port, which the system chose if 0 was asked for.
    pub(crate) port: Option<u16>,
}

fn bind_tcp(address: SocketAddr) -> io::Result<mio::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(mio::net::TcpListener::from_std(socket.into()))
}

/// Binds a Unix socket; a file that a dead process left behind is taken over.
fn bind_unix(path: &Path) -> io::Result<mio::net::UnixListener> {
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_stale(path) => {
            fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        other => other?,
    };
    listener.set_nonblocking(true)?;
    Ok(mio::net::UnixListener::from_std(listener))
}

fn is_stale(path: &Path) -> bool {
    UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// Connects to an address, blocking, each of a name's addresses for `timeout` at most.
///
/// # Errors
/// Nobody is there.
pub(crate) fn connect(address: &Address, timeout: Duration) -> io::Result<Stream> {
    match address {
        Address::Inproc { .. } => Err(io::Error::new(
            ErrorKind::Unsupported,
            "inproc:// names nothing outside this process",
        )),
        Address::Ipc { path } => {
            let socket = UnixStream::connect(path)?;
            socket.set_nonblocking(true)?;
            Ok(Stream::Unix(mio::net::UnixStream::from_std(socket)))
        }
        Address::Tcp { host, port } => {
            let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
            for address in resolve(host, *port)? {
                match TcpStream::connect_timeout(&address, timeout) {
                    Ok(socket) => {
                        socket.set_nodelay(true)?;
                        socket.set_nonblocking(true)?;
                        return Ok(Stream::Tcp(mio::net::TcpStream::from_std(socket)));
                    }
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
    }
}

/// Has the system ask for a sign of life: a peer of ZMTP 3.0 can't be sent a PING.
pub(crate) fn keep_alive(stream: &Stream) {
    if let Stream::Tcp(socket) = stream {
        let probes = TcpKeepalive::new()
            .with_time(KEEP_ALIVE_TIME)
            .with_interval(KEEP_ALIVE_INTERVAL);
        // It fails for a connection that is gone already, which reading will tell.
        let _gone = SockRef::from(socket).set_tcp_keepalive(&probes);
    }
}

fn resolve(host: &Host, port: u16) -> io::Result<Vec<SocketAddr>> {
    match host {
        Host::Any => Ok(vec![(Ipv4Addr::UNSPECIFIED, port).into()]),
        Host::Ip(ip) => Ok(vec![(*ip, port).into()]),
        Host::Name(name) => (name.as_str(), port).to_socket_addrs().map(Iterator::collect),
    }
}
