//! Which close codes may be on the wire, and what answers a close frame? (RFC 6455 §7.4)

use crate::violation::Violation;

/// What a close frame carries: nothing, or a code and a reason.
pub(crate) type ClosePayload<'a> = Option<(u16, &'a str)>;

/// Whether `code` may stand in a close frame (RFC 6455 §7.4 and the IANA registry that it founded).
///
/// Allowed are 1000–1003, 1007–1011, the registered 1012–1014, 3000–3999 for libraries and 4000–4999
/// for private use. 1005, 1006 and 1015 are for local use only; 1004 and the rest are reserved.
pub(crate) fn close_code_is_valid(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// The code with which to answer a client's close frame: its own code, or none if it sent none
/// (RFC 6455 §5.5.1; recording N27).
pub(crate) fn close_reply_code(received: Option<(u16, &str)>) -> Option<u16> {
    received.map(|(code, _reason)| code)
}

/// Reads the payload of a close frame (RFC 6455 §5.5.1).
///
/// # Errors
/// A payload of one byte, a code that must not be sent, a reason that is not UTF-8.
pub(crate) fn read_close(payload: &[u8]) -> Result<ClosePayload<'_>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() {
            Ok(None)
        } else {
            Err(Violation::CloseOneByte)
        };
    };
    let code = u16::from_be_bytes(*code);
    if !close_code_is_valid(code) {
        return Err(Violation::CloseCode { code });
    }
    let reason = std::str::from_utf8(reason).map_err(|_| Violation::CloseReasonNotUtf8)?;
    Ok(Some((code, reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_assigned_and_private_codes_are_valid_on_the_wire() {
        let valid: Vec<u16> = (0..=u16::MAX).filter(|code| close_code_is_valid(*code)).collect();
        let expected: Vec<u16> = (1000..=1003).chain(1007..=1014).chain(3000..=4999).collect();
        assert_eq!(valid, expected);
    }

    #[test]
    fn a_close_is_answered_with_its_own_code_and_without_a_reason() {
        assert_eq!(close_reply_code(Some((1001, "going away"))), Some(1001));
        assert_eq!(close_reply_code(None), None);
    }

    #[test]
    fn a_close_payload_is_nothing_or_a_valid_code_and_a_utf8_reason() {
        assert_eq!(read_close(b""), Ok(None));
        assert_eq!(read_close(b"\x03\xe8"), Ok(Some((1000, ""))));
        assert_eq!(read_close(b"\x03\xe9bye"), Ok(Some((1001, "bye"))));
        assert_eq!(read_close(b"\x03"), Err(Violation::CloseOneByte));
        assert_eq!(read_close(b"\x03\xed"), Err(Violation::CloseCode { code: 1005 }));
        assert_eq!(read_close(b"\x03\xe8\xff"), Err(Violation::CloseReasonNotUtf8));
    }
}
