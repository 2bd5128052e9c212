//! How is omnibusd started?

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::load::Transport;
use crate::measure;

use super::{Contender, Ports};

/// The release build of omnibusd.
#[derive(Debug, Clone)]
pub(crate) struct Ours {
    program: PathBuf,
}

/// The same where it serves SockJS, with subscribers that receive by one transport.
#[derive(Debug)]
pub(crate) struct OursBy {
    ours: Ours,
    transport: Transport,
}

impl Ours {
    /// Finds the one that was built together with this program.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn beside_this_program() -> Result<Self, Error> {
        let this = env::current_exe().map_err(Error::system("find this program"))?;
        let program = this.with_file_name("omnibusd");
        if program.is_file() {
            return Ok(Self { program });
        }
        Err(Error::Missing {
            what: "omnibusd, built for release,".to_owned(),
            hint: "run `cargo xtask bench`, which builds it",
        })
    }

    /// Where it is.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// The same with SockJS.
    pub(crate) fn by(&self, transport: Transport) -> OursBy {
        OursBy {
            ours: self.clone(),
            transport,
        }
    }
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "omnibusd"
    }

    fn version(&self) -> Result<String, Error> {
        measure::said(Command::new(&self.program).arg("--version"))
    }

    fn command(&self, ports: &Ports) -> Command {
        let mut command = Command::new(&self.program);
        ports.set(&mut command);
        command
            .args(["--shards", "1"])
            .env("OMNIBUS_SERVER_LISTEN", "127.0.0.1")
            // The original never pings; nor do we as long as a measurement lasts.
            .env("OMNIBUS_SERVER_PING_INTERVAL", "1h")
            .env("OMNIBUS_LOG_LEVEL", "error");
        command
    }

    fn idle_connections(&self) -> usize {
        10_000
    }
}

impl Contender for OursBy {
    fn name(&self) -> &'static str {
        self.transport.name()
    }

    fn version(&self) -> Result<String, Error> {
        self.ours.version()
    }

    fn command(&self, ports: &Ports) -> Command {
        let mut command = self.ours.command(ports);
        command
            .args(["--server-webapp-factory", "sockjs"])
            // All clients have one address.
            .args(["--sockjs-sessions-per-address-max", "100000"])
            // No stream comes to its end, so that none is asked for again meanwhile.
            .args(["--sockjs-stream-bytes-max", "1 GiB"]);
        command
    }

    fn idle_connections(&self) -> usize {
        self.ours.idle_connections()
    }

    fn transport(&self) -> Transport {
        self.transport
    }
}
