//! How much memory does a server hold?
//!
//! What it has in use of heap and stacks (`RssAnon`), and what its processes share
//! (`RssShmem`), once; not its program's files, and not what the kernel holds for its sockets.

use std::fs;
use std::path::PathBuf;

use crate::error::Error;

/// What all these processes of one server have in use.
///
/// # Errors
/// One of them is gone.
pub(crate) fn memory_bytes(processes: &[u32]) -> Result<u64, Error> {
    let (mut own, mut shared) = (0, 0);
    for process in processes {
        let path = PathBuf::from(format!("/proc/{process}/status"));
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let line = |name, expected| {
            bytes_of(&text, name).ok_or_else(|| Error::Malformed {
                what: path.display().to_string(),
                expected,
            })
        };
        own += line("RssAnon:", "RssAnon")?;
        shared = line("RssShmem:", "RssShmem")?.max(shared);
    }
    Ok(own + shared)
}

fn bytes_of(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_of_the_kernel_is_read() {
        let status = "VmRSS:\t  9 kB\nRssAnon:\t     160 kB\n";
        assert_eq!(bytes_of(status, "RssAnon:"), Some(160 << 10));
        assert_eq!(bytes_of(status, "RssShmem:"), None);
    }
}
