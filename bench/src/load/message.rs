//! What do messages say?
//!
//! All messages of a run have one length and differ in their number only. So a subscriber's whole
//! stream is known beforehand, and every byte of it can be checked at the cost of a comparison.

/// The bytes of a message unless said otherwise.
pub(crate) const BODY_BYTES: usize = 128;

/// The bytes of a large one.
pub(crate) const LARGE_BODY_BYTES: usize = 1_024;

/// An envelope as the original's browsers send it, of so many bytes.
pub(super) fn body(number: u64, sender: &str, bytes: usize) -> String {
    let head = format!(r#"{{"type":"tick","sender":"{sender}","payload":{{"number":"{number:012}","fill":""#);
    let tail = r#""}}"#;
    format!("{head:.<0$}{tail}", bytes - tail.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_has_the_length_that_was_asked_for() {
        for bytes in [BODY_BYTES, LARGE_BODY_BYTES] {
            for number in [0, 1, 999_999_999_999] {
                assert_eq!(body(number, "client-4999", bytes).len(), bytes);
            }
        }
    }
}
