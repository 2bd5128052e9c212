//! Where do browsers come in?

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mio::net::TcpListener;
use omnibus_hub::{Accept, Listener};
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

use crate::config::Config;
use crate::dialects::Dialects;
use crate::door::Door;
use crate::shared::Shared;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4_096;

/// What a client hears that speaks plain HTTP where TLS is spoken.
const SPEAK_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=UTF-8\r\n\
    Content-Length: 45\r\nConnection: close\r\n\r\nthis port speaks TLS; use https:// or wss://\n";

/// The bound listeners of the browsers' side.
#[derive(Debug)]
pub struct Front {
    config: Config,
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
            match bind(address, config.ping_interval) {
                Ok(listener) => {
                    addresses.push(listener.local_addr().unwrap_or(address));
                    listeners.push(listener);
                }
                Err(source) if is_without_ipv6(address, &source) => {}
                Err(source) => return Err(BindError { address, source }),
            }
        }
        Ok(Self {
            config,
            listeners,
            addresses,
        })
    }

    /// The addresses that are bound, with the ports that the system chose where 0 was asked for.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The listeners for the hub, with the encodings that were registered for them.
    #[must_use]
    pub fn into_listeners(self, dialects: Dialects) -> Vec<(Listener, Accept)> {
        let tls = self.config.tls.clone().map(|tls| tls.answering_plain(SPEAK_TLS));
        let shared = Arc::new(Shared::new(self.config, dialects, Door::next));
        let accept = |listener| {
            let shared = Arc::clone(&shared);
            let accept: Accept = Box::new(move |_, address| {
                let address = address.unwrap_or(Ipv4Addr::LOCALHOST.into()).to_canonical();
                let door = Door::new(Arc::clone(&shared), address);
                (Box::new(door), dialects.plain)
            });
            let listener = match &tls {
                Some(tls) => Listener::Tls(listener, tls.clone()),
                None => Listener::Tcp(listener),
            };
            (listener, accept)
        };
        self.listeners.into_iter().map(accept).collect()
    }
}

/// Binds an address. What is set here, every connection inherits, and no system call is needed to
/// set it again.
fn bind(address: SocketAddr, ping_interval: Duration) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    // Streams are one way, and say something in every interval: a client that has confirmed nothing
    // for two of them is gone. Where the system can't, a stream's end is noticed later.
    let _later = socket.set_tcp_user_timeout(Some(ping_interval * 2));
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
