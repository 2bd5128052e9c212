//! What does a client ask for? Request heads, read strictly (RFC 9112 §3 and §5).

use crate::head_error::HeadError;
use crate::head_limits::HeadLimits;
use crate::head_lines::find_head;
use crate::host;

/// Headers on which decisions rest: each may stand once and in ASCII only, so that
/// [`RequestHead::header`] can't be answered in two ways.
const SINGLE_HEADERS: [&str; 10] = [
    "host",
    "origin",
    "content-length",
    "transfer-encoding",
    "content-type",
    "authorization",
    "last-event-id",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-fetch-site",
];

/// The head of one HTTP request; it borrows from the buffer it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// `GET` and so on, as sent: methods are case-sensitive.
    pub method: &'a str,
    /// The target as sent, ASCII: a path with its query, a URL, or `*`.
    pub target: &'a str,
    /// 0 or 1, for HTTP/1.0 and HTTP/1.1.
    pub minor_version: u8,
    headers: Vec<httparse::Header<'a>>,
    content_length: Option<u64>,
}

/// Reads one request head from the front of `buf` and says how many bytes it has; `None` if it has not
/// arrived completely.
///
/// Cheap to call again with more of the same head; the caller bounds the time that a head may take.
///
/// # Errors
/// Everything in [`HeadError`]; refused are in particular all heads that a proxy in front could
/// read differently (RFC 9112 §11.2).
pub fn parse_head<'a>(buf: &'a [u8], limits: &HeadLimits) -> Result<Option<(RequestHead<'a>, usize)>, HeadError> {
    let Some(lines) = find_head(buf, limits)? else {
        return Ok(None);
    };
    let bytes = &buf[..lines.bytes];
    let mut headers = vec![httparse::EMPTY_HEADER; lines.headers];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(parsed_bytes)) if parsed_bytes == lines.bytes => {}
        Ok(_) => {
            return Err(HeadError::Malformed {
                what: "it ends in the middle of a line",
            });
        }
        Err(err) => return Err(explain(err, bytes)),
    }
    let (Some(method), Some(target), Some(minor_version)) = (request.method, request.path, request.version) else {
        return Err(HeadError::Malformed {
            what: "the request line is incomplete",
        });
    };
    let mut head = RequestHead {
        method,
        target,
        minor_version,
        headers,
        content_length: None,
    };
    head.check_single_headers()?;
    head.check_target_and_host()?;
    head.check_framing()?;
    Ok(Some((head, lines.bytes)))
}

