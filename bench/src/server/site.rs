//! Where does a server run: on which ports, in which folder?

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::error::Error;

/// Free ports of the loopback, and an empty folder that goes with the server.
#[derive(Debug)]
pub(crate) struct Site {
    /// Where clients come.
    clients: u16,
    /// The server's own business, such as a bus.
    internal: [u16; 2],
    folder: TempDir,
}

impl Site {
    /// Asks the system; whoever is quicker than the server may still take a port.
    ///
    /// # Errors
    /// None is free, or no folder can be made.
    pub(crate) fn new() -> Result<Self, Error> {
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::system("find a free port"));
        // All three are held until all are known, so that they differ.
        let listeners = [bind()?, bind()?, bind()?];
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(&listeners) {
            *port = listener.local_addr().map_err(Error::system("find a free port"))?.port();
        }
        let [clients, internal @ ..] = ports;
        let folder = TempDir::with_prefix("omnibus-bench-").map_err(Error::system("make a folder"))?;
        Ok(Self {
            clients,
            internal,
            folder,
        })
    }

    /// Where clients come.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.clients).into()
    }

    /// The port where clients come.
    pub(super) fn port(&self) -> u16 {
        self.clients
    }

    /// The ports as both omnibusd and the original read them from the environment.
    pub(super) fn set(&self, command: &mut Command) {
        let [subscribers, publishers] = self.internal;
        command
            .env("OMNIBUS_SERVER_PORT", self.clients.to_string())
            .env("OMNIBUS_SUBSCRIBER_ADDRESS", format!("tcp://127.0.0.1:{subscribers}"))
            .env("OMNIBUS_PUBLISHER_ADDRESS", format!("tcp://127.0.0.1:{publishers}"));
    }

    /// Writes a configuration into the folder with what only the site knows, and tells where.
    ///
    /// # Errors
    /// The configuration can't be read or written.
    pub(super) fn configure(&self, configuration: &Path) -> Result<PathBuf, Error> {
        let text = fs::read_to_string(configuration).map_err(Error::file(configuration))?;
        let folder = self.folder.path();
        let text = text
            .replace("@clients@", &self.clients.to_string())
            .replace("@internal@", &self.internal[0].to_string())
            .replace("@folder@", &folder.display().to_string());
        self.write(configuration.file_name().unwrap_or_default(), &text)
    }

    /// Writes a file into the folder, and tells where.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) fn write(&self, name: impl AsRef<Path>, text: &str) -> Result<PathBuf, Error> {
        let file = self.folder.path().join(name);
        fs::write(&file, text).map_err(Error::file(&file))?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_of_the_peers_have_no_word_left_to_fill_in() {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let site = Site::new().unwrap();
        for name in ["nginx.conf", "nats.conf", "mosquitto.conf", "sockudo.toml"] {
            let text = fs::read_to_string(site.configure(&peers.join(name)).unwrap()).unwrap();
            assert!(!text.contains('@') && text.contains(&site.port().to_string()), "{text}");
        }
    }
}
