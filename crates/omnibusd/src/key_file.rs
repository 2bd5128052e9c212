//! Who else can read the server's key?

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tracing::warn;

/// The permission of everybody to read a file.
const OTHERS_READ: u32 = 0o004;

/// Warns where everybody on this host may read the key: who has it can be this server.
pub(crate) fn look_at(path: &Path) {
    // It was read just now; where it is gone since, nobody reads it.
    let Ok(metadata) = fs::metadata(path) else { return };
    if metadata.permissions().mode() & OTHERS_READ != 0 {
        warn!(
            path = %path.display(),
            "server.tls_key can be read by everybody on this host; keep it to the server's user: chmod 600"
        );
    }
}
