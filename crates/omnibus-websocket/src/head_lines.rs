//! Where does a request head end, and are its lines clean on the way there? (RFC 9112 §2.2, §5.2)
//!
//! A parser that forgives is what request smuggling lives on, so the lines are judged byte by byte
//! before the parser sees them, and garbage is refused before a whole head of it has arrived.

use crate::head_error::HeadError;
use crate::head_limits::HeadLimits;

/// A head that is complete and whose lines are clean.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeadLines {
    /// The length of the head, its empty line included.
    pub(crate) bytes: usize,
    /// How many header lines it has.
    pub(crate) headers: usize,
}

/// Looks for the empty line that ends a head; `None` if it has not arrived.
///
/// # Errors
/// A first byte that can't begin a method, a bare CR or LF, a NUL, a folded line, a head over one of
/// its limits.
pub(crate) fn find_head(buf: &[u8], limits: &HeadLimits) -> Result<Option<HeadLines>, HeadError> {
    let Some(&first) = buf.first() else {
        return Ok(None);
    };
    if !is_token_byte(first) {
        return Err(HeadError::NotHttp { byte: first });
    }
    let window = &buf[..buf.len().min(limits.head_bytes_max)];
    let mut lines = 0;
    let mut from = 0;
    while let Some(found) = memchr::memchr3(b'\r', b'\n', 0, &window[from..]) {
        let at = from + found;
        match (window[at], window.get(at + 1)) {
            (0, _) => return Err(HeadError::Nul { at }),
            (b'\r', None) => break,
            (b'\r', Some(b'\n')) => {}
            _ => return Err(HeadError::BareLineEnd { at }),
        }
        let line_end = at + 2;
        if at == from {
            return Ok(Some(HeadLines {
                bytes: line_end,
                headers: lines - 1,
            }));
        }
        lines += 1;
        // The request line is not a header.
        if lines - 1 > limits.header_count_max {
            return Err(HeadError::TooManyHeaders {
                headers_max: limits.header_count_max,
            });
        }
        // Judged last, for it needs a byte more, which may not have arrived.
        if matches!(window.get(line_end), Some(b' ' | b'\t')) {
            return Err(HeadError::FoldedLine { at: line_end });
        }
        from = line_end;
    }
    if buf.len() >= limits.head_bytes_max {
        return Err(HeadError::TooLarge {
            bytes_max: limits.head_bytes_max,
        });
    }
    Ok(None)
}

/// Whether `byte` may stand in a token, such as a method (RFC 9110 §5.6.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(head: &[u8]) -> Result<Option<HeadLines>, HeadError> {
        find_head(
            head,
            &HeadLimits {
                head_bytes_max: 64,
                header_count_max: 2,
            },
        )
    }

    #[test]
    fn a_head_ends_at_its_empty_line_and_never_before() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for cut in 0..head.len() {
            assert_eq!(find(&head[..cut]), Ok(None), "cut at {cut}");
        }
        let whole = Ok(Some(HeadLines {
            bytes: head.len(),
            headers: 1,
        }));
        assert_eq!(find(head), whole);
        assert_eq!(find(&[head.as_slice(), b"\x81\x80\0\0\0\0"].concat()), whole);
    }

    #[test]
    fn an_unclean_line_is_refused_before_the_head_is_complete() {
        let table: [(&[u8], HeadError); 7] = [
            (b"\x16\x03\x01", HeadError::NotHttp { byte: 0x16 }),
            (b"\r\n", HeadError::NotHttp { byte: b'\r' }),
            (b" GET", HeadError::NotHttp { byte: b' ' }),
            (b"GET /\n", HeadError::BareLineEnd { at: 5 }),
            (b"GET /\rx", HeadError::BareLineEnd { at: 5 }),
            (b"GET /\0", HeadError::Nul { at: 5 }),
            (b"GET /\r\nA: b\r\n c", HeadError::FoldedLine { at: 13 }),
        ];
        for (bytes, error) in table {
            assert_eq!(find(bytes), Err(error));
        }
    }

    #[test]
    fn a_head_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
        let head = |bytes: usize| format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(bytes - 18)).into_bytes();
        assert_eq!(find(&head(64)), Ok(Some(HeadLines { bytes: 64, headers: 0 })));
        assert_eq!(find(&head(65)), Err(HeadError::TooLarge { bytes_max: 64 }));
        assert_eq!(find(&[b'A'; 63]), Ok(None));
        assert_eq!(find(&[b'A'; 64]), Err(HeadError::TooLarge { bytes_max: 64 }));
    }

    #[test]
    fn the_verdict_does_not_depend_on_how_much_has_arrived() {
        let error = HeadError::TooManyHeaders { headers_max: 2 };
        let head = b"GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\n folded\r\n\r\n";
        let first = head.len() - b" folded\r\n\r\n".len();
        for arrived in first..=head.len() {
            assert_eq!(find(&head[..arrived]), Err(error.clone()), "{arrived} bytes");
        }
    }

    #[test]
    fn one_header_more_than_the_limit_is_refused() {
        assert!(find(b"GET / HTTP/1.1\r\nA:\r\nB:\r\n\r\n").is_ok());
        assert_eq!(
            find(b"GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\n"),
            Err(HeadError::TooManyHeaders { headers_max: 2 })
        );
    }
}
