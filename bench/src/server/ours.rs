//! How is omnibusd started?

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::error::Error;
use crate::measure;

use super::{Contender, Ports};

/// The release build of omnibusd.
pub(crate) struct Ours {
    program: PathBuf,
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
