//! How does a response go on without an end in sight? Chunks (RFC 9112 §7.1).

/// Ends a chunked response.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Digits that a chunk's size needs at most: a chunk stays below 4 GiB.
const SIZE_DIGITS_MAX: usize = 8;

/// Appends what `write` appends as one chunk; nothing where it appends nothing, for that would
/// end the response.
pub(crate) fn append_chunk(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    let reserved = start + SIZE_DIGITS_MAX + 2;
    out.resize(reserved, 0);
    write(out);
    let bytes = out.len() - reserved;
    if bytes == 0 {
        return out.truncate(start);
    }
    // The size is known only now; its line is as long as it needs to be, and the rest moves up.
    let size = format!("{bytes:x}\r\n");
    out[start..start + size.len()].copy_from_slice(size.as_bytes());
    out.copy_within(reserved.., start + size.len());
    out.truncate(start + size.len() + bytes);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_says_its_size() {
        for (bytes, size) in [(1, "1"), (15, "f"), (16, "10"), (2049, "801"), (70_000, "11170")] {
            let mut out = b"before ".to_vec();
            append_chunk(&mut out, |out| out.resize(out.len() + bytes, b'x'));
            let expected = format!("before {size}\r\n{}\r\n", "x".repeat(bytes));
            assert_eq!(out, expected.as_bytes());
        }
    }

    #[test]
    fn nothing_is_no_chunk_and_so_does_not_end_the_response() {
        let mut out = b"before".to_vec();
        append_chunk(&mut out, |_| {});
        assert_eq!(out, b"before");
    }
}
