//! How are requests answered on a connection that goes on?

use std::net::IpAddr;

use ipnet::IpNet;
use omnibus_websocket::RequestHead;

use crate::address;

/// What an answer needs to know of its request.
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

/// An answer: its status, headers and body.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            headers: String::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Adds whose pages may read the answer.
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

    /// Forbids to keep the answer, and to change it on the way.
    pub(crate) fn fresh(self) -> Self {
        self.header(
            "Cache-Control",
            "no-store, no-cache, no-transform, must-revalidate, max-age=0",
        )
    }

    /// Appends the whole answer.
    pub(crate) fn append_to(&self, exchange: &Exchange, out: &mut Vec<u8>) {
        let has_body = !matches!(self.status, 204 | 304);
        let mut end = String::new();
        if has_body {
            end = format!("Content-Length: {}\r\n", self.body.len());
        }
        if !exchange.keep_alive {
            end.push_str("Connection: close\r\n");
        }
        self.append_head(&end, out);
        if has_body && !exchange.head_only {
            out.extend_from_slice(&self.body);
        }
    }

    /// Appends the head of an answer whose body follows as it comes.
    pub(crate) fn append_stream_head(&self, exchange: &Exchange, out: &mut Vec<u8>) {
        let end = if exchange.is_modern {
            "Transfer-Encoding: chunked\r\n"
        } else {
            "Connection: close\r\n"
        };
        self.append_head(end, out);
    }

    fn append_head(&self, end: &str, out: &mut Vec<u8>) {
        let Self { status, headers, .. } = self;
        let head = format!("HTTP/1.1 {status} {}\r\n{headers}{end}\r\n", reason(*status));
        out.extend_from_slice(head.as_bytes());
    }
}

/// The words beside a status.
pub(crate) fn reason(status: u16) -> &'static str {
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
