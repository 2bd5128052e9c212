//! Which sockets are there, and which may talk to which?

use std::fmt;

/// Names a socket of the publish-subscribe pattern (RFC 29, RFC 37 "The Socket-Type Property").
///
/// The other patterns are refused at READY: nothing on this bus could serve them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SocketType {
    /// Sends messages, filters them by the subscriptions it receives.
    Pub,
    /// Receives messages, sends subscriptions.
    Sub,
    /// A PUB whose subscriptions are shown to its owner.
    XPub,
    /// A SUB whose owner sends subscriptions itself.
    XSub,
}

impl SocketType {
    /// Reads the value of the Socket-Type property; upper case as in RFC 37, anything else is `None`.
    pub fn from_wire(value: &[u8]) -> Option<Self> {
        match value {
            b"PUB" => Some(Self::Pub),
            b"SUB" => Some(Self::Sub),
            b"XPUB" => Some(Self::XPub),
            b"XSUB" => Some(Self::XSub),
            _ => None,
        }
    }

    /// Gives the value of the Socket-Type property.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pub => "PUB",
            Self::Sub => "SUB",
            Self::XPub => "XPUB",
            Self::XSub => "XSUB",
        }
    }

    /// Says whether this socket sends messages: PUB and XPUB.
    pub fn is_publisher(self) -> bool {
        matches!(self, Self::Pub | Self::XPub)
    }

    /// Says whether this socket sends subscriptions: SUB and XSUB.
    pub fn is_subscriber(self) -> bool {
        !self.is_publisher()
    }

    /// Says whether two sockets may be connected: always one publisher and one subscriber
    /// (RFC 37, table of legal combinations).
    pub fn talks_to(self, other: Self) -> bool {
        self.is_publisher() != other.is_publisher()
    }
}

impl fmt::Display for SocketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [SocketType; 4] = [SocketType::Pub, SocketType::Sub, SocketType::XPub, SocketType::XSub];

    #[test]
    fn every_socket_type_is_read_back_from_its_name() {
        for socket_type in ALL {
            assert_eq!(
                SocketType::from_wire(socket_type.as_str().as_bytes()),
                Some(socket_type)
            );
        }
        for other in [&b"REQ"[..], b"pub", b"PUB ", b"", b"XPUBX"] {
            assert_eq!(SocketType::from_wire(other), None);
        }
    }

    #[test]
    fn a_publisher_talks_to_subscribers_only() {
        for one in ALL {
            for other in ALL {
                assert_eq!(one.talks_to(other), one.is_publisher() == other.is_subscriber());
                assert_eq!(one.talks_to(other), other.talks_to(one));
            }
        }
    }
}
