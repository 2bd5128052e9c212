//! Where are the project's own files?

use std::path::{Path, PathBuf};

/// A path below the project's folder.
#[must_use]
pub fn path(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(below)
}

/// Whether files that tests compare with what they make shall be written anew instead:
/// `OMNIBUS_BLESS=1`.
#[must_use]
pub fn is_blessing() -> bool {
    std::env::var("OMNIBUS_BLESS").is_ok_and(|value| value == "1")
}
