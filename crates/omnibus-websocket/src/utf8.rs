//! Is text valid UTF-8 so far, even if it stops in the middle of a character? (RFC 6455 §8.1)

/// A character has at most four bytes, so at most three wait for the rest of theirs.
const UNFINISHED_BYTES_MAX: usize = 3;

/// Text that arrives in pieces: every byte is checked once, on arrival.
///
/// ```text
///   whole ──piece ends inside a character──▶ 1–3 bytes in `tail`
///     ▲                                          │
///     └──────────the character is complete───────┘
/// ```
///
/// A byte that can't continue valid UTF-8 is refused with the piece that brings it.
#[derive(Debug, Default)]
pub(crate) struct PartialText {
    text: String,
    tail: [u8; 4],
    tail_bytes: u8,
}

/// The bytes can't become valid UTF-8, whatever follows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotUtf8;

impl PartialText {
    /// Takes the next piece.
    ///
    /// # Errors
    /// [`NotUtf8`] as soon as a byte makes the text invalid.
    pub(crate) fn push(&mut self, mut piece: &[u8]) -> Result<(), NotUtf8> {
        while self.tail_bytes > 0 {
            let Some((byte, rest)) = piece.split_first() else {
                return Ok(());
            };
            piece = rest;
            self.push_to_tail(*byte)?;
        }
        let (whole, tail) = piece.split_at(piece.len() - unfinished_bytes(piece));
        self.text
            .push_str(simdutf8::basic::from_utf8(whole).map_err(|_| NotUtf8)?);
        tail.iter().try_for_each(|byte| self.push_to_tail(*byte))
    }

    /// The text, if it does not stop inside a character.
    pub(crate) fn finish(&self) -> Result<&str, NotUtf8> {
        if self.tail_bytes == 0 {
            Ok(&self.text)
        } else {
            Err(NotUtf8)
        }
    }

    /// What [`Self::finish`] would return, where that is known to succeed.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + usize::from(self.tail_bytes)
    }

    fn push_to_tail(&mut self, byte: u8) -> Result<(), NotUtf8> {
        let at = usize::from(self.tail_bytes);
        self.tail[at] = byte;
        match std::str::from_utf8(&self.tail[..=at]) {
            Ok(character) => {
                self.text.push_str(character);
                self.tail_bytes = 0;
                Ok(())
            }
            // The standard library says "unfinished" only where some continuation would be valid.
            Err(err) if err.error_len().is_none() => {
                self.tail_bytes += 1;
                Ok(())
            }
            Err(_) => Err(NotUtf8),
        }
    }
}

/// How many bytes at the end of `piece` begin a character and don't complete it.
fn unfinished_bytes(piece: &[u8]) -> usize {
    for back in 1..=UNFINISHED_BYTES_MAX.min(piece.len()) {
        let wanted = match piece[piece.len() - back] {
            0b1100_0000..=0b1101_1111 => 2,
            0b1110_0000..=0b1110_1111 => 3,
            0b1111_0000..=0b1111_0111 => 4,
            0b1000_0000..=0b1011_1111 => continue,
            _ => return 0,
        };
        return if wanted > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes are accepted one at a time before the refusal, if there is one.
    fn refused_at(bytes: &[u8]) -> Option<usize> {
        let mut text = PartialText::default();
        bytes.iter().position(|byte| text.push(&[*byte]).is_err())
    }

    #[test]
    fn the_byte_that_makes_text_invalid_is_the_one_that_is_refused() {
        let table: [(&[u8], Option<usize>); 10] = [
            ("κόσμε".as_bytes(), None),
            ("\u{10ffff}".as_bytes(), None),
            (b"a\xff", Some(1)),
            (b"\x80", Some(0)),
            (b"\xc0\x80", Some(0)),
            (b"\xe0\x80\x80", Some(1)),
            (b"\xed\xa0\x80", Some(1)),
            (b"\xf4\x90\x80\x80", Some(1)),
            (b"\xf5\x80\x80\x80", Some(0)),
            (b"\xce\xbaa\xce\xce", Some(4)),
        ];
        for (bytes, expected) in table {
            assert_eq!(refused_at(bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn every_cut_gives_the_same_text() {
        let whole = "aé€😀 ".repeat(20);
        for first in 0..=whole.len() {
            for second in first..=whole.len() {
                let mut text = PartialText::default();
                for piece in [
                    &whole.as_bytes()[..first],
                    &whole.as_bytes()[first..second],
                    &whole.as_bytes()[second..],
                ] {
                    text.push(piece).unwrap();
                }
                assert_eq!(text.finish(), Ok(whole.as_str()));
                assert_eq!(text.bytes(), whole.len());
            }
        }
    }

    #[test]
    fn text_that_stops_inside_a_character_is_unfinished_but_not_yet_wrong() {
        let mut text = PartialText::default();
        assert_eq!(text.push(b"ok \xf0\x9f\x98"), Ok(()));
        assert_eq!(text.finish(), Err(NotUtf8));
        assert_eq!(text.bytes(), 6);
        assert_eq!(text.push(b"\x80"), Ok(()));
        assert_eq!(text.finish(), Ok("ok 😀"));
    }
}
