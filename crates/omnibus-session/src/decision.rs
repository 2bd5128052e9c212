//! What must the caller do about a client's message?

use std::borrow::Cow;

use omnibus_protocol::{BodyError, ChannelName, Close, Reply};

use crate::authentication::Credentials;

/// What to do. It borrows from the text it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a decision that is not carried out leaves the client unanswered"]
pub enum Decision<'a> {
    /// Send this answer.
    Reply(Reply<'a>),
    /// Send this answer to `!authenticate`, after the other part.
    Authenticated {
        /// The answer.
        reply: Reply<'a>,
        /// Whether the client loses every channel it is in, because it is no
        /// longer believed to be who it was (U07), or is now somebody who may
        /// not be in all of them (U08).
        drop_subscriptions: bool,
    },
    /// Have these credentials judged, and take nothing more from the client
    /// until `Session::on_authentication` has said what comes of it.
    Authenticate {
        /// They hold a secret.
        credentials: Credentials<'a>,
    },
    /// Join the channel, then answer [`Reply::subscribe`]: true if the client
    /// is in it now and was not before (N14).
    Subscribe {
        /// Which one.
        channel: ChannelName<'a>,
    },
    /// Leave the channel, then answer [`Reply::unsubscribe`]: true if the
    /// client was in it (N14).
    Unsubscribe {
        /// Which one.
        channel: ChannelName<'a>,
    },
    /// Publish if the client is in exactly this channel; otherwise nothing
    /// (N15). The client receives its own message too (N16).
    Publish {
        /// Which one.
        channel: ChannelName<'a>,
        /// The whole `channel:{json}`, under the client's own name.
        frame: Cow<'a, [u8]>,
    },
    /// Do nothing but count.
    Ignore(Reason),
    /// Send this close frame and end the connection.
    Close(Close),
}

/// Why a message is met with silence. It carries nothing that a client wrote,
/// so that it is safe in logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A text of no bytes (N11, N12).
    Empty,
    /// Neither a command nor `channel:rest` (N13).
    NoColon,
    /// A message before the client has said who it is (N08).
    NotAuthenticated,
    /// A message for a name that no channel can have.
    BadChannel,
    /// A message into a channel that the client may not write (R02).
    NotPermitted,
    /// A body that is not one JSON object (N17), or too deep a one.
    NotJson,
    /// A body with a key that only a server writes.
    ReservedKey,
    /// A body that forges its sender over and over.
    TooManySenders,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::NoColon,
        Self::NotAuthenticated,
        Self::BadChannel,
        Self::NotPermitted,
        Self::NotJson,
        Self::ReservedKey,
        Self::TooManySenders,
    ];

    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoColon => "no_colon",
            Self::NotAuthenticated => "not_authenticated",
            Self::BadChannel => "bad_channel",
            Self::NotPermitted => "not_permitted",
            Self::NotJson => "not_json",
            Self::ReservedKey => "reserved_key",
            Self::TooManySenders => "too_many_senders",
        }
    }

    /// Whether the message is malformed and counts towards 1008.
    ///
    /// What an honest page can run into by timing or by its rights does not.
    #[must_use]
    pub const fn is_malformed(self) -> bool {
        match self {
            Self::Empty | Self::NoColon | Self::NotJson | Self::ReservedKey | Self::TooManySenders => true,
            Self::NotAuthenticated | Self::BadChannel | Self::NotPermitted => false,
        }
    }
}

impl From<BodyError> for Reason {
    fn from(err: BodyError) -> Self {
        match err {
            BodyError::ReservedKey { .. } => Self::ReservedKey,
            BodyError::TooManySenders => Self::TooManySenders,
            // `NotJson`, and any kind that is added later.
            _ => Self::NotJson,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_name_of_its_own() {
        for (at, reason) in Reason::ALL.into_iter().enumerate() {
            assert!(
                reason
                    .name()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            );
            for other in &Reason::ALL[..at] {
                assert_ne!(other.name(), reason.name());
            }
        }
    }
}
