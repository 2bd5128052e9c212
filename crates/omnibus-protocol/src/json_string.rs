//! How are strings written into JSON, and what does an escaped one say?
//!
//! Two ways of writing: [`push_ascii`] as Python's `json.dumps` does, for
//! replies; [`push_plain`] as JavaScript's `JSON.stringify` does, for what is
//! spliced into a client's own message. And one way of reading: [`RawString`]
//! compares with a text without building the unescaped string.

use std::cmp::Ordering;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` without quotes, escaped to pure ASCII as Python's
/// `json.dumps` does: `\u00e9`, surrogate pairs, `\u007f`; `/` stays (N09, N21).
pub fn push_ascii(out: &mut Vec<u8>, text: &str) {
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            ' '..='~' => out.push(c as u8),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    push_unit(out, *unit);
                }
            }
        }
    }
}

/// Appends `text` without quotes, escaping only what JSON demands: `"`, `\`
/// and C0. This is what a browser's own `JSON.stringify` writes.
pub fn push_plain(out: &mut Vec<u8>, text: &str) {
    for &byte in text.as_bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => push_unit(out, u16::from(byte)),
            _ => out.push(byte),
        }
    }
}

fn push_unit(out: &mut Vec<u8>, unit: u16) {
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(HEX[usize::from(unit >> shift & 0xf)]);
    }
}

/// A JSON string as it stands on the wire, between its quotes, escapes and all.
///
/// The scanner hands it out once every escape is well-formed. The UTF-8 of the
/// rest is the caller's to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawString<'a>(&'a [u8]);

impl<'a> RawString<'a> {
    /// Wraps the bytes between two quotes.
    #[must_use]
    pub fn new(between_quotes: &'a [u8]) -> Self {
        Self(between_quotes)
    }

    /// The bytes between the quotes.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Tells whether the string, once unescaped, is exactly `text`.
    ///
    /// A lone surrogate equals no text. Allocates nothing.
    #[must_use]
    pub fn equals(self, text: &str) -> bool {
        // Every escape is longer than what it says, so lengths decide nearly always.
        let (raw, text) = (self.0, text.as_bytes());
        match raw.len().cmp(&text.len()) {
            Ordering::Less => false,
            Ordering::Equal => raw == text && !raw.contains(&b'\\'),
            Ordering::Greater => self.says(text),
        }
    }

    /// Compares escape by escape.
    fn says(self, mut text: &[u8]) -> bool {
        let mut raw = self.0;
        while let Some((&byte, rest)) = raw.split_first() {
            let mut utf8 = [0; 4];
            let said: &[u8] = if byte == b'\\' {
                let Some((c, rest)) = unescape(rest) else {
                    return false;
                };
                raw = rest;
                c.encode_utf8(&mut utf8).as_bytes()
            } else {
                raw = rest;
                utf8[0] = byte;
                &utf8[..1]
            };
            match text.strip_prefix(said) {
                Some(rest) => text = rest,
                None => return false,
            }
        }
        text.is_empty()
    }
}

/// Reads one escape, given what follows its backslash.
fn unescape(raw: &[u8]) -> Option<(char, &[u8])> {
    let (&kind, rest) = raw.split_first()?;
    let c = match kind {
        b'"' | b'\\' | b'/' => char::from(kind),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_unicode(rest),
        _ => return None,
    };
    Some((c, rest))
}

fn unescape_unicode(raw: &[u8]) -> Option<(char, &[u8])> {
    let (high, rest) = unit(raw)?;
    if let Some(c) = char::from_u32(u32::from(high)) {
        return Some((c, rest));
    }
    let (low, rest) = unit(rest.strip_prefix(b"\\u")?)?;
    let c = char::decode_utf16([high, low]).next()?.ok()?;
    Some((c, rest))
}

fn unit(raw: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = raw.split_first_chunk::<4>()?;
    let mut unit = 0;
    for &digit in digits {
        let value = u16::try_from(char::from(digit).to_digit(16)?).ok()?;
        unit = unit << 4 | value;
    }
    Some((unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        let mut out = Vec::new();
        push_plain(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_escaped_string_equals_what_it_says() {
        for (raw, text) in [
            ("sender", "sender"),
            (r"\u0073ender", "sender"),
            (r"\u0073\u0065\u006E\u0064\u0065\u0072", "sender"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\ud83d\uDE00", "😀"),
            ("é", "é"),
            (r"\u00e9", "é"),
            ("", ""),
        ] {
            assert!(RawString::new(raw.as_bytes()).equals(text), "{raw}");
        }
    }

    #[test]
    fn a_string_that_says_something_else_does_not_equal() {
        for (raw, text) in [
            ("sende", "sender"),
            ("senders", "sender"),
            ("Sender", "sender"),
            (r"\u0053ender", "sender"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83dx", "😀"),
            (r"\ud83d\u0041", "😀"),
            (r"\ude00\ud83d", "😀"),
            (r"a\\b", r"a\\b"),
            ("\\", "\\"),
            (r"\u00", "\0"),
            (r"\x41", "A"),
            ("a", ""),
        ] {
            assert!(!RawString::new(raw.as_bytes()).equals(text), "{raw}");
        }
    }

    #[test]
    fn plain_escapes_are_those_of_a_browser() {
        assert_eq!(plain("q\"uo\\te/é😀"), "q\\\"uo\\\\te/é😀");
        assert_eq!(plain("\u{0}"), r"\u0000");
    }

    proptest::proptest! {
        #[test]
        fn both_ways_of_writing_read_back_as_the_text(text in "\\PC{0,30}|[\u{0}-\u{ff}]{0,20}", other in ".{0,3}") {
            let mut ascii = Vec::new();
            push_ascii(&mut ascii, &text);
            proptest::prop_assert!(ascii.is_ascii());
            proptest::prop_assert!(RawString::new(&ascii).equals(&text));
            let written = plain(&text);
            proptest::prop_assert!(RawString::new(written.as_bytes()).equals(&text));
            proptest::prop_assert_eq!(RawString::new(&ascii).equals(&other), text == other);
        }

        #[test]
        fn no_bytes_make_the_comparison_panic(raw: Vec<u8>, text in "\\PC{0,5}") {
            let _said = RawString::new(&raw).equals(&text);
        }
    }
}
