//! Where do operators come in?

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::answers;
use crate::collector::Exposition;
use crate::config::Config;
use crate::serving::serve;
use crate::sources::Sources;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 128;

/// The bound listeners of operators.
#[derive(Debug)]
pub struct Api {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

/// What serves operators; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    _serving: JoinSet<()>,
}

/// Why an address can't be listened on.
#[derive(Debug, Error)]
#[error("api.listen: cannot listen on {address}: {source}; {}", hint(.source))]
pub struct BindError {
    /// Which one.
    pub address: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => "stop the program that uses the port, or set api.listen to another",
        ErrorKind::PermissionDenied => "choose a port above 1023, or give the program the right to bind lower ones",
        ErrorKind::AddrNotAvailable => "set api.listen to an address of this machine",
        _ => "check api.listen",
    }
}

impl Api {
    /// Binds every address of the configuration, or none.
    ///
    /// # Errors
    /// The first address that can't be bound.
    pub fn bind(config: &Config) -> Result<Self, BindError> {
        let mut listeners = Vec::new();
        let mut addresses = Vec::new();
        for &address in &config.listen {
            let listener = bind(address).map_err(|source| BindError { address, source })?;
            addresses.push(listener.local_addr().unwrap_or(address));
            listeners.push(listener);
        }
        Ok(Self { listeners, addresses })
    }

    /// Whether nobody asked for any of it.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.listeners.is_empty()
    }

    /// Where the metrics are, with the ports that the system chose where 0 was asked for.
    pub fn urls(&self) -> impl Iterator<Item = String> + '_ {
        let url = |address| format!("http://{address}{}", answers::METRICS);
        self.addresses.iter().map(url)
    }

    /// Begins to answer.
    ///
    /// # Errors
    /// The runtime does not take a listener.
    pub fn start(self, sources: Sources, runtime: &Handle) -> io::Result<Running> {
        let exposition = Arc::new(Exposition::of(sources));
        let mut serving = JoinSet::new();
        let _in_runtime = runtime.enter();
        for listener in self.listeners {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            serving.spawn(serve(listener, Arc::clone(&exposition)));
        }
        Ok(Running { _serving: serving })
    }
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
    Ok(socket.into())
}
