//! What do all connections of the front share?

use omnibus_websocket::HeadLimits;

use crate::config::Config;

/// The choices of the front, one for all connections.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) head_limits: HeadLimits,
}
