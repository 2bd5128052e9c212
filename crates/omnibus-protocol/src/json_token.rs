//! How is one token of JSON read?
//!
//! Strings, numbers and words, byte by byte where it matters and eight bytes
//! at a time through the plain stretches of a string.

use crate::json_error::ScanError;
use crate::json_string::RawString;

/// A place in the body: everything before `at` has been read.
pub(crate) struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts before the first byte.
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { body, at: 0 }
    }

    /// How many bytes have been read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, ScanError> {
        let byte = self.peek().ok_or(self.ended())?;
        self.at += 1;
        Ok(byte)
    }

    /// Skips white space and shows the byte behind it.
    pub(crate) fn peek_past_white(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Skips white space and reads the byte behind it.
    pub(crate) fn next_past_white(&mut self) -> Result<u8, ScanError> {
        self.peek_past_white();
        self.next()
    }

    /// Reads a string whose opening quote has been read.
    pub(crate) fn string(&mut self) -> Result<RawString<'a>, ScanError> {
        let from = self.at;
        loop {
            self.skip_plain();
            match self.next()? {
                b'"' => return Ok(RawString::new(&self.body[from..self.at - 1])),
                b'\\' => self.escape()?,
                0..0x20 => return Err(self.unexpected()),
                _ => {}
            }
        }
    }

    /// Skips to the next `"`, `\` or C0, eight bytes at a time; the last few are left to the caller.
    fn skip_plain(&mut self) {
        while let Some(eight) = self.body[self.at..].first_chunk::<8>() {
            match first_special(u64::from_le_bytes(*eight)) {
                None => self.at += 8,
                Some(place) => {
                    self.at += place;
                    return;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<(), ScanError> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    if !self.next()?.is_ascii_hexdigit() {
                        return Err(self.unexpected());
                    }
                }
                Ok(())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Reads the rest of `true`, `false` or `null`.
    pub(crate) fn word(&mut self, rest: &[u8]) -> Result<(), ScanError> {
        for &expected in rest {
            if self.next()? != expected {
                return Err(self.unexpected());
            }
        }
        Ok(())
    }

    /// Reads a number whose first byte, `-` or a digit, has been read.
    pub(crate) fn number(&mut self, first: u8) -> Result<(), ScanError> {
        let first = if first == b'-' { self.next()? } else { first };
        match first {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return Err(self.unexpected()),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.one_or_more_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.one_or_more_digits()?;
        }
        Ok(())
    }

    fn one_or_more_digits(&mut self) -> Result<(), ScanError> {
        if !self.next()?.is_ascii_digit() {
            return Err(self.unexpected());
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    /// The byte just read is wrong.
    pub(crate) fn unexpected(&self) -> ScanError {
        ScanError::Unexpected { at: self.at - 1 }
    }

    fn ended(&self) -> ScanError {
        ScanError::Ended { bytes: self.body.len() }
    }
}

/// The place of the first of eight bytes that is `"`, `\` or below 0x20.
///
/// A borrow can run from such a byte into the ones above it and mark them, too, but never below:
/// the lowest mark is true.
fn first_special(eight: u64) -> Option<usize> {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let equal = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
    let marks = below(eight, 0x20) | equal(b'"') | equal(b'\\');
    (marks != 0).then(|| marks.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_special_byte_of_eight_is_found_wherever_it_is() {
        for byte in 0..=u8::MAX {
            let special = matches!(byte, b'"' | b'\\' | 0..0x20);
            for around in [b' ', b'a', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff] {
                for place in 0..8 {
                    let mut eight = [around; 8];
                    eight[place] = byte;
                    let found = first_special(u64::from_le_bytes(eight));
                    assert_eq!(found, special.then_some(place), "{byte:#x} at {place} in {around:#x}");
                    // What follows the first one, special or not, does not matter.
                    eight[place + 1..].fill(b'"');
                    let behind = (place < 7).then_some(place + 1);
                    let found = first_special(u64::from_le_bytes(eight));
                    assert_eq!(
                        found,
                        if special { Some(place) } else { behind },
                        "{byte:#x} at {place}"
                    );
                }
            }
        }
    }
}
