//! How does a publication travel between nodes?
//!
//! As a message of two frames: this header, and `channel:rest`.
//!
//! ```text
//! hops u8 | flags u8 | sequence u64, if flag 1 | mark: node id 16, incarnation u64, if flag 2
//! ```

use omnibus_hub::Publication;
use omnibus_zmtp::{FrameKind, Message, encode_frame_header};

use crate::node::NODE_BYTES;

/// Links that a publication may travel; a tree is half as deep.
pub(crate) const HOPS_MAX: u8 = 8;

const SEQUENCE: u8 = 1;
const MARK: u8 = 2;

/// The header of a publication between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    /// Links travelled, this one included.
    pub(crate) hops: u8,
    /// On the way up: its number at the node below, counted from 1.
    pub(crate) sequence: Option<u64>,
    /// Who has delivered it already, and must not do so again.
    pub(crate) mark: Option<&'a [u8]>,
}

impl<'a> Header<'a> {
    /// The header with which a publication leaves this node.
    pub(crate) fn of(publication: &'a Publication, sequence: Option<u64>) -> Self {
        Self {
            hops: publication.hops() + 1,
            sequence,
            mark: publication.mark(),
        }
    }

    /// Reads a message between nodes: its header, and the frame behind it. `None` for one that is
    /// malformed or has travelled too far.
    pub(crate) fn read_message(message: Message<'a>) -> Option<(Self, &'a [u8])> {
        let header = Self::parse(message.first()).filter(|header| header.hops <= HOPS_MAX)?;
        Some((header, message.second()?))
    }

    /// The publication that came with this header.
    pub(crate) fn publication(self, frame: &[u8]) -> Publication {
        let publication = Publication::new(frame.into()).with_hops(self.hops);
        match self.mark {
            Some(mark) => publication.with_mark(mark.into()),
            None => publication,
        }
    }

    /// Appends the message that a publication with this header is.
    pub(crate) fn append_message(self, frame: &[u8], out: &mut Vec<u8>) {
        encode_frame_header(FrameKind::More, self.len(), out);
        self.append_to(out);
        encode_frame_header(FrameKind::Last, frame.len(), out);
        out.extend_from_slice(frame);
    }

    /// The bytes that [`Header::append_to`] appends.
    pub(crate) fn len(self) -> usize {
        2 + if self.sequence.is_some() { 8 } else { 0 } + self.mark.map_or(0, <[u8]>::len)
    }

    pub(crate) fn append_to(self, out: &mut Vec<u8>) {
        let flags = if self.sequence.is_some() { SEQUENCE } else { 0 } | if self.mark.is_some() { MARK } else { 0 };
        out.extend_from_slice(&[self.hops, flags]);
        if let Some(sequence) = self.sequence {
            out.extend_from_slice(&sequence.to_be_bytes());
        }
        out.extend_from_slice(self.mark.unwrap_or_default());
    }

    /// Reads a header; flags that a later version adds at the end are passed over with their data.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&[hops, flags], mut rest) = bytes.split_first_chunk::<2>()?;
        let mut sequence = None;
        if flags & SEQUENCE != 0 {
            let (number, after) = rest.split_first_chunk::<8>()?;
            sequence = Some(u64::from_be_bytes(*number));
            rest = after;
        }
        let mark = if flags & MARK != 0 {
            Some(rest.get(..NODE_BYTES)?)
        } else {
            None
        };
        Some(Self { hops, sequence, mark })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_as_it_was_written() {
        for sequence in [None, Some(7)] {
            for mark in [None, Some([9; NODE_BYTES].as_slice())] {
                let header = Header {
                    hops: 3,
                    sequence,
                    mark,
                };
                let mut bytes = Vec::new();
                header.append_to(&mut bytes);
                assert_eq!(bytes.len(), header.len());
                assert_eq!(Header::parse(&bytes), Some(header));
                assert_eq!(Header::parse(&bytes[..bytes.len() - 1]), None);
            }
        }
    }
}
