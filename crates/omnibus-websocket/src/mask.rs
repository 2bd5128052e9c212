//! How is a client's mask taken off a payload? In place, eight bytes at a time (RFC 6455 §5.3).

/// Removes the mask from `payload` and returns the mask as the next byte of the same frame needs it.
///
/// A frame that arrives in pieces is unmasked piece by piece; the returned mask is turned by as many
/// bytes as this piece had.
pub(crate) fn unmask(payload: &mut [u8], mask: [u8; 4]) -> [u8; 4] {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    // The words end on a multiple of four, so the mask starts afresh here.
    for (byte, key) in rest.iter_mut().zip([a, b, c, d, a, b, c]) {
        *byte ^= key;
    }
    let mut turned = mask;
    turned.rotate_left(payload.len() % 4);
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_unmasked_like_the_formula_of_the_rfc() {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        for length in 0..70_usize {
            let plain: Vec<u8> = (0..length).map(|i| (i * 7) as u8).collect();
            let mut masked: Vec<u8> = plain.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]).collect();
            unmask(&mut masked, mask);
            assert_eq!(masked, plain);
        }
    }

    #[test]
    fn a_payload_in_pieces_is_unmasked_like_the_whole() {
        let mask = [1, 2, 3, 4];
        let masked: Vec<u8> = (0..41).collect();
        let mut whole = masked.clone();
        unmask(&mut whole, mask);
        for cut in 0..masked.len() {
            let mut pieces = masked.clone();
            let (left, right) = pieces.split_at_mut(cut);
            let turned = unmask(left, mask);
            unmask(right, turned);
            assert_eq!(pieces, whole, "cut at {cut}");
        }
    }
}
