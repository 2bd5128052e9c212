//! What does a browser read?
//!
//! One encoding a form, so that a publication is encoded once for all who read it in the same.

use omnibus_hub::{Encode, Publication};
use omnibus_sockjs::{Wrap, append_message, append_parked};
use omnibus_websocket::{Opcode, encode_frame_header};

use crate::compression::Compressor;

/// The encoding `ws`: one unfragmented text frame, `channel:rest` unchanged (recording N17).
#[derive(Debug)]
pub(crate) struct WebSocketText;

impl Encode for WebSocketText {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        let is_readable = is_readable(publication);
        if is_readable {
            append_text_frame(publication.frame(), out);
        }
        is_readable
    }
}

/// The encoding `ws-deflate`: the same text, compressed where that is worth it (RFC 7692 §6.1).
#[derive(Debug)]
pub(crate) struct WebSocketDeflated(pub(crate) Compressor);

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
            None => append_text_frame(publication.frame(), out),
        }
        true
    }
}

/// The encoding `sockjs-ws`: SockJS's frame in a WebSocket's.
#[derive(Debug)]
pub(crate) struct SockJsInWebSocket;

impl Encode for SockJsInWebSocket {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        with_text(publication, |text| append_in_websocket(text, out))
    }
}

/// The encodings `sockjs-*`: one frame a publication in a response that goes on (recordings J11,
/// J21).
#[derive(Debug)]
pub(crate) struct SockJsStream(pub(crate) Wrap);

impl Encode for SockJsStream {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        with_text(publication, |text| self.0.frame(out, |out| append_message(text, out)))
    }
}

/// The encoding `sockjs-parked`: what waits until a client asks for it.
#[derive(Debug)]
pub(crate) struct SockJsParked;

impl Encode for SockJsParked {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        with_text(publication, |text| append_parked(text, out))
    }
}

/// Appends a message as a text frame.
pub(crate) fn append_text_frame(text: &[u8], out: &mut Vec<u8>) {
    encode_frame_header(Opcode::Text, text.len(), out);
    out.extend_from_slice(text);
}

/// Appends a message as a SockJS frame in a text frame.
pub(crate) fn append_in_websocket(text: &str, out: &mut Vec<u8>) {
    let mut frame = Vec::with_capacity(text.len() + 8);
    append_message(text, &mut frame);
    append_text_frame(&frame, out);
}

/// Whether browsers may get it: bytes that are no text would end a browser's connection (recording
/// B02), and what begins with `!` would pass for an answer of the server (recording N36).
fn is_readable(publication: &Publication) -> bool {
    publication.is_text() && !publication.is_reserved()
}

fn with_text(publication: &Publication, encode: impl FnOnce(&str)) -> bool {
    is_readable(publication) && std::str::from_utf8(publication.frame()).map(encode).is_ok()
}
