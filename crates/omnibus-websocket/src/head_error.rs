//! Why is a request head refused before anyone looks at what it asks for?

/// Why a request head can't be read (RFC 9112 §2–§6, RFC 9110 §5 and §7.2).
///
/// Answer with [`HeadError::status`] and close the connection: behind a head that two readers could
/// read in two ways, nothing can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The head is larger than [`HeadLimits::head_bytes_max`](crate::HeadLimits::head_bytes_max).
    #[error("request head is more than {bytes_max} bytes; send fewer or shorter headers")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// More headers than [`HeadLimits::header_count_max`](crate::HeadLimits::header_count_max).
    #[error("request head has more than {headers_max} headers; send fewer")]
    TooManyHeaders {
        /// The limit.
        headers_max: usize,
    },
    /// The first byte can't begin a method (RFC 9112 §2.2 and §3).
    #[error("request begins with byte {byte:#04x}, not with a method; speak HTTP/1.1 here")]
    NotHttp {
        /// The byte.
        byte: u8,
    },
    /// CR without LF or LF without CR (RFC 9112 §2.2).
    #[error("request head has a bare CR or LF at byte {at}; end lines with CRLF")]
    BareLineEnd {
        /// Where, from the start of the head.
        at: usize,
    },
    /// A NUL byte (RFC 9110 §5.5).
    #[error("request head has a NUL at byte {at}; leave it out")]
    Nul {
        /// Where, from the start of the head.
        at: usize,
    },
    /// A header line that begins with white space (RFC 9112 §5.2).
    #[error("request head has a folded line at byte {at}; send each header on one line")]
    FoldedLine {
        /// Where, from the start of the head.
        at: usize,
    },
    /// White space between a header's name and its colon (RFC 9112 §5.1).
    #[error("a header has white space between its name and the colon; leave it out")]
    SpaceBeforeColon,
    /// Anything else that is not `method SP target SP HTTP/1.x` and headers (RFC 9112 §3, §5).
    #[error("request head is malformed: {what}; see RFC 9112")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The target is neither a path, nor a URL, nor `*` (RFC 9112 §3.2).
    #[error("request target is not a path; begin it with / and percent-encode other than ASCII")]
    Target,
    /// A header that may stand once stands more than once (RFC 9110 §5.3).
    #[error("header {name} stands more than once; send it once")]
    Repeated {
        /// The header's name in lower case.
        name: &'static str,
    },
    /// A header of which this server believes the value has bytes outside of ASCII.
    #[error("header {name} has bytes outside of ASCII; leave them out")]
    NotAscii {
        /// The header's name in lower case.
        name: &'static str,
    },
    /// HTTP/1.1 without a Host (RFC 9112 §3.2).
    #[error("request of HTTP/1.1 has no Host; send one")]
    NoHost,
    /// A Host that is not `host[:port]`, or that differs from the target's (RFC 9112 §3.2).
    #[error("Host is not a host name, or not the one in the target; send host or host:port")]
    Host,
    /// A Content-Length that is not a number (RFC 9110 §8.6).
    #[error("Content-Length is not a number of bytes; send digits only")]
    ContentLength,
    /// Both Content-Length and Transfer-Encoding (RFC 9112 §6.3).
    #[error("Content-Length and Transfer-Encoding stand together; send one of them")]
    TwoFramings,
    /// A Transfer-Encoding other than `chunked`, or one in HTTP/1.0 (RFC 9112 §6.1).
    #[error("Transfer-Encoding is not `chunked`, or the request is HTTP/1.0; send a Content-Length")]
    TransferEncoding,
}

impl HeadError {
    /// The status to answer with: 431 for too much, else 400 (RFC 9110 §15.5.1, RFC 6585 §5).
    pub fn status(&self) -> u16 {
        match self {
            Self::TooLarge { .. } | Self::TooManyHeaders { .. } => 431,
            _ => 400,
        }
    }
}
