//! How is a plain HTTP request answered?

use omnibus_websocket::{HeadError, UpgradeError};

/// An answer that ends its connection.
pub(crate) struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a str,
    /// Whether the body stays out, as HEAD asks; its length is still told.
    pub(crate) head_only: bool,
}

const HTML: &str = "text/html; charset=UTF-8";
const TEXT: &str = "text/plain; charset=UTF-8";

impl<'a> Response<'a> {
    /// The body with which the original answers unknown paths (recording H11).
    pub(crate) fn not_found() -> Self {
        Self::html(
            404,
            "<html><title>404: Not Found</title><body>404: Not Found</body></html>",
        )
    }

    /// The original's words for an origin it refuses (recording H30).
    pub(crate) fn foreign_origin() -> Self {
        Self::html(403, "Cross origin websockets not allowed")
    }

    /// A page.
    pub(crate) fn page(html: &'a str) -> Self {
        Self::html(200, html)
    }

    /// A sign of life.
    pub(crate) fn alive() -> Self {
        Self {
            content_type: TEXT,
            ..Self::html(200, "ok\n")
        }
    }

    /// A head that did not come to its end in time.
    pub(crate) fn too_late() -> Self {
        Self {
            content_type: TEXT,
            ..Self::html(408, "the request took too long; send it at once\n")
        }
    }

    /// Why a request is no WebSocket.
    pub(crate) fn no_upgrade(error: &UpgradeError) -> Self {
        Self {
            headers: error.headers(),
            ..Self::html(error.status(), error.body())
        }
    }

    /// Why a head can't be read, in `text`, which is the error's own.
    pub(crate) fn bad_head(error: &HeadError, text: &'a str) -> Self {
        Self {
            content_type: TEXT,
            ..Self::html(error.status(), text)
        }
    }

    pub(crate) fn without_body_if(self, head_only: bool) -> Self {
        Self { head_only, ..self }
    }

    fn html(status: u16, body: &'a str) -> Self {
        Self {
            status,
            content_type: HTML,
            headers: &[],
            body,
            head_only: false,
        }
    }

    /// Appends the whole answer.
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        let Self {
            status,
            content_type,
            headers,
            body,
            head_only,
        } = self;
        let mut text = format!(
            "HTTP/1.1 {status} {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n",
            reason(*status),
            body.len()
        );
        for (name, value) in *headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("Connection: close\r\n\r\n");
        if !head_only {
            text.push_str(body);
        }
        out.extend_from_slice(text.as_bytes());
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        304 => "Not Modified",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        _ => "Bad Request",
    }
}
