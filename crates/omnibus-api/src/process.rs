//! What does the system say of this process?

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

/// The process that this is.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    /// What the program calls its version.
    pub(crate) version: &'static str,
    began: SystemTime,
}

impl Process {
    /// This process, which begins now, of a program of this version.
    #[must_use]
    pub fn starting(version: &'static str) -> Self {
        Self {
            version,
            began: SystemTime::now(),
        }
    }

    /// When it began, in seconds since 1970.
    pub(crate) fn start_seconds(&self) -> f64 {
        let since = self.began.duration_since(UNIX_EPOCH);
        since.map_or(0.0, |since| since.as_secs_f64())
    }

    /// The memory that it holds, files included; `None` where the system does not say.
    pub(crate) fn resident_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = resident.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    }

    /// The processor time that it has used, by all threads, in the system too.
    pub(crate) fn processor_time(&self) -> Duration {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        // Both are above nought: it is a time that was used.
        Duration::new(
            u64::try_from(time.tv_sec).unwrap_or(0),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        )
    }
}
