//! Which foreign peers are there, and by which variables do tests find them.

use std::path::{Path, PathBuf};

use crate::cache;
use crate::error::Error;
use crate::program;
use crate::workspace::Workspace;

use super::{apt, node, python};

/// Where the foreign peers are; tests read the variables of the same names.
#[derive(Debug)]
pub(crate) struct Peers {
    /// A Python that imports the original server and pyzmq.
    python: PathBuf,
    /// The original's JavaScript client, as the wheel brings it.
    original_static: PathBuf,
    /// A node, 18 or newer.
    node: PathBuf,
    /// What package-lock.json pins.
    node_modules: PathBuf,
    /// The browser.
    chromium: PathBuf,
}

impl Peers {
    /// The environment variables that tests read.
    pub(crate) fn variables(&self) -> [(&'static str, &Path); 5] {
        [
            ("OMNIBUS_TEST_PYTHON", &self.python),
            ("OMNIBUS_TEST_ORIGINAL_STATIC", &self.original_static),
            ("OMNIBUS_TEST_NODE", &self.node),
            ("OMNIBUS_TEST_NODE_MODULES", &self.node_modules),
            ("OMNIBUS_TEST_CHROMIUM", &self.chromium),
        ]
    }
}

/// Installs what is missing and tells where everything is.
pub(crate) fn install(workspace: &Workspace) -> Result<Peers, Error> {
    apt::install(&workspace.path("tests/foreign/apt.txt"))?;
    let cache = cache::folder()?;
    let venv = python::original(workspace, &cache)?;
    Ok(Peers {
        python: venv.join("bin/python"),
        original_static: python::site_packages(&venv)?.join("omnibus/static/omnibus"),
        node: found("node")?,
        node_modules: node::modules(workspace, &cache)?,
        chromium: found("chromium")?,
    })
}

fn found(name: &str) -> Result<PathBuf, Error> {
    program::find(name).ok_or_else(|| Error::Missing {
        what: format!("`{name}` on the search path"),
        hint: "tests/foreign/apt.txt names its package".to_owned(),
    })
}
