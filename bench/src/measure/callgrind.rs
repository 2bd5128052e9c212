//! How many instructions does a program execute?

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

use crate::error::Error;

use super::program::said;

/// Runs of a program under valgrind's callgrind, which counts every instruction outside the
/// kernel, however busy the machine is.
#[derive(Debug)]
pub(crate) struct Callgrind {
    counts: PathBuf,
}

impl Callgrind {
    pub(crate) fn new() -> Self {
        let name = format!("omnibus-bench-{}.callgrind", process::id());
        Self {
            counts: env::temp_dir().join(name),
        }
    }

    /// The same command, counted.
    pub(crate) fn wrap(&self, command: &Command) -> Command {
        let mut file = OsString::from("--callgrind-out-file=");
        file.push(&self.counts);
        let mut wrapped = Command::new("valgrind");
        wrapped
            .args(["--quiet", "--tool=callgrind"])
            .arg(file)
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(name, value),
                None => wrapped.env_remove(name),
            };
        }
        wrapped
    }

    /// The instructions of the last run, which has ended.
    ///
    /// # Errors
    /// It has left no count.
    pub(crate) fn instructions(&self) -> Result<u64, Error> {
        let text = fs::read_to_string(&self.counts).map_err(Error::file(&self.counts))?;
        total_of(&text).ok_or_else(|| Error::Malformed {
            what: self.counts.display().to_string(),
            expected: "how many instructions there were",
        })
    }
}

impl Callgrind {
    /// What callgrind_annotate says of the last run, which has ended.
    ///
    /// # Errors
    /// It does not run.
    pub(crate) fn annotate(&self) -> Result<String, Error> {
        said(
            Command::new("callgrind_annotate")
                .arg("--threshold=100")
                .arg(&self.counts),
        )
    }
}

impl Drop for Callgrind {
    fn drop(&mut self) {
        // Without a run there is no file.
        let _no_run = fs::remove_file(&self.counts);
    }
}

fn total_of(counts: &str) -> Option<u64> {
    let line = counts.lines().find_map(|line| line.strip_prefix("totals: "))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_is_found_behind_the_functions() {
        assert_eq!(total_of("events: Ir\nfn=(1) main\n3 17\n\ntotals: 1234\n"), Some(1_234));
    }
}
