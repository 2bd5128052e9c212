//! In which form do messages wait until a client asks for them?

use crate::escape::append_json_string;

/// Appends a message as it waits while nobody reads: a JSON string and a newline. It is
/// encoded once for all who wait, and any transport makes its frames of it.
pub fn append_parked(text: &str, out: &mut Vec<u8>) {
    append_json_string(text, out);
    out.push(b'\n');
}

/// Cuts what waits into JSON strings, at most `bytes_max` of them at a time, but always one: the
/// list for one frame, without its brackets. Returns the list and what still waits.
#[must_use]
pub fn drain_parked(parked: &[u8], bytes_max: usize) -> (Vec<u8>, &[u8]) {
    let mut list = Vec::with_capacity(parked.len().min(bytes_max));
    let mut rest = parked;
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        if !list.is_empty() {
            if list.len() + 1 + end > bytes_max {
                break;
            }
            list.push(b',');
        }
        list.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
    }
    (list, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_becomes_lists_that_fit() {
        let mut parked = Vec::new();
        for text in ["one", "two\n", "three"] {
            append_parked(text, &mut parked);
        }
        let (all, rest) = drain_parked(&parked, 1_000);
        assert_eq!(
            (all.as_slice(), rest),
            (br#""one","two\n","three""#.as_slice(), b"".as_slice())
        );
        let (list, rest) = drain_parked(&parked, 13);
        assert_eq!(list, br#""one","two\n""#);
        assert_eq!(drain_parked(rest, 1), (br#""three""#.to_vec(), b"".as_slice()));
        assert_eq!(drain_parked(b"", 1), (Vec::new(), b"".as_slice()));
    }
}
