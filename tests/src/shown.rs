//! How are bytes shown in the message of a failed test?

/// Bytes that are shown at most.
const SHOWN_MAX: usize = 300;

/// The bytes as text where they are, cut and with their length where they are many.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(SHOWN_MAX)];
    let text = String::from_utf8_lossy(start);
    if bytes.len() > SHOWN_MAX {
        format!("{text:?}… ({} bytes)", bytes.len())
    } else {
        format!("{text:?}")
    }
}
