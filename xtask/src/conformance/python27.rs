//! How does a suite that knows Python 2.7 only get an environment on this machine?

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

/// Installs what `tests/foreign/NAME/requirements.txt` lists, or finds it in the cache; the suite's
/// Python is `suite/bin/python` in the folder that is returned.
///
/// # Errors
/// Where there is no Python 2.7, which no package list of today installs.
pub(super) fn environment(workspace: &Workspace, cache: &Path, name: &'static str) -> Result<PathBuf, Error> {
    let python27 = python27()?;
    let requirements = workspace.path("tests/foreign").join(name).join("requirements.txt");
    let maker = workspace.path("tests/foreign/autobahn/requirements-virtualenv.txt");
    let inputs = [
        python27.to_string_lossy().into_owned(),
        fs::read_to_string(&requirements).map_err(Error::file(&requirements))?,
        fs::read_to_string(&maker).map_err(Error::file(&maker))?,
    ];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let peer = Peer { name, inputs: &inputs };
    peer.installed(cache, |folder| {
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
            what: "a Python 2.7, the only one that these suites run on,".to_owned(),
            hint: format!("install one (`pyenv install 2.7.18`), or name one in {VARIABLE}"),
        })
}

fn is_python27(path: &Path) -> bool {
    let ask = "import sys; assert sys.version_info[:2] == (2, 7)";
    Program::new(path).args(["-c", ask]).succeeds()
}
