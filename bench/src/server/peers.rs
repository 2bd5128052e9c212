//! How are the servers started that others have made?

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::load::{Dialect, MQTT, NATS, NCHAN, UWEBSOCKETS};
use crate::measure;

use super::{Contender, Site};

/// The variable that names our server around uWebSockets, compiled.
const UWEBSOCKETS_PROGRAM: &str = "OMNIBUS_TEST_UWEBSOCKETS";

/// The C library of uWebSockets, driven by `bench/peers/uwebsockets.c`.
#[derive(Debug)]
pub(crate) struct UWebSockets {
    program: PathBuf,
}

impl UWebSockets {
    /// Finds it.
    ///
    /// # Errors
    /// The variable is not set.
    pub(crate) fn of_environment() -> Result<Self, Error> {
        let program = env::var_os(UWEBSOCKETS_PROGRAM).ok_or_else(|| Error::Missing {
            what: UWEBSOCKETS_PROGRAM.to_owned(),
            hint: "run `cargo xtask bench`, which builds the server around uWebSockets and sets it",
        })?;
        Ok(Self {
            program: program.into(),
        })
    }
}

impl Contender for UWebSockets {
    fn name(&self) -> &'static str {
        "uWebSockets"
    }

    fn version(&self) -> Result<String, Error> {
        measure::said(Command::new(&self.program).arg("--version"))
    }

    fn command(&self, site: &Site) -> Result<Command, Error> {
        let mut command = Command::new(&self.program);
        command.arg(site.port().to_string());
        Ok(command)
    }

    fn dialect(&self) -> &'static dyn Dialect {
        UWEBSOCKETS
    }
}

/// A server that Debian packages, with a configuration of ours.
#[derive(Debug)]
pub(crate) struct Packaged {
    name: &'static str,
    packages: &'static [&'static str],
    program: &'static str,
    arguments: &'static [&'static str],
    configuration: PathBuf,
    dialect: &'static dyn Dialect,
}

impl Packaged {
    /// nginx with the module nchan.
    pub(crate) fn nchan(root: &Path) -> Self {
        Self {
            name: "nchan",
            packages: &["libnginx-mod-nchan", "nginx"],
            program: "/usr/sbin/nginx",
            // Debian's modules lie below its own prefix.
            arguments: &["-p", "/usr/share/nginx", "-c"],
            configuration: root.join("bench/peers/nginx.conf"),
            dialect: NCHAN,
        }
    }

    pub(crate) fn nats(root: &Path) -> Self {
        Self {
            name: "nats-server",
            packages: &["nats-server"],
            program: "nats-server",
            arguments: &["-l", "/dev/null", "-c"],
            configuration: root.join("bench/peers/nats.conf"),
            dialect: NATS,
        }
    }

    pub(crate) fn mosquitto(root: &Path) -> Self {
        Self {
            name: "mosquitto",
            packages: &["mosquitto"],
            program: "/usr/sbin/mosquitto",
            arguments: &["-c"],
            configuration: root.join("bench/peers/mosquitto.conf"),
            dialect: MQTT,
        }
    }
}

impl Contender for Packaged {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> Result<String, Error> {
        let mut query = Command::new("dpkg-query");
        query
            .args(["--show", "--showformat", "${Package} ${Version}, "])
            .args(self.packages);
        // Where the program came from elsewhere, Debian knows nothing.
        let versions = measure::said(&mut query).unwrap_or_else(|_| "not Debian's".to_owned());
        Ok(versions.trim_end_matches([',', ' ']).to_owned())
    }

    fn command(&self, site: &Site) -> Result<Command, Error> {
        let mut command = Command::new(self.program);
        command.args(self.arguments).arg(site.configure(&self.configuration)?);
        Ok(command)
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }
}
