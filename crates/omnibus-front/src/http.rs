//! How is an HTTP response written?

use std::net::IpAddr;

use ipnet::IpNet;
use omnibus_websocket::RequestHead;

use crate::address;

/// What a response needs to know of its request.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// Whether chunks are understood, and connections go on: HTTP/1.1.
    pub(crate) is_modern: bool,
    /// Whether another request may follow.
    pub(crate) keep_alive: bool,
    /// Where the client is.
    pub(crate) address: IpAddr,
    /// The other end of the connection: the client, or a proxy before it.
    pub(crate) peer: IpAddr,
    /// Whether only the head is asked for.
    pub(crate) head_only: bool,
    /// The page that asks, which may.
    pub(crate) origin: Option<Box<str>>,
    /// The cookie to set.
    pub(crate) cookie: Option<Box<str>>,
}

impl Exchange {
    pub(crate) fn of(head: &RequestHead<'_>, peer: IpAddr, trusted_proxies: &[IpNet]) -> Self {
        let is_modern = head.minor_version > 0;
        let ends = head
            .list("connection")
            .any(|option| option.eq_ignore_ascii_case("close"));
        Self {
            is_modern,
            keep_alive: is_modern && !ends,
            address: address::of_client(peer, head, trusted_proxies),
            peer,
            head_only: head.method == "HEAD",
            origin: None,
            cookie: None,
        }
    }
}

/// A response: its status, headers and body.
#[derive(Debug)]
pub(crate) struct Response {
    status: u16,
    headers: String,
    /// What `Content-Length` was told of, as far as it is sent.
    body: Option<Vec<u8>>,
}

/// What the last response of a connection says.
const CLOSE: &str = "Connection: close\r\n";

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            headers: String::new(),
            body: None,
        }
    }

    /// One that a person reads.
    pub(crate) fn text(status: u16) -> Self {
        Self::new(status).header("Content-Type", "text/plain; charset=UTF-8")
    }

    /// One that a browser shows.
    pub(crate) fn html(status: u16) -> Self {
        Self::new(status).header("Content-Type", "text/html; charset=UTF-8")
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }

    /// Adds the body, and its length to the headers.
    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let sized = self.header("Content-Length", &body.len().to_string());
        Self {
            body: Some(body),
            ..sized
        }
    }

    /// Keeps the body back, as HEAD asks; its length is still told.
    pub(crate) fn without_body(mut self) -> Self {
        self.body = self.body.map(|_| Vec::new());
        self
    }

    /// Adds whose pages may read the response.
    pub(crate) fn readable(self, exchange: &Exchange) -> Self {
        match &exchange.origin {
            Some(origin) => self
                .header("Access-Control-Allow-Origin", origin)
                .header("Access-Control-Allow-Credentials", "true")
                .header("Vary", "Origin"),
            None => self.header("Access-Control-Allow-Origin", "*"),
        }
    }

    /// Adds the cookie by which a load balancer finds the server again.
    pub(crate) fn sticky(self, exchange: &Exchange) -> Self {
        match &exchange.cookie {
            Some(cookie) => self.header("Set-Cookie", &format!("JSESSIONID={cookie}; Path=/")),
            None => self,
        }
    }

    /// Forbids to keep the response, and to change it on the way.
    pub(crate) fn fresh(self) -> Self {
        self.header(
            "Cache-Control",
            "no-store, no-cache, no-transform, must-revalidate, max-age=0",
        )
    }

    /// Appends the whole response to a request.
    pub(crate) fn append_to(&self, exchange: &Exchange, out: &mut Vec<u8>) {
        self.append_whole_head(if exchange.keep_alive { "" } else { CLOSE }, out);
        if !exchange.head_only {
            self.append_body(out);
        }
    }

    /// Appends the whole response, after which the connection ends.
    pub(crate) fn append_last(&self, out: &mut Vec<u8>) {
        self.append_whole_head(CLOSE, out);
        self.append_body(out);
    }

    /// Appends the head of a response whose body follows as it comes.
    pub(crate) fn append_stream_head(&self, exchange: &Exchange, out: &mut Vec<u8>) {
        let end = if exchange.is_modern {
            "Transfer-Encoding: chunked\r\n"
        } else {
            CLOSE
        };
        self.append_head("", end, out);
    }

    fn append_whole_head(&self, end: &str, out: &mut Vec<u8>) {
        let has_no_length = self.body.is_none() && !matches!(self.status, 204 | 304);
        self.append_head(if has_no_length { "Content-Length: 0\r\n" } else { "" }, end, out);
    }

    fn append_head(&self, length: &str, end: &str, out: &mut Vec<u8>) {
        let Self { status, headers, .. } = self;
        let head = format!("HTTP/1.1 {status} {}\r\n{headers}{length}{end}\r\n", reason(*status));
        out.extend_from_slice(head.as_bytes());
    }

    fn append_body(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.body.as_deref().unwrap_or_default());
    }
}

/// The words beside a status.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        304 => "Not Modified",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Bad Request",
    }
}
