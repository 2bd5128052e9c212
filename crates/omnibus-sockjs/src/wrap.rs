//! How does a frame travel in a response?

use crate::callback::Callback;
use crate::chunk::{LAST_CHUNK, append_chunk};
use crate::escape::append_script_string;

/// What stands around a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// A line a frame: `xhr` and `xhr_streaming`.
    Lines,
    /// A server-sent event a frame: `eventsource`.
    Events,
    /// A script a frame, in a page: `htmlfile`.
    Scripts,
}

/// How frames leave by one response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wrap {
    /// What stands around a frame.
    pub framing: Framing,
    /// Whether the response is chunked, a chunk a frame; a response to HTTP/1.0 ends with its
    /// connection instead.
    pub chunked: bool,
}

/// What makes browsers hand a stream to the page from its first frame on.
const LINES_PRELUDE_BYTES: usize = 2_048;
const SCRIPTS_PADDING_BYTES: usize = 666;

impl Wrap {
    /// Appends the frame that `write` appends.
    pub fn frame(self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        self.body(out, |out| match self.framing {
            Framing::Lines => {
                write(out);
                out.push(b'\n');
            }
            Framing::Events => {
                out.extend_from_slice(b"data: ");
                write(out);
                out.extend_from_slice(b"\r\n\r\n");
            }
            Framing::Scripts => {
                out.extend_from_slice(b"<script>\np(");
                append_frame_string(out, write);
                out.extend_from_slice(b");\n</script>\r\n");
            }
        });
    }

    /// Appends what a response begins with, for a page function `callback` where scripts call one.
    pub fn prelude(self, callback: Option<&Callback>, out: &mut Vec<u8>) {
        self.body(out, |out| match self.framing {
            Framing::Lines => {
                out.resize(out.len() + LINES_PRELUDE_BYTES, b'h');
                out.push(b'\n');
            }
            Framing::Events => out.extend_from_slice(b"\r\n"),
            Framing::Scripts => {
                let callback = callback.map_or("undefined", Callback::as_str);
                out.extend_from_slice(page(callback).as_bytes());
                out.resize(out.len() + SCRIPTS_PADDING_BYTES, b' ');
                out.extend_from_slice(b"\r\n\r\n");
            }
        });
    }

    /// Appends the end of a response: nothing where the connection's end is its end.
    pub fn end(self, out: &mut Vec<u8>) {
        if self.chunked {
            out.extend_from_slice(LAST_CHUNK);
        }
    }

    fn body(self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        if self.chunked {
            append_chunk(out, write);
        } else {
            write(out);
        }
    }
}

/// The page of `htmlfile` (sockjs-protocol, "HtmlFile"; recording J23).
fn page(callback: &str) -> String {
    format!(
        r#"<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.{callback};
    c.start();
    function p(d) {{c.message(d);}};
    window.onload = function() {{c.stop();}};
  </script>"#
    )
}

impl Callback {
    /// Appends the script that calls the function with the frame that `write` appends. It begins
    /// with a comment, so that what the caller chose is never the first thing in a file.
    pub fn script(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(b"/**/");
        out.extend_from_slice(self.as_str().as_bytes());
        out.push(b'(');
        append_frame_string(out, write);
        out.extend_from_slice(b");\r\n");
    }
}

/// Appends a frame as a string in a script.
fn append_frame_string(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut frame = Vec::new();
    write(&mut frame);
    // Every frame is ASCII, whatever its messages are.
    append_script_string(&String::from_utf8_lossy(&frame), out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{append_message, append_open};

    fn callback() -> Callback {
        Callback::from_query(Some("c=cb")).unwrap()
    }

    fn wrapped(framing: Framing, text: &str) -> String {
        let wrap = Wrap {
            framing,
            chunked: false,
        };
        let mut out = Vec::new();
        wrap.frame(&mut out, |out| append_message(text, out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn frames_are_wrapped_as_the_protocol_says() {
        assert_eq!(wrapped(Framing::Lines, "x"), "a[\"x\"]\n");
        assert_eq!(
            wrapped(Framing::Events, "a\r\nb\0"),
            "data: a[\"a\\r\\nb\\u0000\"]\r\n\r\n"
        );
        assert_eq!(
            wrapped(Framing::Scripts, "x"),
            "<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n"
        );
        let mut out = Vec::new();
        callback().script(&mut out, append_open);
        assert_eq!(out, b"/**/cb(\"o\");\r\n");
    }

    #[test]
    fn no_message_ends_a_script_or_an_event() {
        let hostile = "</script><script>alert(1)</script>\r\n\r\ndata: c[1]\r\n\u{2028}";
        let script = wrapped(Framing::Scripts, hostile);
        assert_eq!(script.matches("</script>").count(), 1);
        assert_eq!(script.matches('\n').count(), 3);
        let event = wrapped(Framing::Events, hostile);
        assert_eq!((event.matches('\n').count(), event.is_ascii()), (2, true));
    }

    #[test]
    fn streams_begin_with_what_browsers_wait_for() {
        let prelude = |framing, chunked| {
            let mut out = Vec::new();
            Wrap { framing, chunked }.prelude(Some(&callback()), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(prelude(Framing::Lines, false), format!("{}\n", "h".repeat(2_048)));
        assert!(prelude(Framing::Lines, true).starts_with("801\r\nhhh"));
        assert_eq!(prelude(Framing::Events, true), "2\r\n\r\n\r\n");
        let page = prelude(Framing::Scripts, false);
        assert!(page.contains("var c = parent.cb;\n") && page.len() > 1_024 && page.ends_with("\r\n\r\n"));
    }

    #[test]
    fn only_a_chunked_response_says_its_end() {
        let end = |chunked| {
            let mut out = Vec::new();
            Wrap {
                framing: Framing::Lines,
                chunked,
            }
            .end(&mut out);
            out
        };
        assert_eq!((end(true), end(false)), (b"0\r\n\r\n".to_vec(), Vec::new()));
    }
}
