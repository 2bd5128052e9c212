//! In which forms do browsers read publications?
//!
//! One encoding a form, so that a publication is encoded once for all who read it in the same.

use omnibus_hub::{Encode, EncodingId, Encodings, Publication};
use omnibus_sockjs::{Framing, Wrap, append_message, append_parked};
use omnibus_websocket::{Opcode, encode_frame_header};

use crate::compression::Compressor;
use crate::config::Compression;
use crate::encoding::{WebSocketDeflated, WebSocketText};

/// The encodings of all transports.
#[derive(Debug, Clone, Copy)]
pub struct Dialects {
    /// A WebSocket's frames.
    pub(crate) plain: EncodingId,
    /// The same, compressed, where the node does that.
    pub(crate) deflated: Option<EncodingId>,
    /// SockJS's frames in a WebSocket's.
    pub(crate) in_websocket: EncodingId,
    /// What waits until a SockJS client asks for it.
    pub(crate) parked: EncodingId,
    lines: Streams,
    events: Streams,
    scripts: Streams,
}

#[derive(Debug, Clone, Copy)]
struct Streams {
    chunked: EncodingId,
    unchunked: EncodingId,
}

impl Dialects {
    /// Registers every form that the front needs; without these choices nothing is compressed.
    pub fn register(encodings: &mut Encodings, compression: Option<Compression>) -> Self {
        let compressor = compression.map(|config| Compressor::new(config, encodings.counters()));
        let mut streams = |framing| Streams {
            chunked: encodings.register(Stream(Wrap { framing, chunked: true })),
            unchunked: encodings.register(Stream(Wrap {
                framing,
                chunked: false,
            })),
        };
        let (lines, events, scripts) = (
            streams(Framing::Lines),
            streams(Framing::Events),
            streams(Framing::Scripts),
        );
        Self {
            plain: encodings.register(WebSocketText),
            deflated: compressor.map(|compressor| encodings.register(WebSocketDeflated::new(compressor))),
            in_websocket: encodings.register(InWebSocket),
            parked: encodings.register(Parked),
            lines,
            events,
            scripts,
        }
    }

    /// The form of a stream.
    pub(crate) fn of(&self, wrap: Wrap) -> EncodingId {
        let streams = match wrap.framing {
            Framing::Lines => self.lines,
            Framing::Events => self.events,
            Framing::Scripts => self.scripts,
        };
        if wrap.chunked {
            streams.chunked
        } else {
            streams.unchunked
        }
    }
}

/// The encodings `sockjs-*`: one frame a publication (recordings J11, J21).
#[derive(Debug)]
struct Stream(Wrap);

impl Encode for Stream {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        with_text(publication, |text| self.0.frame(out, |out| append_message(text, out)))
    }
}

/// The encoding `sockjs-ws`.
#[derive(Debug)]
struct InWebSocket;

impl Encode for InWebSocket {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        with_text(publication, |text| append_in_websocket(text, out))
    }
}

/// The encoding `sockjs-parked`.
#[derive(Debug)]
struct Parked;

impl Encode for Parked {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        with_text(publication, |text| append_parked(text, out))
    }
}

/// Appends a message as a SockJS frame in a text frame.
pub(crate) fn append_in_websocket(text: &str, out: &mut Vec<u8>) {
    let mut frame = Vec::with_capacity(text.len() + 8);
    append_message(text, &mut frame);
    encode_frame_header(Opcode::Text, frame.len(), out);
    out.extend_from_slice(&frame);
}

/// Encodes what browsers may get: text that no one can take for an answer of the server
/// (recordings B02, N36).
fn with_text(publication: &Publication, encode: impl FnOnce(&str)) -> bool {
    if !publication.is_text() || publication.is_reserved() {
        return false;
    }
    let text = std::str::from_utf8(publication.frame());
    text.map(encode).is_ok()
}
