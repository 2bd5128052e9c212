//! Which encoding does a client's transport read?

use omnibus_hub::{EncodingId, Encodings};
use omnibus_sockjs::{Framing, Wrap};

use crate::compression::Compressor;
use crate::config::Compression;
use crate::encoding::{SockJsInWebSocket, SockJsParked, SockJsStream, WebSocketDeflated, WebSocketText};

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
            chunked: encodings.register(SockJsStream(Wrap { framing, chunked: true })),
            unchunked: encodings.register(SockJsStream(Wrap {
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
            deflated: compressor.map(|compressor| encodings.register(WebSocketDeflated(compressor))),
            in_websocket: encodings.register(SockJsInWebSocket),
            parked: encodings.register(SockJsParked),
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
