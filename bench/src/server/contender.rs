//! What must a server offer to be measured?

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;

use crate::error::Error;
use crate::load::Transport;

/// One server among those that are compared.
pub(crate) trait Contender {
    /// What tables call it.
    fn name(&self) -> &'static str;

    /// Its version, and those of the libraries that matter.
    ///
    /// # Errors
    /// It does not say.
    fn version(&self) -> Result<String, Error>;

    /// The command that serves on these ports until it is terminated.
    fn command(&self, ports: &Ports) -> Command;

    /// The connections at which its idle memory is measured.
    fn idle_connections(&self) -> usize;

    /// What its subscribers receive by.
    fn transport(&self) -> Transport {
        Transport::WebSocket
    }
}

/// Free ports of the loopback.
#[derive(Debug)]
pub(crate) struct Ports {
    /// Where clients come.
    pub(crate) clients: u16,
    /// The server's own business, such as a bus.
    pub(crate) internal: [u16; 2],
}

impl Ports {
    /// Asks the system; whoever is quicker than the server may still take one.
    ///
    /// # Errors
    /// None is free.
    pub(crate) fn free() -> Result<Self, Error> {
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::system("find a free port"));
        // All three are held until all are known, so that they differ.
        let listeners = [bind()?, bind()?, bind()?];
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(&listeners) {
            *port = listener.local_addr().map_err(Error::system("find a free port"))?.port();
        }
        let [clients, internal @ ..] = ports;
        Ok(Self { clients, internal })
    }

    /// Where clients come.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.clients).into()
    }

    /// The ports as both omnibusd and the original read them from the environment.
    pub(super) fn set(&self, command: &mut Command) {
        let [subscribers, publishers] = self.internal;
        command
            .env("OMNIBUS_SERVER_PORT", self.clients.to_string())
            .env("OMNIBUS_SUBSCRIBER_ADDRESS", format!("tcp://127.0.0.1:{subscribers}"))
            .env("OMNIBUS_PUBLISHER_ADDRESS", format!("tcp://127.0.0.1:{publishers}"));
    }
}
