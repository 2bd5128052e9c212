//! What do all connections of the front share?

use std::net::IpAddr;
use std::sync::Arc;

use omnibus_hub::Peer;
use omnibus_sockjs::Iframe;
use omnibus_websocket::HeadLimits;

use crate::config::Config;
use crate::dialects::Dialects;
use crate::sessions::Sessions;

/// The choices of the front, one for all connections, and the sessions that outlive theirs.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) head_limits: HeadLimits,
    pub(crate) dialects: Dialects,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) iframe: Iframe,
    pub(crate) next_door: NextDoor,
}

/// Makes the peer of a connection whose request is answered, and which may bring another or not.
pub(crate) type NextDoor = fn(Arc<Shared>, IpAddr, bool) -> Box<dyn Peer>;

impl Shared {
    pub(crate) fn new(config: Config, dialects: Dialects, next_door: NextDoor) -> Self {
        let script_url = config.sockjs.as_ref().map_or("", |sockjs| &sockjs.script_url);
        Self {
            head_limits: HeadLimits {
                head_bytes_max: config.rules.limits.head_bytes_max,
                ..HeadLimits::default()
            },
            iframe: Iframe::new(script_url),
            sessions: Arc::new(Sessions::new()),
            next_door,
            dialects,
            config,
        }
    }
}
