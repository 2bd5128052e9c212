//! Which servers does the benchmark measure beside ours, and how do they get onto this machine?

use std::fs;
use std::path::PathBuf;

use crate::cache::{self, Peer};
use crate::error::Error;
use crate::program::Program;
use crate::workspace::Workspace;

use super::peers::Peers;
use super::{apt, python};

/// Installs what only the benchmark needs, where it is missing, and tells where it is.
///
/// # Errors
/// Where packages are missing and can't be installed, or a server is not built.
pub(crate) fn install(workspace: &Workspace, is_all: bool) -> Result<Peers, Error> {
    apt::install(&workspace.path("bench/peers/apt.txt"))?;
    let mut rivals = vec![("OMNIBUS_TEST_UWEBSOCKETS", uwebsockets(workspace)?)];
    if is_all {
        apt::install(&workspace.path("bench/peers/apt-all.txt"))?;
        rivals.push(("OMNIBUS_TEST_SOCKUDO", sockudo(workspace)?));
    }
    Ok(Peers::new(rivals))
}

/// The version of Sockudo that is measured, and where `cargo install` puts its program.
const SOCKUDO: &str = "5.2.0";
const SOCKUDO_PROGRAM: &str = "bin/sockudo";

/// Returns Sockudo of crates.io, built as its authors have locked it where it is absent.
fn sockudo(workspace: &Workspace) -> Result<PathBuf, Error> {
    let place = Peer {
        name: "sockudo",
        inputs: &[SOCKUDO],
    }
    .installed(&cache::folder()?, |folder| {
        workspace
            .cargo(&["install", "sockudo", "--version", SOCKUDO, "--locked", "--root"])
            .arg(folder)
            .run_aside()
    })?;
    Ok(place.join(SOCKUDO_PROGRAM))
}

/// What the package brings for this system: the library alone, which is all that is used.
const LIBRARY: &str = "libsocketify_linux_amd64.so";

/// Returns our server around the library of uWebSockets, compiled where it is absent.
fn uwebsockets(workspace: &Workspace) -> Result<PathBuf, Error> {
    let requirements = workspace.path("bench/peers/requirements.txt");
    let source = workspace.path("bench/peers/uwebsockets.c");
    let pinned = fs::read_to_string(&requirements).map_err(Error::file(&requirements))?;
    let program = fs::read_to_string(&source).map_err(Error::file(&source))?;
    let package =
        package(&pinned).ok_or_else(|| Error::malformed(requirements.display().to_string(), "it pins no socketify"))?;
    let place = Peer {
        name: "uwebsockets",
        inputs: &[&pinned, &program],
    }
    .installed(&cache::folder()?, |folder| {
        let venv = folder.join("venv");
        python::make_venv(&venv)?;
        // The package is built where it is installed; the constraint pins what it is built with.
        python::pip_install(&venv)
            .env("PIP_CONSTRAINT", &requirements)
            .args(["--use-pep517", "--no-deps"])
            .arg(format!("socketify=={}", package.1))
            .run_aside()?;
        let library = python::site_packages(&venv)?.join("socketify").join(LIBRARY);
        let beside = folder.join(LIBRARY);
        fs::copy(&library, &beside).map_err(Error::file(&library))?;
        Program::new("cc")
            .args(["-O2", "-std=c11", "-Wall", "-Wextra", "-Werror"])
            .arg(format!("-DLIBRARY=\"uWebSockets of {} {}\"", package.0, package.1))
            .arg(&source)
            .args(["-o".as_ref(), folder.join(PROGRAM).as_os_str()])
            .args(["-L".as_ref(), folder.as_os_str()])
            // The folder gets another name.
            .args([
                &format!("-l:{LIBRARY}"),
                "-Wl,-rpath,$ORIGIN",
                "-Wl,--allow-shlib-undefined",
            ])
            .run_aside()?;
        // The library is all that was wanted of it.
        fs::remove_dir_all(&venv).map_err(Error::file(&venv))
    })?;
    Ok(place.join(PROGRAM))
}

const PROGRAM: &str = "uwebsockets";

/// The package of the library and its version, as they are pinned.
fn package(requirements: &str) -> Option<(&str, &str)> {
    let mut pinned = requirements.lines().filter_map(|line| line.split_once("=="));
    pinned.find(|(name, _)| *name == "socketify")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_that_which_is_pinned() {
        assert_eq!(package("# why\nwheel==1\nsocketify==0.2\n"), Some(("socketify", "0.2")));
        assert_eq!(package("wheel==1\n"), None);
    }
}
