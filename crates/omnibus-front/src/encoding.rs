//! What does a browser read?

use omnibus_hub::{Encode, Publication};
use omnibus_websocket::{Opcode, encode_frame_header};

/// The encoding `ws`: one unfragmented text frame, `channel:rest` unchanged (recording N17).
#[derive(Debug, Default)]
pub struct WebSocketText;

impl Encode for WebSocketText {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        // Bytes that are no text would end a browser's connection (recording B02), and what
        // begins with `!` would pass for an answer of the server (recording N36).
        if !publication.is_text() || publication.is_reserved() {
            return false;
        }
        encode_frame_header(Opcode::Text, publication.frame().len(), out);
        out.extend_from_slice(publication.frame());
        true
    }
}
