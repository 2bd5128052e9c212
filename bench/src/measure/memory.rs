//! How much memory does a process hold?

use std::fs;
use std::path::PathBuf;

use crate::error::Error;

/// Bytes of anonymous memory that are in use: heap and stacks, not the program's files.
///
/// # Errors
/// The process is gone.
pub(crate) fn anonymous_bytes(process: u32) -> Result<u64, Error> {
    let path = PathBuf::from(format!("/proc/{process}/status"));
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    anonymous_of(&text).ok_or_else(|| Error::Malformed {
        what: path.display().to_string(),
        expected: "RssAnon",
    })
}

fn anonymous_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kibibytes: u64 = line.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_of_the_kernel_is_read() {
        assert_eq!(anonymous_of("VmRSS:\t  9 kB\nRssAnon:\t     160 kB\n"), Some(160 << 10));
        assert_eq!(anonymous_of("VmRSS:\t  9 kB\n"), None);
    }
}
