//! How does the original Python server get onto this machine?

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Peer;
use crate::error::Error;
use crate::program::{self, Program};
use crate::workspace::Workspace;

/// Where a Python may be, best first: the one that the original was measured on, then the
/// user's, then Debian's behind it.
const CANDIDATES: [&str; 4] = ["python3.11", "python3", "/usr/bin/python3.11", "/usr/bin/python3"];

/// Prints version and path where this Python can hold the pinned packages: Django 4.2 knows
/// 3.8 to 3.12, tornado 6.5 begins at 3.9, and making an environment takes ensurepip.
const SUITABLE: &str = "import sys, ensurepip, venv\n\
    assert (3, 9) <= sys.version_info[:2] <= (3, 12)\n\
    print(sys.version, sys.executable)";

/// Returns the environment with the original server and its libraries, made where it is absent.
pub(crate) fn original(workspace: &Workspace, cache: &Path) -> Result<PathBuf, Error> {
    let libraries = workspace.path("tests/foreign/python/requirements.txt");
    let original = workspace.path("tests/foreign/python/requirements-original.txt");
    let python = suitable()?;
    let inputs = [
        python.version.as_str(),
        &fs::read_to_string(&libraries).map_err(Error::file(&libraries))?,
        &fs::read_to_string(&original).map_err(Error::file(&original))?,
    ];
    Peer {
        name: "python",
        inputs: &inputs,
    }
    .installed(cache, |folder| {
        make_venv_of(&python, folder)?;
        // Packages without a wheel are built; the constraint pins what they are built with too.
        pip_install(folder)
            .env("PIP_CONSTRAINT", &libraries)
            .args(["--use-pep517", "-r"])
            .arg(&libraries)
            .run_aside()?;
        pip_install(folder)
            .args(["--no-deps", "-r"])
            .arg(&original)
            .run_aside()?;
        Program::new(folder.join("bin/python"))
            .args(["-c", "import django, sockjs.tornado, tornado, websockets, zmq"])
            .run_aside()
    })
}

/// Returns an environment with what the file pins and nothing else, made where it is absent.
pub(crate) fn environment(
    workspace: &Workspace,
    cache: &Path,
    name: &'static str,
    requirements: &str,
) -> Result<PathBuf, Error> {
    let file = workspace.path(requirements);
    let python = suitable()?;
    Peer {
        name,
        inputs: &[
            python.version.as_str(),
            &fs::read_to_string(&file).map_err(Error::file(&file))?,
        ],
    }
    .installed(cache, |folder| {
        make_venv_of(&python, folder)?;
        pip_install(folder).arg("-r").arg(&file).run_aside()
    })
}

/// Makes an environment in the folder, of a Python that this machine has.
///
/// The folder is renamed later, and then only `bin/python` works: its scripts know the old path.
pub(crate) fn make_venv(folder: &Path) -> Result<(), Error> {
    make_venv_of(&suitable()?, folder)
}

fn make_venv_of(python: &Python, folder: &Path) -> Result<(), Error> {
    Program::new(&python.path).args(["-m", "venv"]).arg(folder).run_aside()
}

/// The environment's `pip install`, quiet and asking nothing.
pub(crate) fn pip_install(venv: &Path) -> Program {
    Program::new(venv.join("bin/python")).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ])
}

/// The folder of an environment that holds its packages.
pub(crate) fn site_packages(venv: &Path) -> Result<PathBuf, Error> {
    let ask = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let path = Program::new(venv.join("bin/python")).args(["-c", ask]).output()?;
    Ok(PathBuf::from(path.trim()))
}

struct Python {
    path: PathBuf,
    /// Version and path: another interpreter makes another environment.
    version: String,
}

fn suitable() -> Result<Python, Error> {
    CANDIDATES
        .iter()
        .filter_map(|name| program::find(name))
        .find_map(|path| {
            let version = Program::new(&path).args(["-c", SUITABLE]).output().ok()?;
            Some(Python { path, version })
        })
        .ok_or_else(|| Error::Missing {
            what: "a Python from 3.9 to 3.12 with venv".to_owned(),
            hint: "run `apt-get install python3-venv` as root, or its like".to_owned(),
        })
}
