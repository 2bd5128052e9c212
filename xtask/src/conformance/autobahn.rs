//! How does Autobahn's suite, which knows Python 2.7 only, get onto this machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Peer;
use crate::error::Error;
use crate::program::{self, Program};
use crate::setup;
use crate::workspace::Workspace;

/// The variable that names a Python 2.7.
const VARIABLE: &str = "OMNIBUS_PYTHON27";
/// Where pyenv keeps one, below the home folder.
const PYENV: &str = ".pyenv/versions/2.7.18/bin/python";

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
    let python27 = python27()?;
    let requirements = workspace.path("tests/foreign/autobahn/requirements.txt");
    let maker = workspace.path("tests/foreign/autobahn/requirements-virtualenv.txt");
    let inputs = [
        python27.to_string_lossy().into_owned(),
        fs::read_to_string(&requirements).map_err(Error::file(&requirements))?,
        fs::read_to_string(&maker).map_err(Error::file(&maker))?,
    ];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let place = Peer {
        name: "autobahn",
        inputs: &inputs,
    }
    .installed(cache, |folder| {
        let (today, suite) = (folder.join("virtualenv"), folder.join("suite"));
        setup::make_venv(&today)?;
        setup::pip_install(&today).arg("-r").arg(&maker).run_aside()?;
        Program::new(today.join("bin/python"))
            .args(["-m", "virtualenv", "--quiet", "--no-download", "--python"])
            .args([&python27, &suite])
            .run_aside()?;
        // All that is needed is listed; what the packages ask for today is not looked at.
        setup::pip_install(&suite)
            .args(["--no-deps", "-r"])
            .arg(&requirements)
            .run_aside()
    })?;
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

/// The Python 2.7 that the environment names, pyenv's, or the one on the search path.
fn python27() -> Result<PathBuf, Error> {
    let named = env::var_os(VARIABLE).map(PathBuf::from);
    let pyenv = env::var_os("HOME").map(|home| PathBuf::from(home).join(PYENV));
    let candidates = [named, pyenv, program::find("python2.7")];
    candidates
        .into_iter()
        .flatten()
        .find(|path| is_python27(path))
        .ok_or_else(|| Error::Missing {
            what: "a Python 2.7, the only one that Autobahn's suite runs on,".to_owned(),
            hint: format!("install one (`pyenv install 2.7.18`), or name one in {VARIABLE}"),
        })
}

fn is_python27(path: &Path) -> bool {
    let ask = "import sys; assert sys.version_info[:2] == (2, 7)";
    Program::new(path).args(["-c", ask]).succeeds()
}
