//! How much CPU has a process used?

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;

/// The time that all threads of a process have spent on a core, in user space and in the kernel,
/// to the nanosecond. Threads that have ended are not in it.
///
/// # Errors
/// The process is gone, or the kernel does not tell.
pub(crate) fn cpu_time(process: u32) -> Result<Duration, Error> {
    let tasks = PathBuf::from(format!("/proc/{process}/task"));
    let mut total = Duration::ZERO;
    for task in fs::read_dir(&tasks).map_err(Error::file(&tasks))? {
        let path = task.map_err(Error::file(&tasks))?.path().join("schedstat");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            // The thread has ended since the folder was read.
            Err(_) if !path.exists() => continue,
            Err(error) => return Err(Error::file(&path)(error)),
        };
        let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
        total += Duration::from_nanos(nanos.ok_or_else(|| Error::Malformed {
            what: path.display().to_string(),
            expected: "how long a thread has run",
        })?);
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn busy_thread_is_seen_to_be_busy() {
        let process = std::process::id();
        let before = cpu_time(process).unwrap();
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(20) {}
        assert!(cpu_time(process).unwrap() > before);
    }
}
