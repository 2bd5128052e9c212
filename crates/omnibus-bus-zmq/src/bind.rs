//! How is a bus address bound, and how is one reached?

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::fs::FileTypeExt;
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
                listeners: vec![Listener::Unix(listener)],
                port: None,
            }))
        }
        Address::Tcp { host, port } => {
            let resolved = resolve(host, *port).map_err(|source| Error::Resolve {
                address: address.clone(),
                setting,
                source,
            })?;
            bind_each(resolved).map(Some).map_err(error)
        }
    }
}

/// A bound address: more than one listener where a name has several.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) listeners: Vec<Listener>,
    /// The port, which the system chose if 0 was asked for.
    pub(crate) port: Option<u16>,
}

/// Binds all addresses of a host at one port, but those that this machine does not have now: as
/// `localhost` names IPv6, too, where IPv6 may be off. Legacy peers look for its IPv4 address
/// only, unless they are told otherwise.
fn bind_each(addresses: Vec<SocketAddr>) -> io::Result<Bound> {
    let mut bound: Vec<mio::net::TcpListener> = Vec::new();
    let mut port = None;
    let mut missing = io::Error::from(ErrorKind::AddrNotAvailable);
    for mut address in addresses {
        address.set_port(port.unwrap_or(address.port()));
        match bind_tcp(address) {
            Ok(listener) => {
                port = Some(listener.local_addr()?.port());
                bound.push(listener);
            }
            Err(error) if is_missing(&error) => missing = error,
            Err(error) => return Err(error),
        }
    }
    if bound.is_empty() {
        return Err(missing);
    }
    Ok(Bound {
        listeners: bound.into_iter().map(Listener::Tcp).collect(),
        port,
    })
}

/// Whether the machine has no such address, or none of the family.
fn is_missing(error: &io::Error) -> bool {
    error.kind() == ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(AFNOSUPPORT)
}

/// `EAFNOSUPPORT`, for which the standard library has no kind.
const AFNOSUPPORT: i32 = 97;

fn bind_tcp(address: SocketAddr) -> io::Result<mio::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    // Every connection inherits it.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(mio::net::TcpListener::from_std(socket.into()))
}

/// Binds a Unix socket; one that a dead process left behind is taken over.
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

/// Whether a socket lies there that nobody listens at. A file of another kind refuses connections,
/// too, and is none of ours to remove.
fn is_stale(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
        && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
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
        Host::Name(name) => {
            let mut addresses = Vec::new();
            for address in (name.as_str(), port).to_socket_addrs()? {
                // A hosts file may name one twice.
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            Ok(addresses)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5737: nobody's.
    const NOT_OURS: &str = "192.0.2.1:0";

    fn addresses(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn a_name_is_bound_at_each_of_its_addresses_that_this_machine_has() {
        let bound = bind_each(addresses(&[NOT_OURS, "127.0.0.1:0", "127.0.0.2:0"])).unwrap();
        assert_eq!(bound.listeners.len(), 2);
        let port = bound.port.unwrap();
        for host in ["127.0.0.1", "127.0.0.2"] {
            assert!(TcpStream::connect((host, port)).is_ok(), "{host}");
        }
    }

    #[test]
    fn a_name_is_not_bound_where_it_has_no_address_or_one_is_taken() {
        let missing = bind_each(addresses(&[NOT_OURS])).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::AddrNotAvailable);
        let taken = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let both = vec![(Ipv4Addr::LOCALHOST, port).into(), taken.local_addr().unwrap()];
        assert_eq!(bind_each(both).unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}
