//! May this request become a WebSocket, and what is the answer? (RFC 6455 §4.2)

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use crate::head::RequestHead;
use crate::offer::Deflate;

/// What is hashed with the client's key (RFC 6455 §1.3).
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A client's key is this long once it is decoded (RFC 6455 §4.1).
const KEY_BYTES: usize = 16;

/// The protocol versions served; 7 and 8 have the same frames as 13 (recordings H06, H07).
const VERSIONS: [(&str, u8); 3] = [("7", 7), ("8", 8), ("13", 13)];

/// A request that may become a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The value of `Sec-WebSocket-Accept` (RFC 6455 §4.2.2).
    pub accept: String,
    /// 7, 8 or 13.
    pub version: u8,
    /// The extensions offered, each with its parameters as sent, most wanted first (RFC 6455 §9.1).
    pub extensions: Vec<String>,
    /// How messages may be compressed; `None`, and every offer declined, unless
    /// [`Upgrade::accept_deflate`] finds one to accept.
    pub deflate: Option<Deflate>,
    /// The subprotocols offered, most wanted first (RFC 6455 §1.9). None is selected (recording H05).
    pub protocols: Vec<String>,
}

impl Upgrade {
    /// Accepts the first offer of permessage-deflate that can be kept, if there is one. From then on
    /// messages may be compressed: see [`Limits::inflated_ratio_max`](crate::Limits::inflated_ratio_max).
    #[must_use]
    pub fn accept_deflate(mut self) -> Self {
        self.deflate = Deflate::choose(&self.extensions);
        self
    }
}

/// Checks a request against RFC 6455 §4.2.1. Path and Origin are the caller's to check, and so is
/// that nothing but a GET gets this far if its answer should differ.
///
/// # Errors
/// The first of the checks that fails, in the order of [`UpgradeError`].
pub fn upgrade(head: &RequestHead<'_>) -> Result<Upgrade, UpgradeError> {
    if head.method != "GET" {
        return Err(UpgradeError::Method);
    }
    if !has_token(head, "upgrade", "websocket") {
        return Err(UpgradeError::NoUpgrade);
    }
    if !has_token(head, "connection", "upgrade") {
        return Err(UpgradeError::NoConnectionUpgrade);
    }
    if head.minor_version == 0 {
        return Err(UpgradeError::Http10);
    }
    if head.is_chunked() || head.content_length().is_some_and(|bytes| bytes > 0) {
        return Err(UpgradeError::Body);
    }
    let asked = head.header("sec-websocket-version").ok_or(UpgradeError::Version)?;
    let &(_, version) = VERSIONS
        .iter()
        .find(|(text, _)| *text == asked)
        .ok_or(UpgradeError::Version)?;
    let key = head
        .header("sec-websocket-key")
        .filter(|key| is_key(key))
        .ok_or(UpgradeError::Key)?;
    Ok(Upgrade {
        accept: accept_for_key(key),
        version,
        extensions: head.list("sec-websocket-extensions").map(String::from).collect(),
        deflate: None,
        protocols: head.list("sec-websocket-protocol").map(String::from).collect(),
    })
}

/// The value of `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
fn accept_for_key(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(KEY_SUFFIX).finalize())
}

/// Appends the answer that completes the upgrade, with three headers and no more
/// (RFC 6455 §4.2.2; recordings H01–H05), or four where compression was accepted.
pub fn encode_101(upgrade: &Upgrade, out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ",
    );
    out.extend_from_slice(upgrade.accept.as_bytes());
    out.extend_from_slice(b"\r\n");
    if let Some(deflate) = upgrade.deflate {
        deflate.append_header(out);
    }
    out.extend_from_slice(b"\r\n");
}

/// Why a request can't become a WebSocket, in the order in which it is checked.
///
/// Answer with status, headers and body, and close: behind a refused upgrade there may be frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// Not a GET (RFC 6455 §4.2.1 item 1; recordings H09, H15–H17).
    #[error("method is not GET; send GET")]
    Method,
    /// No `Upgrade: websocket` (§4.2.1 item 3; recording H10).
    #[error("header Upgrade does not name websocket; send `Upgrade: websocket`")]
    NoUpgrade,
    /// No `Connection: Upgrade` (§4.2.1 item 4; recording H20).
    #[error("header Connection does not name Upgrade; send `Connection: Upgrade`")]
    NoConnectionUpgrade,
    /// HTTP/1.0 (§4.2.1 item 1).
    #[error("version is HTTP/1.0; send HTTP/1.1")]
    Http10,
    /// A body, of known or unknown length: what follows an upgrade is frames.
    #[error("request has a body; send none")]
    Body,
    /// A version other than 7, 8 and 13 (§4.4; recording H07).
    #[error("Sec-WebSocket-Version is not 7, 8 or 13; send 13")]
    Version,
    /// No key, or one that is not 16 bytes in base64 (§4.2.1 item 5; recording H07b).
    #[error("Sec-WebSocket-Key is missing or not 16 bytes in base64; send 16 random bytes")]
    Key,
}

impl UpgradeError {
    /// The status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            Self::Method => 405,
            Self::Version => 426,
            Self::NoUpgrade | Self::NoConnectionUpgrade | Self::Http10 | Self::Body | Self::Key => 400,
        }
    }

    /// The body to answer with, byte for byte as recorded where there is a recording. Leave it out,
    /// but not its length, if the request was a HEAD.
    pub fn body(&self) -> &'static str {
        match self {
            Self::Method => "<html><title>405: Method Not Allowed</title><body>405: Method Not Allowed</body></html>",
            Self::NoUpgrade => "Can \"Upgrade\" only to \"WebSocket\".",
            Self::NoConnectionUpgrade => "\"Connection\" must be \"Upgrade\".",
            Self::Http10 => "A WebSocket needs HTTP/1.1.",
            Self::Body => "A WebSocket request must not have a body.",
            Self::Version => "",
            Self::Key => "Missing/Invalid WebSocket headers",
        }
    }

    /// The headers that belong to the answer beside Content-Type, Content-Length and Connection.
    pub fn headers(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Method => &[("Allow", "GET")],
            Self::Version => &[("Sec-WebSocket-Version", "7, 8, 13")],
            Self::NoUpgrade | Self::NoConnectionUpgrade | Self::Http10 | Self::Body | Self::Key => &[],
        }
    }
}

fn has_token(head: &RequestHead<'_>, name: &str, token: &str) -> bool {
    head.list(name).any(|element| element.eq_ignore_ascii_case(token))
}

fn is_key(key: &str) -> bool {
    STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == KEY_BYTES)
}
