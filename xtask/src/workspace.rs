//! Where are the project's files?

use std::env;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Error;
use crate::program::Program;

/// The folder that holds the workspace's `Cargo.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the workspace of the running xtask, from whatever folder it was called.
    ///
    /// Cargo's variable at run time goes first: clones that share a target folder can share the
    /// binary, and the path that was compiled in is then another clone's.
    pub(crate) fn find() -> Self {
        let manifest_folder =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_folder.parent().unwrap_or(&manifest_folder).to_owned();
        Self { root }
    }

    /// The workspace's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file or folder below it.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// The folder that cargo builds into.
    pub(crate) fn target(&self) -> Result<PathBuf, Error> {
        let text = self
            .cargo(&["metadata", "--format-version", "1", "--no-deps"])
            .output()?;
        let json: Value = serde_json::from_str(&text).map_err(|error| Error::malformed("cargo metadata", error))?;
        let folder = json.get("target_directory").and_then(Value::as_str);
        let folder = folder.ok_or_else(|| Error::malformed("cargo metadata", "no target_directory"))?;
        Ok(PathBuf::from(folder))
    }

    /// Cargo, at the root of the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Program {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Program::new(cargo).args(arguments).folder(&self.root)
    }

    /// The same for what is measured: incremental builds cut the code into other pieces, and other
    /// functions become part of their callers.
    pub(crate) fn cargo_to_measure(&self, arguments: &[&str]) -> Program {
        self.cargo(arguments).env("CARGO_INCREMENTAL", "0")
    }
}
