//! On what was measured?

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::Error;

use super::program::said;

/// What a reader must know of the machine and the code.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gibibytes: u64,
    pub(crate) kernel: String,
    pub(crate) compiler: String,
    pub(crate) valgrind: String,
    pub(crate) commit: String,
}

impl Machine {
    /// Asks the kernel and the tools.
    ///
    /// # Errors
    /// One of them does not answer.
    pub(crate) fn read(root: &Path) -> Result<Self, Error> {
        let processors = read("/proc/cpuinfo")?;
        let field = |line: &str| line.split_once(": ").map(|(_, value)| value.trim().to_owned());
        let memory = read("/proc/meminfo")?;
        let kibibytes: u64 = memory
            .split_whitespace()
            .nth(1)
            .and_then(|number| number.parse().ok())
            .unwrap_or_default();
        let git = said(
            Command::new("git")
                .args(["describe", "--always", "--dirty=, changed"])
                .current_dir(root),
        );
        Ok(Self {
            processor: processors
                .lines()
                .find(|line| line.starts_with("model name"))
                .and_then(field)
                .unwrap_or_else(|| "unknown processor".to_owned()),
            cores: processors.lines().filter(|line| line.starts_with("processor")).count(),
            memory_gibibytes: (kibibytes + (1 << 19)) >> 20,
            kernel: version(&read("/proc/sys/kernel/osrelease")?),
            compiler: said(Command::new("rustc").arg("--version").current_dir(root))?,
            valgrind: said(Command::new("valgrind").arg("--version"))?,
            // A release's archive has no history.
            commit: git.unwrap_or_else(|_| "a release".to_owned()),
        })
    }
}

/// Raises the limit of open files as far as allowed: every client of a room is one.
pub(crate) fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Where it can't be raised, the client that finds no descriptor says so.
    let _as_it_was = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    );
}

fn read(path: &str) -> Result<String, Error> {
    let path = Path::new(path);
    fs::read_to_string(path).map_err(Error::file(path))
}

/// The numbers of a kernel's release, without what its builder has added.
fn version(release: &str) -> String {
    release.trim().split('-').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_is_told_without_its_builder() {
        assert_eq!(version("6.1.0-31-amd64\n"), "6.1.0");
    }
}
