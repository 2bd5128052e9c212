//! What do the fuzz targets see of this crate?
//!
//! Each function reads bytes as the links do and writes what was understood again, so that a
//! target can compare; nothing else of the parsers becomes visible.

use crate::control::{Change, Changes, Control};
use crate::header::Header;
use crate::node::Node;

/// Reads a command between nodes and writes it again, as a whole frame.
pub fn control(name: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    Control::parse(name, body)?.append_to(&mut out);
    Some(out)
}

/// Reads the changes of an INTEREST that were found whole, each with whether it adds, and writes
/// them again.
pub fn changes(bytes: &[u8]) -> (Vec<(bool, Vec<u8>)>, Vec<u8>) {
    let mut out = Vec::new();
    let changes = Changes::new(bytes).map(|change| {
        change.append_to(&mut out);
        match change {
            Change::Add(prefix) => (true, prefix.to_vec()),
            Change::Remove(prefix) => (false, prefix.to_vec()),
        }
    });
    (changes.collect(), out)
}

/// Reads the header of a publication and writes it again.
pub fn header(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    Header::parse(bytes)?.append_to(&mut out);
    Some(out)
}

/// Reads the property of a node's READY and writes it again.
pub fn node(property: &[u8]) -> Option<Vec<u8>> {
    Node::from_property(property).ok().map(Node::to_property)
}
