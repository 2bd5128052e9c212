//! Is this exactly one JSON object, and where are its members?
//!
//! A strict scanner (RFC 8259) over borrowed bytes that builds nothing: one
//! pass, no recursion, no allocation. Nesting is a stack of bits in a `u64`,
//! so that its depth has a bound and a hostile body costs no more than a
//! friendly one of the same length.
//!
//! It checks grammar, not UTF-8: what comes from a WebSocket text or a
//! SockJS frame has been checked there already.

use std::ops::Range;

use crate::json_error::{DEPTH_MAX, ScanError};
use crate::json_string::RawString;
use crate::json_token::Cursor;

/// One member of the outermost object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its key, between the quotes.
    pub key: RawString<'a>,
    /// Where its value stands in the body, without surrounding white space.
    pub value: Range<usize>,
}

/// Checks that `body` is one JSON object, white space around it allowed, and
/// tells `on_member` each top-level member in order, duplicates too.
///
/// Members before an error are told: the caller acts on them only after `Ok`.
///
/// # Errors
/// The first [`ScanError`].
pub fn scan_object<'a>(body: &'a [u8], mut on_member: impl FnMut(Member<'a>)) -> Result<(), ScanError> {
    let mut scanner = Scanner::new(body);
    if scanner.cursor.peek_past_white() != Some(b'{') {
        return Err(ScanError::NotAnObject);
    }
    let mut expect = Expect::Value;
    loop {
        expect = scanner.step(expect)?;
        if !matches!(expect, Expect::CommaOrEnd) {
            continue;
        }
        // A value has just ended: the whole, a member of it, or one further in.
        match scanner.open.depth {
            0 => break,
            1 => on_member(scanner.member()),
            _ => {}
        }
    }
    match scanner.cursor.peek_past_white() {
        None => Ok(()),
        Some(_) => Err(ScanError::Unexpected {
            at: scanner.cursor.at(),
        }),
    }
}

/// The whole state of a scan.
struct Scanner<'a> {
    cursor: Cursor<'a>,
    open: Open,
    /// The key of the outermost object's current member.
    key: RawString<'a>,
    /// Where that member's value starts.
    value_from: usize,
}

impl<'a> Scanner<'a> {
    fn new(body: &'a [u8]) -> Self {
        Self {
            cursor: Cursor::new(body),
            open: Open::default(),
            key: RawString::new(&[]),
            value_from: 0,
        }
    }

    /// Reads one token, and says what may follow it.
    fn step(&mut self, expect: Expect) -> Result<Expect, ScanError> {
        let byte = self.cursor.next_past_white()?;
        match (expect, byte) {
            (Expect::KeyOrEnd | Expect::Key, b'"') => self.key(),
            (Expect::KeyOrEnd, b'}') | (Expect::ValueOrEnd, b']') => Ok(self.close()),
            (Expect::Value | Expect::ValueOrEnd, _) => self.value(byte),
            (Expect::CommaOrEnd, _) => match (self.open.innermost(), byte) {
                (Container::Object, b',') => Ok(Expect::Key),
                (Container::Array, b',') => Ok(Expect::Value),
                (Container::Object, b'}') | (Container::Array, b']') => Ok(self.close()),
                _ => Err(self.cursor.unexpected()),
            },
            (Expect::KeyOrEnd | Expect::Key, _) => Err(self.cursor.unexpected()),
        }
    }

    /// Reads a key, whose quote has been read, and its colon.
    fn key(&mut self) -> Result<Expect, ScanError> {
        let key = self.cursor.string()?;
        if self.cursor.next_past_white()? != b':' {
            return Err(self.cursor.unexpected());
        }
        if self.open.depth == 1 {
            self.cursor.peek_past_white();
            self.key = key;
            self.value_from = self.cursor.at();
        }
        Ok(Expect::Value)
    }

    /// Reads a scalar, or opens a container, whose first byte has been read.
    fn value(&mut self, first: u8) -> Result<Expect, ScanError> {
        match first {
            b'{' => return self.enter(Container::Object, Expect::KeyOrEnd),
            b'[' => return self.enter(Container::Array, Expect::ValueOrEnd),
            b'"' => {
                self.cursor.string()?;
            }
            b't' => self.cursor.word(b"rue")?,
            b'f' => self.cursor.word(b"alse")?,
            b'n' => self.cursor.word(b"ull")?,
            b'-' | b'0'..=b'9' => self.cursor.number(first)?,
            _ => return Err(self.cursor.unexpected()),
        }
        Ok(Expect::CommaOrEnd)
    }

    fn enter(&mut self, container: Container, expect: Expect) -> Result<Expect, ScanError> {
        if self.open.depth == DEPTH_MAX {
            return Err(ScanError::TooDeep {
                at: self.cursor.at() - 1,
            });
        }
        self.open.push(container);
        Ok(expect)
    }

    fn close(&mut self) -> Expect {
        self.open.pop();
        Expect::CommaOrEnd
    }

    /// The outermost object's member that has just ended.
    fn member(&self) -> Member<'a> {
        Member {
            key: self.key,
            value: self.value_from..self.cursor.at(),
        }
    }
}

/// What may come next.
#[derive(Clone, Copy)]
enum Expect {
    /// Just inside `{`.
    KeyOrEnd,
    /// After a comma in an object.
    Key,
    /// After a key's colon, or after a comma in an array.
    Value,
    /// Just inside `[`.
    ValueOrEnd,
    /// After a value.
    CommaOrEnd,
}

#[derive(Clone, Copy)]
enum Container {
    Object,
    Array,
}

