//! How does a client become a WebSocket? (RFC 6455, section 4.1)

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The longest head of an answer, and its most headers.
const HEAD_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;

/// What every server appends to a key before it digests it.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What all clients of a run send to one server, and what it must answer.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) request: Vec<u8>,
    accept: String,
}

/// What a server has answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Not all of it has come.
    Partial,
    /// It is a WebSocket from this byte on.
    Upgraded(usize),
    /// It is none, for this reason: a key of the report.
    Refused(String),
}

impl Handshake {
    /// Makes the request for this host and path. One key serves all clients of a run: it shows
    /// that the answer is for this run and from no cache.
    pub(crate) fn new(host: &str, path: &str) -> Self {
        let key = STANDARD.encode(fastrand::u128(..).to_be_bytes());
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        Self {
            request: request.into_bytes(),
            accept: STANDARD.encode(Sha1::digest(format!("{key}{GUID}"))),
        }
    }

    /// Reads what has come so far.
    pub(crate) fn read(&self, bytes: &[u8]) -> Answer {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(bytes) {
            Ok(httparse::Status::Partial) if bytes.len() <= HEAD_BYTES_MAX => Answer::Partial,
            Ok(httparse::Status::Complete(length)) => match response.code {
                Some(101) if self.is_accepted(response.headers) => Answer::Upgraded(length),
                Some(101) | None => Answer::Refused("no_websocket".to_owned()),
                Some(code) => Answer::Refused(format!("http_{code}")),
            },
            _ => Answer::Refused("no_websocket".to_owned()),
        }
    }

    fn is_accepted(&self, headers: &[httparse::Header<'_>]) -> bool {
        let accept = headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("Sec-WebSocket-Accept"));
        accept.is_some_and(|header| header.value == self.accept.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and its answer of RFC 6455, section 1.3.
    fn of_the_rfc() -> Handshake {
        let mut handshake = Handshake::new("example.org", "/ec");
        let digest = Sha1::digest(format!("dGhlIHNhbXBsZSBub25jZQ=={GUID}"));
        handshake.accept = STANDARD.encode(digest);
        assert_eq!(handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        handshake
    }

    #[test]
    fn answer_is_understood_however_it_is_cut() {
        let answer = b"HTTP/1.1 101 Yes\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\0";
        let handshake = of_the_rfc();
        for length in 0..answer.len() - 2 {
            assert_eq!(handshake.read(&answer[..length]), Answer::Partial);
        }
        assert_eq!(handshake.read(answer), Answer::Upgraded(answer.len() - 2));
    }

    #[test]
    fn whoever_is_no_websocket_of_this_run_is_refused() {
        let handshake = of_the_rfc();
        for (answer, reason) in [
            ("HTTP/1.1 403 No\r\n\r\n".to_owned(), "http_403"),
            ("HTTP/1.1 101 Yes\r\n\r\n".to_owned(), "no_websocket"),
            ("SSH-2.0-OpenSSH\r\n".to_owned(), "no_websocket"),
            (format!("HTTP/1.1 200 {}", "x".repeat(HEAD_BYTES_MAX)), "no_websocket"),
        ] {
            assert_eq!(handshake.read(answer.as_bytes()), Answer::Refused(reason.to_owned()));
        }
    }
}
