//! Which code is judged?

use crate::error::Error;
use crate::program::Program;
use crate::workspace::Workspace;

/// The crate's version and the commit.
pub(super) fn version(workspace: &Workspace, package: &str) -> Result<String, Error> {
    let id = workspace.cargo(&["pkgid", "-p", package]).output()?;
    let version = id.trim().rsplit(['#', '@']).next().unwrap_or_default().to_owned();
    let commit = Program::new("git")
        .args(["describe", "--always", "--dirty=, changed"])
        .folder(workspace.root())
        .output();
    Ok(match commit {
        Ok(commit) => format!("{package} {version} ({})", commit.trim()),
        // A release's archive has no history.
        Err(_) => format!("{package} {version}"),
    })
}
