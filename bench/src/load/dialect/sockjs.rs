//! How does a client of a SockJS stream get in, and what does it hear?
//!
//! A stream carries to the client only; what it says goes by requests of their own, here all on
//! one connection for all clients.

use std::net::SocketAddr;

use crate::error::Error;

use super::super::connection::Connection;
use super::super::walk::Step;
use super::{Aside, Dialect, OMNIBUS, wrong};

pub(crate) const XHR_STREAMING: &dyn Dialect = &Stream {
    method: "POST",
    url: "xhr_streaming",
    before: "",
    after: "\n",
};
pub(crate) const EVENT_SOURCE: &dyn Dialect = &Stream {
    method: "GET",
    url: "eventsource",
    before: "data: ",
    after: "\r\n\r\n",
};

/// A response that goes on, with a chunk for each message.
#[derive(Debug)]
struct Stream {
    method: &'static str,
    url: &'static str,
    /// What stands before and behind a frame of SockJS.
    before: &'static str,
    after: &'static str,
}

impl Dialect for Stream {
    /// Nobody walks in on a stream alone: see `join`.
    fn steps(&self, _address: SocketAddr, _client: &str, _channel: &str) -> Vec<Step> {
        Vec::new()
    }

    fn walks_alone(&self) -> bool {
        false
    }

    fn publish(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        OMNIBUS.publish(channel, body, out);
    }

    fn received(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        // Of what JSON escapes, messages have quotes only.
        let quoted = body.replace('"', r#"\""#);
        let frame = format!(r#"{}a["{channel}:{quoted}"]{}"#, self.before, self.after);
        out.extend_from_slice(format!("{:x}\r\n{frame}\r\n", frame.len()).as_bytes());
    }

    /// Opens a stream whose client says who it is and subscribes, and returns the stream once it
    /// has told that both have succeeded.
    fn join(&self, address: SocketAddr, client: &str, channel: &str, aside: &mut Aside) -> Result<Connection, Error> {
        let session = format!("/ec/000/{client}");
        let length = if self.method == "POST" {
            "Content-Length: 0\r\n"
        } else {
            ""
        };
        let mut stream = Connection::open(address, false)?;
        stream.request(
            &format!(
                "{} {session}/{} HTTP/1.1\r\nHost: {address}\r\n{length}\r\n",
                self.method, self.url
            ),
            "HTTP/1.1 200 ",
        )?;
        let _prelude = chunk(&mut stream)?;
        expect(&mut stream, &["o"])?;

        let body = format!(r#"["!authenticate:{client}","!subscribe:{channel}"]"#);
        if aside.is_none() {
            *aside = Some(Connection::open(address, false)?);
        }
        let sender = aside.as_mut().expect("it was opened above");
        sender.request(
            &format!(
                "POST {session}/xhr_send HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
            "HTTP/1.1 204 ",
        )?;
        for command in ["!authenticate:", "!subscribe:"] {
            expect(&mut stream, &[command, r#"\"success\": true"#])?;
        }
        Ok(stream)
    }
}

/// Reads the next chunk, which must have these parts.
fn expect(stream: &mut Connection, parts: &[&str]) -> Result<(), Error> {
    let got = chunk(stream)?;
    match parts.iter().find(|&&part| !got.contains(part)) {
        None => Ok(()),
        Some(part) => Err(wrong(got.as_bytes(), part)),
    }
}

/// Reads the next chunk.
fn chunk(stream: &mut Connection) -> Result<String, Error> {
    const LINE: &str = "\r\n";
    let size = stream.until(LINE.as_bytes())?;
    let bytes =
        usize::from_str_radix(size.trim_end(), 16).map_err(|_| wrong(size.as_bytes(), "the size of a chunk"))?;
    while stream.input.len() < bytes + LINE.len() {
        stream.read()?;
    }
    let content = stream.take(bytes);
    stream.take(LINE.len());
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::message::{BODY_BYTES, Fill, body};

    #[test]
    fn streams_have_a_chunk_with_one_frame_of_sockjs() {
        let expect = |stream: &dyn Dialect, start: &str, end: &str| {
            let mut bytes = Vec::new();
            stream.received("bench", &body(7, "client-00000", BODY_BYTES, Fill::Dots), &mut bytes);
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.starts_with(start) && text.ends_with(end), "{text:?}");
        };
        expect(XHR_STREAMING, "9e\r\na[\"bench:{\\\"type\\\":", "\\\"}}\"]\n\r\n");
        expect(
            EVENT_SOURCE,
            "a7\r\ndata: a[\"bench:{\\\"type\\\":",
            "\\\"}}\"]\r\n\r\n\r\n",
        );
    }
}
