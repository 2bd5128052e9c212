//! What may a peer be, and how much may it send?

use std::time::Duration;

use crate::error::Error;
use crate::mechanism::Mechanism;
use crate::metadata;
use crate::socket_type::SocketType;

/// Holds what all connections of one listener, or of one kind of outgoing connection, share.
///
/// It is lent to every call, so that a [`Connection`](crate::Connection) stays small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Which end this is, and as which socket it speaks.
    pub role: Role,
    /// How the two ends prove who they are before READY.
    pub mechanism: Mechanism,
    /// Properties of our READY beside Socket-Type. libzmq ignores those it does not know;
    /// names that begin with `X-` are free for applications (RFC 37, "Connection Metadata").
    pub properties: Vec<(String, Vec<u8>)>,
    /// Bounds on what a peer may send.
    pub limits: Limits,
    /// How a dead peer is noticed.
    pub heartbeat: Heartbeat,
}

impl Config {
    /// Configures a listener with default limits and no heartbeats of its own.
    pub fn listener(accepts: Accepts) -> Self {
        Self::new(Role::Listener { accepts })
    }

    /// Configures an outgoing connection with default limits and no heartbeats of its own.
    pub fn connector(socket_type: SocketType) -> Self {
        Self::new(Role::Connector { socket_type })
    }

    fn new(role: Role) -> Self {
        Self {
            role,
            mechanism: Mechanism::Null,
            properties: Vec::new(),
            limits: Limits::default(),
            heartbeat: Heartbeat::default(),
        }
    }

    /// Checks what a peer could not make sense of; to be called once, before the first connection.
    ///
    /// # Errors
    /// [`Error::OwnProperty`] for a name or value outside the grammar of RFC 37,
    /// [`Error::OwnSocketType`] for a listener whose answer the peer could not talk to,
    /// [`Error::OwnHeartbeat`] for an interval or time-out of zero.
    pub fn check(&self) -> Result<(), Error> {
        metadata::check_own(&self.properties)?;
        if let Role::Listener { accepts } = self.role {
            accepts.check()?;
        }
        self.heartbeat.check()
    }
}

/// Names the end of the connection that this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Accepted the connection. It waits for the peer's READY before it sends its own, because
    /// the peer's socket type decides what ours is: so one port serves publishers and subscribers.
    Listener {
        /// Which peers are served, and as what.
        accepts: Accepts,
    },
    /// Made the connection. It sends READY as soon as it has the peer's greeting.
    Connector {
        /// What it says it is.
        socket_type: SocketType,
    },
}

/// Maps the peer's socket type to ours on a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepts {
    /// What we are to a PUB or XPUB: SUB or XSUB; `None` refuses publishers.
    pub publishers_as: Option<SocketType>,
    /// What we are to a SUB or XSUB: PUB or XPUB; `None` refuses subscribers.
    pub subscribers_as: Option<SocketType>,
}

impl Accepts {
    /// Serves publishers as SUB.
    pub fn publishers() -> Self {
        Self {
            publishers_as: Some(SocketType::Sub),
            subscribers_as: None,
        }
    }

    /// Serves subscribers as XPUB.
    pub fn subscribers() -> Self {
        Self {
            publishers_as: None,
            subscribers_as: Some(SocketType::XPub),
        }
    }

    /// Serves publishers as SUB and subscribers as XPUB on one port.
    pub fn everyone() -> Self {
        Self {
            publishers_as: Some(SocketType::Sub),
            subscribers_as: Some(SocketType::XPub),
        }
    }

    /// Gives our type towards this peer, `None` if it is refused.
    pub fn answer(self, peer: SocketType) -> Option<SocketType> {
        if peer.is_publisher() {
            self.publishers_as
        } else {
            self.subscribers_as
        }
    }

    /// Lists the accepted types in words, for the error that a refused peer reads.
    pub(crate) fn in_words(self) -> &'static str {
        match (self.publishers_as, self.subscribers_as) {
            (Some(_), Some(_)) => "PUB, XPUB, SUB or XSUB",
            (Some(_), None) => "PUB or XPUB",
            (None, Some(_)) => "SUB or XSUB",
            (None, None) => "nobody",
        }
    }

    fn check(self) -> Result<(), Error> {
        for (ours, wanted) in [
            (self.publishers_as, "SUB or XSUB towards publishers"),
            (self.subscribers_as, "PUB or XPUB towards subscribers"),
        ] {
            let towards_publishers = wanted.starts_with("SUB");
            if let Some(ours) = ours
                && ours.is_publisher() == towards_publishers
            {
                return Err(Error::OwnSocketType { ours, wanted });
            }
        }
        Ok(())
    }
}

