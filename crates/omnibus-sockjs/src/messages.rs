//! Which texts does a client send?
//!
//! A body or WebSocket frame is a JSON array of strings, or one bare string (recording J11). It is
//! flat by its grammar: a second bracket is an error, so that nesting needs no depth.

use std::borrow::Cow;

use thiserror::Error;

/// The texts of one body, one after the other; they are decoded as they are taken.
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    body: &'a str,
    at: usize,
}

/// Why a body has no texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MessagesError {
    /// There is nothing in it.
    #[error("Payload expected.")]
    Empty,
    /// It is not an array of strings.
    #[error("Broken JSON encoding.")]
    Broken,
}

impl<'a> Messages<'a> {
    /// Checks a whole body, so that nothing of a broken one is carried out.
    ///
    /// # Errors
    /// It is empty, or not an array of strings in UTF-8.
    pub fn check(body: &'a [u8]) -> Result<Self, MessagesError> {
        let body = std::str::from_utf8(body).map_err(|_| MessagesError::Broken)?;
        if body.trim_matches(is_space).is_empty() {
            return Err(MessagesError::Empty);
        }
        skim(body).ok_or(MessagesError::Broken)?;
        Ok(Self { body, at: 0 })
    }

    /// Goes on at a position that [`Messages::position`] has named, in a body that was checked.
    #[must_use]
    pub fn resume(body: &'a str, position: usize) -> Self {
        Self { body, at: position }
    }

    /// Where the next text is looked for.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Cow<'a, str>;

    /// The next text. Halves of surrogate pairs, which no text has, become U+FFFD, as they do in
    /// a browser's WebSocket.
    fn next(&mut self) -> Option<Self::Item> {
        // Between strings there are brackets, commas and white space only.
        let start = self.at + self.body.get(self.at..)?.find('"')?;
        let end = end_of_string(self.body, start)?;
        self.at = end;
        Some(unescaped(&self.body[start + 1..end - 1]))
    }
}

/// Walks over a body; `None` where it is broken.
fn skim(body: &str) -> Option<()> {
    let bytes = body.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) == Some(&b'"') {
        at = end_of_string(body, at)?;
        return (skip_space(bytes, at) == bytes.len()).then_some(());
    }
    (bytes.get(at) == Some(&b'[')).then_some(())?;
    at = skip_space(bytes, at + 1);
    if bytes.get(at) == Some(&b']') {
        return (skip_space(bytes, at + 1) == bytes.len()).then_some(());
    }
    loop {
        at = skip_space(bytes, end_of_string(body, at)?);
        match bytes.get(at)? {
            b',' => at = skip_space(bytes, at + 1),
            b']' => return (skip_space(bytes, at + 1) == bytes.len()).then_some(()),
            _ => return None,
        }
    }
}

/// The position behind the string that begins at `start`; `None` where there is none.
fn end_of_string(body: &str, start: usize) -> Option<usize> {
    let bytes = body.as_bytes();
    (bytes.get(start) == Some(&b'"')).then_some(())?;
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => match bytes.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                b'u' => {
                    unit(bytes, at)?;
                    at += 6;
                }
                _ => return None,
            },
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// The UTF-16 unit that an escape `\uXXXX` at `at` stands for.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit: u16, &digit| {
        let digit = u16::try_from(char::from(digit).to_digit(16)?).ok()?;
        Some(unit << 4 | digit)
    })
}

fn unescaped(inner: &str) -> Cow<'_, str> {
    let Some(mut at) = inner.find('\\') else {
        return Cow::Borrowed(inner);
    };
    let mut text = String::with_capacity(inner.len());
    let mut plain = 0;
    loop {
        text.push_str(&inner[plain..at]);
        let (character, length) = escape(inner.as_bytes(), at);
        text.push(character);
        plain = at + length;
        match inner[plain..].find('\\') {
            Some(next) => at = plain + next,
            None => break,
        }
    }
    text.push_str(&inner[plain..]);
    Cow::Owned(text)
}

