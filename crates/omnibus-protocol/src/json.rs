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

use crate::json_string::RawString;

/// How many objects and arrays may be open at once, the outermost included.
pub const DEPTH_MAX: u32 = 64;

/// One member of the outermost object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its key, between the quotes.
    pub key: RawString<'a>,
    /// Where its value stands in the body, without surrounding white space.
    pub value: Range<usize>,
}

/// Why a body is not one JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The first byte that is not white space opens no object.
    #[error("body does not start with an object; send a JSON object")]
    NotAnObject,
    /// A byte that cannot stand there.
    #[error("body is not JSON at byte {at}; send a JSON object")]
    Unexpected {
        /// Where, in bytes from the body's start.
        at: usize,
    },
    /// The body ends before the object does.
    #[error("body ends inside the object after {bytes} bytes; send all of it")]
    Ended {
        /// The body's length.
        bytes: usize,
    },
    /// The object is nested deeper than [`DEPTH_MAX`].
    #[error("body is nested deeper than {DEPTH_MAX} at byte {at}; flatten it")]
    TooDeep {
        /// Where the first too many opens.
        at: usize,
    },
}

/// Checks that `body` is one JSON object, white space around it allowed, and
/// tells `on_member` each top-level member in order, duplicates too.
///
/// Members before an error are told: the caller acts on them only after `Ok`.
///
/// # Errors
/// The first [`ScanError`].
pub fn scan_object<'a>(
    body: &'a [u8],
    mut on_member: impl FnMut(Member<'a>),
) -> Result<(), ScanError> {
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
            at: scanner.cursor.at,
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
            cursor: Cursor { body, at: 0 },
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
            self.value_from = self.cursor.at;
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
                at: self.cursor.at - 1,
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
            value: self.value_from..self.cursor.at,
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

/// A place in the body: everything before `at` has been read.
struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, ScanError> {
        let byte = self.peek().ok_or(self.ended())?;
        self.at += 1;
        Ok(byte)
    }

    fn peek_past_white(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn next_past_white(&mut self) -> Result<u8, ScanError> {
        self.peek_past_white();
        self.next()
    }

    /// Reads a string whose opening quote has been read.
    fn string(&mut self) -> Result<RawString<'a>, ScanError> {
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

    /// Skips eight bytes at a time while none of them is `"`, `\` or C0.
    fn skip_plain(&mut self) {
        while let Some(eight) = self.body[self.at..].first_chunk::<8>() {
            if has_special(u64::from_le_bytes(*eight)) {
                return;
            }
            self.at += 8;
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

    fn word(&mut self, rest: &[u8]) -> Result<(), ScanError> {
        for &expected in rest {
            if self.next()? != expected {
                return Err(self.unexpected());
            }
        }
        Ok(())
    }

    /// Reads a number whose first byte, `-` or a digit, has been read.
    fn number(&mut self, first: u8) -> Result<(), ScanError> {
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
    fn unexpected(&self) -> ScanError {
        ScanError::Unexpected { at: self.at - 1 }
    }

    fn ended(&self) -> ScanError {
        ScanError::Ended {
            bytes: self.body.len(),
        }
    }
}

/// Tells whether any of eight bytes is `"`, `\` or below 0x20.
///
/// May say yes too often (a borrow can run into the next byte), never no
/// wrongly: a yes only makes the caller look byte by byte.
fn has_special(eight: u64) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let equal = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
    below(eight, 0x20) | equal(b'"') | equal(b'\\') != 0
}
