//! What do all connections of the front share?

use omnibus_sockjs::Iframe;
use omnibus_websocket::HeadLimits;

use crate::config::Config;
use crate::dialects::Dialects;
use crate::sockjs::Sessions;

/// The choices of the front, one for all connections, and the sessions that outlive theirs.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) head_limits: HeadLimits,
    pub(crate) dialects: Dialects,
    pub(crate) sessions: Sessions,
    pub(crate) iframe: Iframe,
}

impl Shared {
    pub(crate) fn new(config: Config, dialects: Dialects) -> Self {
        let script_url = config.sockjs.as_ref().map_or("", |sockjs| &sockjs.script_url);
        Self {
            head_limits: HeadLimits {
                head_bytes_max: config.rules.limits.head_bytes_max,
                ..HeadLimits::default()
            },
            iframe: Iframe::new(script_url),
            sessions: Sessions::new(),
            dialects,
            config,
        }
    }
}
