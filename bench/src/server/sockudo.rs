//! How is Sockudo started?

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::load::{Dialect, PUSHER};
use crate::measure;

use super::{Contender, Site};

/// The variable that names its program.
const PROGRAM: &str = "OMNIBUS_TEST_SOCKUDO";

/// Sockudo of crates.io, with a configuration of ours.
#[derive(Debug)]
pub(crate) struct Sockudo {
    program: PathBuf,
    configuration: PathBuf,
}

impl Sockudo {
    /// What tables call it.
    pub(crate) const NAME: &str = "Sockudo";

    /// Messages that may wait for a client before it is closed: its default.
    pub(crate) const WAITING_MAX: usize = 1_000;

    /// Finds it.
    ///
    /// # Errors
    /// The variable is not set.
    pub(crate) fn of_environment(root: &Path) -> Result<Self, Error> {
        let program = env::var_os(PROGRAM).ok_or_else(|| Error::Missing {
            what: PROGRAM.to_owned(),
            hint: "run `cargo xtask bench --all`, which builds Sockudo and sets it",
        })?;
        Ok(Self {
            program: program.into(),
            configuration: root.join("bench/peers/sockudo.toml"),
        })
    }
}

impl Contender for Sockudo {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> Result<String, Error> {
        measure::said(Command::new(&self.program).arg("--version"))
    }

    fn command(&self, site: &Site) -> Result<Command, Error> {
        let mut command = Command::new(&self.program);
        command
            .arg("--config")
            .arg(site.configure(&self.configuration)?)
            // It says something of every connection otherwise.
            .env("RUST_LOG", "error");
        Ok(command)
    }

    fn dialect(&self) -> &'static dyn Dialect {
        PUSHER
    }

    fn waiting_max(&self) -> usize {
        Self::WAITING_MAX
    }
}
