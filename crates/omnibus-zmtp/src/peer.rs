//! Who is at the other end?

use crate::socket_type::SocketType;

/// Describes the peer, as its greeting and its READY did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Minor version that is spoken with it: 0 (RFC 23) or 1 (RFC 37). A peer of a newer
    /// version is spoken to in 3.1 (RFC 37, "Version Negotiation").
    pub minor: u8,
    /// The type it announced.
    pub socket_type: SocketType,
    /// The other properties of its READY, in the order of arrival; no name occurs twice.
    pub properties: Vec<(String, Vec<u8>)>,
}

impl Peer {
    /// Finds a property by its name, upper and lower case alike (RFC 37, "Connection Metadata").
    pub fn property(&self, name: &str) -> Option<&[u8]> {
        self.properties
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    /// Says whether the peer knows the commands that ZMTP 3.1 added: SUBSCRIBE, CANCEL, PING, PONG.
    pub fn knows_3_1_commands(&self) -> bool {
        self.minor >= 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_is_found_in_any_case() {
        let peer = Peer {
            minor: 1,
            socket_type: SocketType::Sub,
            properties: vec![("X-Node".into(), b"seven".to_vec())],
        };
        assert_eq!(peer.property("x-nODE"), Some(&b"seven"[..]));
        assert_eq!(peer.property("X-Node-Id"), None);
    }
}
