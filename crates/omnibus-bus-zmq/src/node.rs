//! Who is a node?

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A node's name for itself, chosen anew at each start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(pub(crate) [u8; 16]);

/// A node at one of its starts. A later start has a higher number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) incarnation: u64,
}

/// The READY property by which nodes of ours know each other; others pass over it.
pub(crate) const PROPERTY: &str = "Omnibus-Node";

/// The version of what nodes say to each other. A node understands its own and the one before.
pub(crate) const WIRE_VERSION: u8 = 1;
const WIRE_VERSION_MIN: u8 = 1;

/// Bytes of a node in its binary form: id, incarnation.
pub(crate) const NODE_BYTES: usize = 16 + 8;

const PROPERTY_BYTES: usize = 1 + NODE_BYTES;

/// Why a peer's property names no node that this one can talk to.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PropertyError {
    #[error("property {PROPERTY} is {bytes} bytes, it must be {PROPERTY_BYTES}")]
    Length { bytes: usize },
    #[error(
        "the node speaks version {theirs} between nodes, this one {WIRE_VERSION_MIN} to {WIRE_VERSION}; update the older of the two"
    )]
    Version { theirs: u8 },
}

impl Node {
    /// This process.
    pub(crate) fn this() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            id: NodeId(fastrand::u128(..).to_be_bytes()),
            incarnation: u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// The value of [`PROPERTY`]: version, id, incarnation.
    pub(crate) fn to_property(self) -> Vec<u8> {
        let mut value = vec![WIRE_VERSION];
        self.append_to(&mut value);
        value
    }

    pub(crate) fn from_property(value: &[u8]) -> Result<Self, PropertyError> {
        let error = PropertyError::Length { bytes: value.len() };
        let Some((&version, rest)) = value.split_first() else {
            return Err(error);
        };
        if !(WIRE_VERSION_MIN..=WIRE_VERSION).contains(&version) {
            return Err(PropertyError::Version { theirs: version });
        }
        Self::from_bytes(rest).ok_or(error)
    }

    /// Appends id and incarnation.
    pub(crate) fn append_to(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&self.incarnation.to_be_bytes());
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, incarnation) = bytes.split_at_checked(16)?;
        Some(Self {
            id: NodeId(id.try_into().ok()?),
            incarnation: u64::from_be_bytes(incarnation.try_into().ok()?),
        })
    }
}

impl fmt::Display for NodeId {
    /// The first eight hexadecimal digits, which tell nodes of a cluster apart.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_reads_back_from_its_property() {
        let node = Node::this();
        assert_eq!(Node::from_property(&node.to_property()), Ok(node));
    }

    #[test]
    fn a_node_of_another_version_is_told_which_one_is_spoken() {
        let mut property = Node::this().to_property();
        property[0] = 9;
        assert_eq!(
            Node::from_property(&property),
            Err(PropertyError::Version { theirs: 9 })
        );
        assert_eq!(Node::from_property(&[1, 2]), Err(PropertyError::Length { bytes: 2 }));
        assert_eq!(Node::from_property(&[]), Err(PropertyError::Length { bytes: 0 }));
    }
}
