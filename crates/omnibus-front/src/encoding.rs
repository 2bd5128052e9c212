//! What does a browser read?

use omnibus_hub::{Encode, Publication};
use omnibus_websocket::{Opcode, encode_frame_header};

use crate::compression::Compressor;

/// The encoding `ws`: one unfragmented text frame, `channel:rest` unchanged (recording N17).
#[derive(Debug, Default)]
pub struct WebSocketText;

impl Encode for WebSocketText {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        if !is_readable(publication) {
            return false;
        }
        append(publication, out);
        true
    }
}

/// The encoding `ws-deflate`: the same text, compressed where that is worth it (RFC 7692 §6.1).
#[derive(Debug)]
pub struct WebSocketDeflated(Compressor);

impl WebSocketDeflated {
    /// The encoding with a node's compressor.
    pub(crate) fn new(compressor: Compressor) -> Self {
        Self(compressor)
    }
}

impl Encode for WebSocketDeflated {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        if !is_readable(publication) {
            return false;
        }
        let compressed = match self.0.wants(publication.frame().len()) {
            true => publication.costly_form(|publication| self.0.frame(publication.frame())),
            false => None,
        };
        match compressed {
            Some(frame) => out.extend_from_slice(frame),
            None => append(publication, out),
        }
        true
    }
}

/// Whether browsers may get it: bytes that are no text would end a browser's connection (recording
/// B02), and what begins with `!` would pass for an answer of the server (recording N36).
fn is_readable(publication: &Publication) -> bool {
    publication.is_text() && !publication.is_reserved()
}

fn append(publication: &Publication, out: &mut Vec<u8>) {
    encode_frame_header(Opcode::Text, publication.frame().len(), out);
    out.extend_from_slice(publication.frame());
}