impl<'a> RequestHead<'a> {
    /// The path without its query, as sent and not decoded; `*` for a server as a whole.
    pub fn path(&self) -> &'a str {
        let path_and_query = self.path_and_query();
        path_and_query.split_once('?').map_or(path_and_query, |(path, _)| path)
    }

    /// What follows the first `?` of the target, as sent and not decoded.
    pub fn query(&self) -> Option<&'a str> {
        self.path_and_query().split_once('?').map(|(_, query)| query)
    }

    /// The value of the first header called `name`, in any case; `None` also if it is not UTF-8.
    ///
    /// Headers on which access depends (Host, Origin, Authorization, Sec-WebSocket-Key and -Version,
    /// Content-Length and -Type, Transfer-Encoding, Last-Event-ID, Sec-Fetch-Site) stand at most
    /// once, in ASCII.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let header = self
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok()
    }

    /// The values of all headers called `name`, in any case and in order; those that are not UTF-8
    /// are left out.
    pub fn headers<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'a str> + 'n {
        let named = self
            .headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.filter_map(|header| std::str::from_utf8(header.value).ok())
    }

    /// The elements of all headers called `name` that are comma-separated lists (RFC 9110 §5.6.1),
    /// without empty ones.
    pub fn list<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'a str> + 'n {
        self.headers(name)
            .flat_map(split_list)
            .filter(|element| !element.is_empty())
    }

    /// `host` or `host:port`, well-formed; `None` only for HTTP/1.0 without a Host.
    pub fn host(&self) -> Option<&'a str> {
        self.header("host")
    }

    /// How many bytes of body Content-Length announces.
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// Whether a body of unknown length follows (`Transfer-Encoding: chunked`).
    pub fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some()
    }

    fn path_and_query(&self) -> &'a str {
        match host::split_url(self.target) {
            Some((_, path_and_query)) if path_and_query.starts_with('/') => path_and_query,
            Some(_) => "/",
            None => self.target,
        }
    }

    fn check_single_headers(&self) -> Result<(), HeadError> {
        for name in SINGLE_HEADERS {
            let mut named = self
                .headers
                .iter()
                .filter(|header| header.name.eq_ignore_ascii_case(name));
            let first = named.next();
            if named.next().is_some() {
                return Err(HeadError::Repeated { name });
            }
            if first.is_some_and(|header| !header.value.is_ascii()) {
                return Err(HeadError::NotAscii { name });
            }
        }
        Ok(())
    }

    fn check_target_and_host(&self) -> Result<(), HeadError> {
        let url = host::split_url(self.target);
        let is_path = self.target.starts_with('/') || self.target == "*";
        if !self.target.is_ascii() || !(is_path || url.is_some()) {
            return Err(HeadError::Target);
        }
        let Some(host) = self.host() else {
            return if self.minor_version == 0 {
                Ok(())
            } else {
                Err(HeadError::NoHost)
            };
        };
        let differs = url.is_some_and(|(authority, _)| !authority.eq_ignore_ascii_case(host));
        if differs || !host::is_host_and_port(host) {
            Err(HeadError::Host)
        } else {
            Ok(())
        }
    }

    fn check_framing(&mut self) -> Result<(), HeadError> {
        let length = self.header("content-length");
        if let Some(coding) = self.header("transfer-encoding") {
            if length.is_some() {
                return Err(HeadError::TwoFramings);
            }
            if self.minor_version == 0 || !coding.eq_ignore_ascii_case("chunked") {
                return Err(HeadError::TransferEncoding);
            }
        }
        if let Some(length) = length {
            // `parse` alone would let a sign pass.
            let is_digits = length.bytes().all(|byte| byte.is_ascii_digit());
            self.content_length = length.parse().ok().filter(|_| is_digits);
            if self.content_length.is_none() {
                return Err(HeadError::ContentLength);
            }
        }
        Ok(())
    }
}

/// Splits at commas outside of quoted strings and trims what lies between them (RFC 9110 §5.6.1, §5.6.4).
fn split_list(value: &str) -> impl Iterator<Item = &str> {
    let mut in_quotes = false;
    let mut escaped = false;
    value
        .split(move |character| {
            if escaped {
                escaped = false;
                return false;
            }
            match character {
                '"' => in_quotes = !in_quotes,
                '\\' if in_quotes => escaped = true,
                _ => {}
            }
            character == ',' && !in_quotes
        })
        .map(str::trim_ascii)
}

fn explain(err: httparse::Error, head: &[u8]) -> HeadError {
    let what = match err {
        httparse::Error::HeaderName if has_space_before_colon(head) => {
            return HeadError::SpaceBeforeColon;
        }
        httparse::Error::HeaderName => "a header's name is not a token",
        httparse::Error::HeaderValue => "a header's value has a control character",
        httparse::Error::Version => "the version is not HTTP/1.0 or HTTP/1.1",
        httparse::Error::Token => "the request line is not `method SP target SP version`",
        _ => "a line does not end with CRLF",
    };
    HeadError::Malformed { what }
}

fn has_space_before_colon(head: &[u8]) -> bool {
    head.split(|byte| *byte == b'\n').skip(1).any(|line| {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
        line[..colon].ends_with(b" ") || line[..colon].ends_with(b"\t")
    })
}
