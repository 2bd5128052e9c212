//! How many connections can the process hold?

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Descriptors that are not connections: listeners, event loops, standard streams, link attempts.
const RESERVED: u64 = 64;

/// Raises the limit of open files as far as allowed; returns the connections that it leaves room
/// for.
pub(crate) fn raise() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let limit = match setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    ) {
        Ok(()) => maximum,
        Err(error) => {
            warn!(%error, limit = current, "the limit of open files could not be raised");
            current
        }
    };
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit.saturating_sub(RESERVED)).unwrap_or(usize::MAX)
    })
}
