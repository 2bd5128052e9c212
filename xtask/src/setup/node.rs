//! How do the JavaScript peers get onto this machine?

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Peer;
use crate::error::Error;
use crate::program::Program;
use crate::workspace::Workspace;

/// What npm needs to install exactly what is pinned.
const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Returns the folder `node_modules` with what the lock file in `home` pins, made where it is
/// absent. `name` tells it from others in the cache.
pub(crate) fn modules(workspace: &Workspace, cache: &Path, name: &'static str, home: &str) -> Result<PathBuf, Error> {
    let mut texts = Vec::new();
    for name in FILES {
        let file = workspace.path(home).join(name);
        texts.push(fs::read_to_string(&file).map_err(Error::file(&file))?);
    }
    let inputs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let place = Peer { name, inputs: &inputs }.installed(cache, |folder| {
        for (name, text) in FILES.iter().zip(&texts) {
            let file = folder.join(name);
            fs::write(&file, text).map_err(Error::file(&file))?;
        }
        Program::new("npm").arg("ci").folder(folder).run_aside()
    })?;
    Ok(place.join("node_modules"))
}