/// Bounds what one peer may send; a peer that goes beyond is refused by the length it declares,
/// before any of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message, all its frames together.
    pub message_bytes_max: usize,
    /// Frames of one message.
    pub message_frames_max: u32,
    /// Bytes of a subscription's topic. A libzmq hub dies of a topic of 1 MiB.
    pub topic_bytes_max: usize,
    /// Bytes of one command after READY, its name included.
    pub command_bytes_max: usize,
    /// Bytes of one command up to READY, its name included: what a stranger may make us hold.
    pub handshake_bytes_max: usize,
    /// Properties in the peer's READY.
    pub properties_max: usize,
    /// Time from the connection to READY, however slowly the peer writes.
    pub handshake_time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: 16 << 20,
            message_frames_max: 1024,
            topic_bytes_max: 4096,
            command_bytes_max: 64 << 10,
            handshake_bytes_max: 8 << 10,
            properties_max: 32,
            handshake_time_max: Duration::from_secs(10),
        }
    }
}

/// Says how a dead peer is noticed (RFC 37, "Connection Heartbeating").
///
/// Only peers of ZMTP 3.1 are pinged: one of 3.0 would not understand the command, and needs
/// TCP keep-alive. PINGs of the peer are answered and its TTL is honoured whatever stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// Time between our PINGs; `None` sends none.
    pub interval: Option<Duration>,
    /// Time after a PING in which some byte must arrive, else the peer is dead.
    pub timeout: Duration,
    /// Time after which the peer should give us up if it hears nothing more; carried in tenths
    /// of a second, rounded up, 6553.5 s at most; zero asks for nothing.
    pub ttl: Duration,
}

impl Heartbeat {
    /// Pings at this interval and gives the peer up after this time; the peer is asked to do the same.
    pub fn every(interval: Duration, dead_after: Duration) -> Self {
        Self {
            interval: Some(interval),
            timeout: dead_after,
            ttl: dead_after,
        }
    }

    fn check(&self) -> Result<(), Error> {
        match self.interval {
            Some(interval) if interval.is_zero() || self.timeout.is_zero() => Err(Error::OwnHeartbeat {
                interval,
                timeout: self.timeout,
            }),
            _ => Ok(()),
        }
    }
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self {
            interval: None,
            timeout: Duration::from_secs(10),
            ttl: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_the_check() {
        for accepts in [Accepts::everyone(), Accepts::publishers(), Accepts::subscribers()] {
            assert_eq!(Config::listener(accepts).check(), Ok(()));
        }
        assert_eq!(Config::connector(SocketType::Pub).check(), Ok(()));
    }

    #[test]
    fn a_listener_that_answers_a_publisher_as_publisher_is_refused() {
        let accepts = Accepts {
            publishers_as: Some(SocketType::XPub),
            subscribers_as: None,
        };
        let error = Config::listener(accepts).check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "a listener cannot be XPUB there, it must be SUB or XSUB towards publishers; correct its accepts"
        );
    }

    #[test]
    fn a_listener_that_answers_a_subscriber_as_subscriber_is_refused() {
        let accepts = Accepts {
            publishers_as: Some(SocketType::Sub),
            subscribers_as: Some(SocketType::Sub),
        };
        assert!(matches!(
            Config::listener(accepts).check(),
            Err(Error::OwnSocketType { .. })
        ));
    }

    #[test]
    fn a_heartbeat_without_time_is_refused() {
        let mut config = Config::connector(SocketType::Sub);
        config.heartbeat = Heartbeat::every(Duration::ZERO, Duration::from_secs(1));
        assert!(matches!(config.check(), Err(Error::OwnHeartbeat { .. })));
        config.heartbeat = Heartbeat::every(Duration::from_secs(1), Duration::ZERO);
        assert!(matches!(config.check(), Err(Error::OwnHeartbeat { .. })));
    }

    #[test]
    fn a_property_whose_name_is_outside_the_grammar_is_refused() {
        for name in ["", "with space", "Umläut", "Socket-Type", "socket-type"] {
            let mut config = Config::connector(SocketType::Sub);
            config.properties.push((name.into(), Vec::new()));
            assert!(matches!(config.check(), Err(Error::OwnProperty { .. })), "{name:?}");
        }
    }
}
