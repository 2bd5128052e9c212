//! What do peers on the bus read?

use omnibus_hub::{Encode, Publication};
use omnibus_zmtp::{FrameKind, encode_frame_header};

use crate::header::{HOPS_MAX, Header};

/// The encoding `zmtp`: one frame `channel:rest`, as every legacy peer sends and reads it.
#[derive(Debug)]
pub(crate) struct Legacy;

/// The encoding `node`: a header, then `channel:rest`.
#[derive(Debug)]
pub(crate) struct BetweenNodes;

impl Encode for Legacy {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        // What begins with `!` never passes a legacy edge: it would forge a server's answers.
        if publication.is_reserved() {
            return false;
        }
        encode_frame_header(FrameKind::Last, publication.frame().len(), out);
        out.extend_from_slice(publication.frame());
        true
    }
}

impl Encode for BetweenNodes {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        if publication.hops() >= HOPS_MAX {
            return false;
        }
        Header::of(publication, None).append_message(publication.frame(), out);
        true
    }
}
