//! How is the server started that the suite judges?

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::workspace::Workspace;

/// The example of the codec that sends every message back, built for release.
const EXAMPLE: &[&str] = &["--release", "--quiet", "-p", "omnibus-websocket", "--example", "echo"];
/// The example of the front's transports that does.
const SOCKJS_EXAMPLE: &[&str] = &[
    "--quiet",
    "-p",
    "omnibus-front",
    "--features",
    "conformance",
    "--example",
    "sockjs_echo",
];
/// How long it may take to listen once it is built.
const START_MAX: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// A running echo server; dropping it ends it.
#[derive(Debug)]
pub(super) struct Echo {
    server: Child,
    address: SocketAddr,
}

impl Echo {
    /// Builds and starts the codec's on a free port, and waits until it listens.
    pub(super) fn start(workspace: &Workspace) -> Result<Self, Error> {
        Self::of(workspace, EXAMPLE)
    }

    /// The same with the transports of SockJS.
    pub(super) fn of_sockjs(workspace: &Workspace) -> Result<Self, Error> {
        Self::of(workspace, SOCKJS_EXAMPLE)
    }

    fn of(workspace: &Workspace, example: &[&str]) -> Result<Self, Error> {
        workspace.cargo(&["build"]).args(example).run()?;
        let address = free_address()?;
        // On Unix cargo becomes the example, so that ending this child ends the server.
        let server = workspace
            .cargo(&["run"])
            .args(example)
            .arg("--")
            .arg(address.to_string())
            .start()?;
        let mut echo = Self { server, address };
        echo.wait()?;
        Ok(echo)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect_timeout(&self.address, POLL).is_err() {
            let ended = self.server.try_wait().ok().flatten();
            if let Some(status) = ended {
                return Err(Error::malformed("the echo example", format!("ended with {status}")));
            }
            if Instant::now() > deadline {
                let problem = format!("does not listen on {} after {START_MAX:?}", self.address);
                return Err(Error::malformed("the echo example", problem));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// An address that is free now; the example takes it a moment later.
fn free_address() -> Result<SocketAddr, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| Error::malformed("a free port on loopback", error))
}
