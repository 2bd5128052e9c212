//! How does Autobahn's suite, which knows Python 2.7 only, get onto this machine?

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::program::Program;
use crate::workspace::Workspace;

use super::python27;

/// The installed suite.
#[derive(Debug)]
pub(super) struct Autobahn {
    /// The Python that imports it.
    pub(super) python: PathBuf,
    /// What it says its version is, and the Python's.
    pub(super) version: String,
}

/// Installs the suite, or finds it in the cache.
///
/// # Errors
/// Where there is no Python 2.7, which no package list of today installs.
pub(super) fn install(workspace: &Workspace, cache: &Path) -> Result<Autobahn, Error> {
    let place = python27::environment(workspace, cache, "autobahn")?;
    let python = place.join("suite/bin/python");
    let ask = "import platform, pkg_resources as p\n\
               print 'autobahntestsuite %s, Python %s' % (\
               p.get_distribution('autobahntestsuite').version, platform.python_version())";
    let version = Program::new(&python).args(["-W", "ignore", "-c", ask]).output()?;
    Ok(Autobahn {
        python,
        version: version.trim().to_owned(),
    })
}
