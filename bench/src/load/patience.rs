//! For how long may nothing come?

use std::time::Duration;

/// What a run may wait for the next byte before it counts as stalled.
pub(super) const STALL_MAX: Duration = Duration::from_secs(30);
