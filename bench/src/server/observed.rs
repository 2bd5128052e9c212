//! How is omnibusd started so that its metrics can be read?

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;

use crate::error::Error;
use crate::load::Dialect;

use super::{Contender, Ours, Site};

/// omnibusd, and where it tells its metrics.
#[derive(Debug)]
pub(crate) struct Observed<'a> {
    ours: &'a Ours,
    metrics: SocketAddr,
}

impl<'a> Observed<'a> {
    /// Asks the system for a free port; whoever is quicker than the server may still take it.
    ///
    /// # Errors
    /// None is free.
    pub(crate) fn new(ours: &'a Ours) -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let metrics = listener.and_then(|listener| listener.local_addr());
        Ok(Self {
            ours,
            metrics: metrics.map_err(Error::system("find a free port"))?,
        })
    }

    /// Where the metrics are.
    pub(crate) fn metrics(&self) -> SocketAddr {
        self.metrics
    }
}

impl Contender for Observed<'_> {
    fn name(&self) -> &'static str {
        self.ours.name()
    }

    fn version(&self) -> Result<String, Error> {
        self.ours.version()
    }

    fn command(&self, site: &Site) -> Result<Command, Error> {
        let mut command = self.ours.command(site)?;
        command.env("OMNIBUS_API_LISTEN", self.metrics.to_string());
        Ok(command)
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.ours.dialect()
    }
}
