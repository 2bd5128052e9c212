//! How is the original server started?

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::load::{Dialect, OMNIBUS};
use crate::measure;

use super::{Contender, Site};

/// The variable that names a Python which imports the original.
const PYTHON: &str = "OMNIBUS_TEST_PYTHON";

/// Prints the versions of the original and of what it stands on.
const VERSIONS: &str = "
import platform, importlib.metadata as installed, zmq
names = ['django-omnibus', 'tornado', 'pyzmq']
parts = [name + ' ' + installed.version(name) for name in names]
print(', '.join(parts), '(libzmq ' + zmq.zmq_version() + '), Python', platform.python_version())
";

/// django-omnibus, by the launcher that the tests use too.
#[derive(Debug)]
pub(crate) struct Original {
    python: PathBuf,
    launcher: PathBuf,
}

impl Original {
    /// Finds it as the tests do.
    ///
    /// # Errors
    /// The variable is not set.
    pub(crate) fn of_environment(root: &Path) -> Result<Self, Error> {
        let python = env::var_os(PYTHON).ok_or_else(|| Error::Missing {
            what: PYTHON.to_owned(),
            hint: "run `cargo xtask bench`, which installs the original and sets it",
        })?;
        Ok(Self {
            python: python.into(),
            launcher: root.join("tests/foreign/python/original/original_server.py"),
        })
    }
}

impl Contender for Original {
    fn name(&self) -> &'static str {
        "original"
    }

    fn version(&self) -> Result<String, Error> {
        measure::said(Command::new(&self.python).args(["-c", VERSIONS]))
    }

    fn command(&self, site: &Site) -> Result<Command, Error> {
        let mut command = Command::new(&self.python);
        site.set(&mut command);
        command
            .arg(&self.launcher)
            .args(["--exit-with-stdin", "--log", "error"]);
        Ok(command)
    }

    fn dialect(&self) -> &'static dyn Dialect {
        OMNIBUS
    }

    fn clients_max(&self) -> usize {
        // It ends connections from the 1,022nd on.
        1_021
    }

    fn carries_much(&self) -> bool {
        // A core of it carries some 7,000 deliveries a second.
        false
    }
}
