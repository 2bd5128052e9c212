//! Where do browsers come in?

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use mio::net::TcpListener;
use omnibus_hub::{Accept, EncodingId, Listener, Stream};
use omnibus_websocket::HeadLimits;
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

use crate::config::Config;
use crate::door::Door;
use crate::shared::Shared;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4_096;

/// The bound listeners of the browsers' side.
#[derive(Debug)]
pub struct Front {
    shared: Arc<Shared>,
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

/// Why an address can't be listened on.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {source}; {}", hint(.source))]
pub struct BindError {
    /// Which one.
    pub address: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => "stop the program that uses the port, or set server.port to another",
        ErrorKind::PermissionDenied => "choose a port above 1023, or give the program the right to bind lower ones",
        ErrorKind::AddrNotAvailable => "set server.listen to an address of this machine",
        _ => "check server.listen",
    }
}

impl Front {
    /// Binds every address of the configuration, or none.
    ///
    /// # Errors
    /// The first address that can't be bound. An IPv6 wildcard on a system without IPv6 is none.
    pub fn bind(config: Config) -> Result<Self, BindError> {
        let mut listeners = Vec::new();
        let mut addresses = Vec::new();
        for &address in &config.listen {
            match bind(address) {
                Ok(listener) => {
                    addresses.push(listener.local_addr().unwrap_or(address));
                    listeners.push(listener);
                }
                Err(source) if is_without_ipv6(address, &source) => {}
                Err(source) => return Err(BindError { address, source }),
            }
        }
        let head_limits = HeadLimits {
            head_bytes_max: config.rules.limits.head_bytes_max,
            ..HeadLimits::default()
        };
        Ok(Self {
            shared: Arc::new(Shared { config, head_limits }),
            listeners,
            addresses,
        })
    }

    /// The addresses that are bound, with the ports that the system chose where 0 was asked for.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The listeners for the hub; `encoding` is that of [`crate::WebSocketText`].
    #[must_use]
    pub fn into_listeners(self, encoding: EncodingId) -> Vec<(Listener, Accept)> {
        let shared = self.shared;
        let accept = |listener| {
            let shared = Arc::clone(&shared);
            let accept: Accept = Box::new(move |stream| {
                let door = Door::new(Arc::clone(&shared), peer_address(stream));
                (Box::new(door), encoding)
            });
            (Listener::Tcp(listener), accept)
        };
        self.listeners.into_iter().map(accept).collect()
    }
}

/// The other end of a connection. One that is gone already has none, and needs none.
fn peer_address(stream: &Stream) -> IpAddr {
    let address = match stream {
        Stream::Tcp(socket) => socket.peer_addr().ok(),
        Stream::Unix(_) => None,
    };
    address.map_or(Ipv4Addr::LOCALHOST.into(), |address| address.ip().to_canonical())
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

fn is_without_ipv6(address: SocketAddr, error: &io::Error) -> bool {
    let has_none = matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::AddrNotAvailable)
        || error.raw_os_error() == Some(AFNOSUPPORT);
    address.is_ipv6() && address.ip().is_unspecified() && has_none
}

/// `EAFNOSUPPORT`, for which the standard library has no kind.
const AFNOSUPPORT: i32 = 97;
