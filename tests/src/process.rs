//! What does the system know about a process?

use std::fs;
use std::path::PathBuf;

/// A running process, as `/proc` shows it.
#[derive(Debug, Clone)]
pub struct Process {
    folder: PathBuf,
}

impl Process {
    /// The process of this number.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        Self {
            folder: PathBuf::from(format!("/proc/{pid}")),
        }
    }

    /// The memory that it has written to and that lies in no file, in bytes: what its own
    /// allocations cost now (`RssAnon`).
    ///
    /// # Panics
    /// If the process has ended.
    #[must_use]
    pub fn anonymous_bytes(&self) -> u64 {
        self.status("RssAnon") * 1024
    }

    /// The most memory that it ever held, files included, in bytes (`VmHWM`).
    ///
    /// # Panics
    /// If the process has ended.
    #[must_use]
    pub fn peak_bytes(&self) -> u64 {
        self.status("VmHWM") * 1024
    }

    /// How many descriptors it has open.
    ///
    /// # Panics
    /// If the process has ended.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        fs::read_dir(self.folder.join("fd")).expect("the process runs").count()
    }

    /// Whether a thread of this name sleeps.
    #[must_use]
    pub fn is_asleep(&self, thread: &str) -> bool {
        let Ok(threads) = fs::read_dir(self.folder.join("task")) else {
            return false;
        };
        threads.flatten().any(|entry| {
            let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            let says = |key: &str, value: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(key));
                line.is_some_and(|line| line.trim_start().starts_with(value))
            };
            says("Name:", thread) && says("State:", "S")
        })
    }

    fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(self.folder.join("status")).expect("the process runs");
        status
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
            .and_then(|value| value.split_whitespace().next()?.parse().ok())
            .unwrap_or_else(|| panic!("{key} stands in the status of a process"))
    }
}