/// The containers that are open: the lowest bit is the innermost, set for an array.
#[derive(Default)]
struct Open {
    arrays: u64,
    depth: u32,
}

impl Open {
    fn push(&mut self, container: Container) {
        self.arrays = self.arrays << 1 | u64::from(matches!(container, Container::Array));
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.arrays >>= 1;
        self.depth -= 1;
    }

    fn innermost(&self) -> Container {
        if self.arrays & 1 == 1 {
            Container::Array
        } else {
            Container::Object
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(body: &str) -> Result<Vec<(&str, &str)>, ScanError> {
        let mut members = Vec::new();
        scan_object(body.as_bytes(), |member| {
            let key = std::str::from_utf8(member.key.as_bytes()).unwrap();
            members.push((key, &body[member.value]));
        })?;
        Ok(members)
    }

    #[test]
    fn members_are_told_in_order_with_their_places() {
        for (body, members) in [
            ("{}", vec![]),
            (" \t\r\n{ } \n", vec![]),
            ("{\"a\":1}", vec![("a", "1")]),
            (
                " {\"type\" :\t\"x\" , \"type\":\"y\"}\n",
                vec![("type", "\"x\""), ("type", "\"y\"")],
            ),
            (
                "{\"a\":{\"sender\":[1,{}]},\"b\":[[],{\"c\":null}] ,\"\":-0.5e+3}",
                vec![
                    ("a", "{\"sender\":[1,{}]}"),
                    ("b", "[[],{\"c\":null}]"),
                    ("", "-0.5e+3"),
                ],
            ),
            ("{\"k\\u0041\":true}", vec![("k\\u0041", "true")]),
            (
                "{\"longer than eight \\\" é😀\":\"\\\\\",\"b\":false}",
                vec![("longer than eight \\\" é😀", "\"\\\\\""), ("b", "false")],
            ),
        ] {
            assert_eq!(scan(body), Ok(members), "{body}");
        }
    }

    #[test]
    fn what_is_not_one_object_is_refused_where_it_goes_wrong() {
        use ScanError::{Ended, NotAnObject, Unexpected};
        for (body, error) in [
            ("", NotAnObject),
            ("not json at all", NotAnObject),
            (":", NotAnObject),
            ("[1,2,3]", NotAnObject),
            ("\"text\"", NotAnObject),
            ("null", NotAnObject),
            ("\u{feff}{}", NotAnObject),
            ("\u{b}{}", NotAnObject),
            ("\0nul\0", NotAnObject),
            ("{", Ended { bytes: 1 }),
            ("{\"a\":1", Ended { bytes: 6 }),
            ("{\"a\":\"\\", Ended { bytes: 7 }),
            ("{\"a", Ended { bytes: 3 }),
            ("{}{}", Unexpected { at: 2 }),
            ("{} x", Unexpected { at: 3 }),
            ("{\"a\":1,}", Unexpected { at: 7 }),
            ("{,}", Unexpected { at: 1 }),
            ("{\"a\" 1}", Unexpected { at: 5 }),
            ("{a:1}", Unexpected { at: 1 }),
            ("{'a':1}", Unexpected { at: 1 }),
            ("{\"a\":}", Unexpected { at: 5 }),
            ("{\"a\":[1,]}", Unexpected { at: 8 }),
            ("{\"a\":[1}", Unexpected { at: 7 }),
            ("{\"a\":{]}", Unexpected { at: 6 }),
            ("{]", Unexpected { at: 1 }),
            ("{\"a\":01}", Unexpected { at: 6 }),
            ("{\"a\":-}", Unexpected { at: 6 }),
            ("{\"a\":+1}", Unexpected { at: 5 }),
            ("{\"a\":.5}", Unexpected { at: 5 }),
            ("{\"a\":1.}", Unexpected { at: 7 }),
            ("{\"a\":1e}", Unexpected { at: 7 }),
            ("{\"a\":NaN}", Unexpected { at: 5 }),
            ("{\"a\":trux}", Unexpected { at: 8 }),
            ("{\"a\":\"\n\"}", Unexpected { at: 6 }),
            ("{\"a\":\"12345678\u{1f}\"}", Unexpected { at: 14 }),
            ("{\"a\":\"\\x\"}", Unexpected { at: 7 }),
            ("{\"a\":\"\\u00g0\"}", Unexpected { at: 10 }),
            ("{\"a\":1 /* */}", Unexpected { at: 7 }),
        ] {
            assert_eq!(scan(body), Err(error), "{body:?}");
        }
    }

    #[test]
    fn a_string_ends_at_its_quote_wherever_that_stands() {
        for length in 0..40 {
            let text = "x".repeat(length);
            let body = format!("{{\"{text}\":\"{text}\\\"{text}\"}}");
            let value = format!("\"{text}\\\"{text}\"");
            assert_eq!(scan(&body), Ok(vec![(text.as_str(), value.as_str())]));
        }
    }

    #[test]
    fn nesting_has_a_bound_and_a_million_brackets_do_not_recurse() {
        let nested = |depth: usize| {
            let inner = depth - 1;
            format!("{{\"a\":{}{}}}", "[".repeat(inner), "]".repeat(inner))
        };
        assert!(scan(&nested(64)).is_ok());
        assert_eq!(scan(&nested(65)), Err(ScanError::TooDeep { at: 5 + 63 }));
        assert_eq!(scan(&nested(1_000_000)), Err(ScanError::TooDeep { at: 5 + 63 }));
        let objects = "{\"a\":".repeat(64);
        assert_eq!(scan(&format!("{objects}1{}", "}".repeat(64))).unwrap().len(), 1);
    }
}
