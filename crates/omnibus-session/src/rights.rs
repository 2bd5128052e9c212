//! Which channels may this client read, and which write?
//!
//! An authenticator grants rights with the identity, and they last until the
//! next `!authenticate`. A client without an identity has none.

use omnibus_protocol::ChannelName;

/// What an authenticated client may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    subscribe: bool,
    publish: bool,
}

impl Rights {
    /// Every channel, both ways: what the NoOp authenticator grants.
    pub const ALL: Self = Self {
        subscribe: true,
        publish: true,
    };

    /// Nothing: a client that may stay connected and no more.
    pub const NONE: Self = Self {
        subscribe: false,
        publish: false,
    };

    /// Whether the client may join and leave `channel` (R01, R03).
    #[must_use]
    pub fn can_subscribe(self, _channel: ChannelName<'_>) -> bool {
        self.subscribe
    }

    /// Whether the client may publish into `channel` (R02). It must have
    /// joined it as well, which the caller knows.
    #[must_use]
    pub fn can_publish(self, _channel: ChannelName<'_>) -> bool {
        self.publish
    }
}
