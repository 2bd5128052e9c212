//! What of the project do the rules look at?

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::workspace::Workspace;

use super::code::code_only;
use super::metadata::{self, Package};

/// The folders that hold the project's Rust files.
const FOLDERS: [&str; 5] = ["bench", "crates", "fuzz", "tests", "xtask"];
/// Folders that hold no source of ours.
const SKIPPED: [&str; 3] = ["target", "node_modules", "foreign"];

/// A snapshot of the project, read once for all rules.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// Where the project is.
    pub(super) root: PathBuf,
    /// Every package that cargo knows for the workspace, ours and others.
    pub(super) packages: Vec<Package>,
    /// Every Rust file, in the order of their paths.
    pub(super) files: Vec<RustFile>,
    /// ARCHITECTURE.md, empty where there is none.
    pub(super) architecture: String,
}

/// One Rust file.
#[derive(Debug)]
pub(super) struct RustFile {
    /// Its path from the project's root, with `/`.
    pub(super) path: String,
    /// All of it.
    pub(super) text: String,
    /// The same with comments and literals blanked out; lines and columns stay where they are.
    pub(super) code: String,
}

impl Project {
    /// Reads files and cargo's metadata.
    pub(super) fn read(workspace: &Workspace) -> Result<Self, Error> {
        let mut files = Vec::new();
        for folder in FOLDERS {
            collect(workspace.root(), &workspace.path(folder), &mut files)?;
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let architecture = workspace.path("ARCHITECTURE.md");
        Ok(Self {
            root: workspace.root().to_owned(),
            packages: metadata::read(workspace)?,
            files,
            architecture: match architecture.is_file() {
                true => fs::read_to_string(&architecture).map_err(Error::file(&architecture))?,
                false => String::new(),
            },
        })
    }

    /// A project of these files only.
    #[cfg(test)]
    pub(super) fn of_files(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| RustFile::new(path, text)).collect();
        Self {
            files,
            ..Self::default()
        }
    }

    /// A project of these packages only.
    #[cfg(test)]
    pub(super) fn of_packages(packages: Vec<Package>) -> Self {
        Self {
            packages,
            ..Self::default()
        }
    }
}

impl RustFile {
    /// A file with this path and text.
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code: code_only(text),
        }
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<RustFile>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !SKIPPED.contains(&name.as_ref()) && !name.starts_with('.') {
                collect(root, &path, files)?;
            }
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
            let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
            files.push(RustFile::new(&below.replace('\\', "/"), &text));
        }
    }
    Ok(())
}