/// The character of the escape at `at`, and how long it is.
fn escape(bytes: &[u8], at: usize) -> (char, usize) {
    let character = match bytes.get(at + 1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let units = [unit(bytes, at), unit(bytes, at + 6)];
            let mut decoded = char::decode_utf16(units.into_iter().map_while(|unit| unit));
            return match decoded.next() {
                Some(Ok(character)) => (character, 6 * character.len_utf16()),
                _ => (char::REPLACEMENT_CHARACTER, 6),
            };
        }
        Some(&byte) => char::from(byte),
        None => char::REPLACEMENT_CHARACTER,
    };
    (character, 2)
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|&&byte| is_space(char::from(byte))).count()
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(body: &str) -> Result<Vec<String>, MessagesError> {
        Messages::check(body.as_bytes()).map(|messages| messages.map(Cow::into_owned).collect())
    }

    #[test]
    fn an_array_of_strings_or_a_bare_string_is_taken() {
        let expect = |body: &str, expected: &[&str]| {
            let expected: Vec<String> = expected.iter().map(|&text| text.to_owned()).collect();
            assert_eq!(texts(body), Ok(expected), "{body}");
        };
        expect(r#"["a","b"]"#, &["a", "b"]);
        expect("\r\n [ \"a\" ,\t\"\" ] ", &["a", ""]);
        expect(r#"["],[", "a\\", "\""]"#, &["],[", "a\\", "\""]);
        expect(r#""bare""#, &["bare"]);
        expect("[]", &[]);
        expect(" [ ] ", &[]);
        expect(r#"["\u00e9\ud83d\ude00\n\/"]"#, &["é\u{1f600}\n/"]);
        expect(
            r#"["\ud83d", "\ude00x", "\ud83d\u0041"]"#,
            &["\u{fffd}", "\u{fffd}x", "\u{fffd}A"],
        );
    }

    #[test]
    fn what_is_no_array_of_strings_is_broken() {
        for body in [
            r#"["a"#,
            r#"["a""#,
            r#"["a",]"#,
            "[,]",
            "[1]",
            "[null]",
            "{}",
            "null",
            "1",
            "not json",
            "[[\"a\"]]",
            r#"["a"]]"#,
            r#"["a"]x"#,
            r#""a" "b""#,
            r#"["a" "b"]"#,
            r#"["\x"]"#,
            r#"["\u12"]"#,
            r#"["\u12g4"]"#,
            r#"["\u+123"]"#,
            "[\"\n\"]",
            "[\"\0\"]",
            "[",
            "\"",
            "]",
        ] {
            assert_eq!(texts(body), Err(MessagesError::Broken), "{body}");
        }
        assert_eq!(Messages::check(b"[\"\xff\"]").err(), Some(MessagesError::Broken));
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        for body in ["", " ", "\r\n"] {
            assert_eq!(texts(body), Err(MessagesError::Empty));
        }
    }

    #[test]
    fn a_million_brackets_are_one_mistake() {
        assert_eq!(texts(&"[".repeat(1 << 20)), Err(MessagesError::Broken));
    }

    #[test]
    fn taking_goes_on_where_it_was_left() {
        let body = r#"["a","b\n","c"]"#;
        let mut messages = Messages::check(body.as_bytes()).unwrap();
        messages.next();
        let rest: Vec<_> = Messages::resume(body, messages.position()).collect();
        assert_eq!(rest, ["b\n", "c"]);
    }

    proptest! {
        #[test]
        fn whatever_serde_writes_is_read_as_it_was(expected: Vec<String>) {
            let body = serde_json::to_string(&expected).unwrap();
            prop_assert_eq!(texts(&body), Ok(expected));
        }

        /// Serde refuses halves of pairs, and takes other JSON; nothing else may differ.
        #[test]
        fn the_verdict_is_that_of_serde(body in r#"[\[\]", \\a-f0-9u]{0,24}"#) {
            if let Ok(expected) = serde_json::from_str::<Vec<String>>(&body) {
                prop_assert_eq!(texts(&body), Ok(expected));
            } else if let Ok(texts) = texts(&body) {
                let is_bare = serde_json::from_str::<String>(&body).is_ok();
                let has_half = texts.iter().any(|text| text.contains('\u{fffd}'));
                prop_assert!(is_bare || has_half);
            }
        }
    }
}
