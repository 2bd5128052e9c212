//! Which names may a channel, or a client, have?
//!
//! One rule for both: 1–255 bytes of UTF-8, no `:`, no control character, no
//! leading `!` or `{`. A client's identifier may also be empty (N02).
//!
//! The original took every name, which made `!subscribe:` read the whole bus
//! (N19), a colon a content filter (N20) and a long name a crash (N46). A
//! leading `!` is a command (N21b), a leading `{` the long form of one.

use std::borrow::Borrow;
use std::fmt;

/// The longest name of a channel or identifier, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 255;

/// A valid channel name, borrowed from the text it came in.
///
/// Two names are the same channel only if all their bytes are equal; there is
/// no prefix match (N18) and no Unicode normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelName<'a>(&'a str);

impl<'a> ChannelName<'a> {
    /// Checks a name that a client sent (N19–N21, N46).
    ///
    /// Costs one pass over at most [`NAME_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// The first [`NameError`] found; an empty name is one.
    pub fn parse(name: &'a str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        check(name)?;
        Ok(Self(name))
    }

    /// Checks a name that came as bytes, for instance from the bus.
    ///
    /// # Errors
    /// [`NameError::NotUtf8`], or what [`ChannelName::parse`] says.
    pub fn from_bytes(name: &'a [u8]) -> Result<Self, NameError> {
        if name.len() > NAME_BYTES_MAX {
            return Err(NameError::TooLong { bytes: name.len() });
        }
        let name = std::str::from_utf8(name).map_err(|err| NameError::NotUtf8 { at: err.valid_up_to() })?;
        Self::parse(name)
    }

    /// The name as text, living as long as what it was parsed from.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The name as bytes, living as long as what it was parsed from.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// Copies the name, to keep it.
    #[must_use]
    pub fn to_buf(self) -> ChannelNameBuf {
        ChannelNameBuf(self.0.into())
    }
}

impl fmt::Display for ChannelName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A valid channel name that owns its bytes: 16 bytes and one allocation.
///
/// Looks up by `&str` in maps, so that a lookup needs no copy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelNameBuf(Box<str>);

impl ChannelNameBuf {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ChannelNameBuf {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<ChannelName<'_>> for ChannelNameBuf {
    fn from(name: ChannelName<'_>) -> Self {
        name.to_buf()
    }
}

impl fmt::Display for ChannelNameBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A valid client identifier: what a client calls itself, and what `sender`
/// says in its messages. It may be empty (N02).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identifier<'a>(&'a str);

impl<'a> Identifier<'a> {
    /// Checks an identifier: the rule of channel names, but empty is legal (N02).
    ///
    /// # Errors
    /// The first [`NameError`] found.
    pub fn parse(identifier: &'a str) -> Result<Self, NameError> {
        check(identifier)?;
        Ok(Self(identifier))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

/// A valid identifier that owns its bytes: 16 bytes and one allocation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdentifierBuf(Box<str>);

impl IdentifierBuf {
    /// Lends the identifier.
    #[must_use]
    pub fn as_identifier(&self) -> Identifier<'_> {
        Identifier(&self.0)
    }
}

impl From<Identifier<'_>> for IdentifierBuf {
    fn from(identifier: Identifier<'_>) -> Self {
        Self(identifier.0.into())
    }
}

/// Why a name is refused. It carries places and numbers, never the name, so
/// that nothing a stranger chose reaches a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// A channel needs a name (N19).
    #[error("name is empty, it needs 1 to {NAME_BYTES_MAX} bytes; give the channel a name")]
    Empty,
    /// The name is longer than [`NAME_BYTES_MAX`] (N46).
    #[error("name is {bytes} bytes, the limit is {NAME_BYTES_MAX}; shorten it")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A colon ends a name on the wire, so none can stand inside it (N20).
    #[error("name has a colon at byte {at}, where the wire ends a name; use another separator")]
    Colon {
        /// Where, in bytes.
        at: usize,
    },
    /// C0, DEL and C1 are refused: they have no use in a name and forge log lines (N21).
    #[error("name has the control character U+{code:04X} at byte {at}; remove it")]
    Control {
        /// Where, in bytes.
        at: usize,
        /// Which one: U+0000–U+001F or U+007F–U+009F.
        code: u8,
    },
    /// A leading `!` or `{` is a command's (N21b).
    #[error("name starts with {first:?}, which starts a command; start it with another character")]
    Leading {
        /// `!` or `{`.
        first: char,
    },
    /// The bytes are not text.
    #[error("name is not UTF-8 from byte {at} on; encode it as UTF-8")]
    NotUtf8 {
        /// The first byte that is wrong.
        at: usize,
    },
}

fn check(name: &str) -> Result<(), NameError> {
    let bytes = name.as_bytes();
    if bytes.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong { bytes: bytes.len() });
    }
    if let Some(&first @ (b'!' | b'{')) = bytes.first() {
        return Err(NameError::Leading {
            first: char::from(first),
        });
    }
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b':' => return Err(NameError::Colon { at }),
            0..0x20 | 0x7f => return Err(NameError::Control { at, code: byte }),
            // C1 in UTF-8 is C2 80 to C2 9F.
            0xc2 => {
                if let Some(&code @ 0x80..0xa0) = bytes.get(at + 1) {
                    return Err(NameError::Control { at, code });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_recordings_use_are_taken_as_they_are() {
        // N21, N22 and the border of N21c.
        let longest = "c".repeat(NAME_BYTES_MAX);
        for name in [
            "foo",
            "a!b",
            "a{b",
            "with space",
            "q\"uo\\te",
            "é☃",
            "😀",
            "</script>",
            "café",
            " ",
            "\u{a0}",
            &longest,
        ] {
            assert_eq!(ChannelName::parse(name).unwrap().as_str(), name);
            assert_eq!(Identifier::parse(name).unwrap().as_str(), name);
            let bytes = ChannelName::from_bytes(name.as_bytes()).unwrap();
            assert_eq!(bytes.to_buf().as_str(), name);
        }
    }

    #[test]
    fn names_that_mean_something_else_on_the_wire_are_refused() {
        let long = "c".repeat(NAME_BYTES_MAX + 1);
        let refused = [
            (long.as_str(), NameError::TooLong { bytes: 256 }),
            ("foo:bar", NameError::Colon { at: 3 }),
            (":", NameError::Colon { at: 0 }),
            ("!lead", NameError::Leading { first: '!' }),
            ("{lead", NameError::Leading { first: '{' }),
            ("n\0ul", NameError::Control { at: 1, code: 0 }),
            ("tab\t", NameError::Control { at: 3, code: 9 }),
            ("\u{7f}\u{80}", NameError::Control { at: 0, code: 0x7f }),
            ("é\u{80}", NameError::Control { at: 2, code: 0x80 }),
            ("\u{9f}", NameError::Control { at: 0, code: 0x9f }),
        ];
        for (name, error) in refused {
            assert_eq!(ChannelName::parse(name), Err(error), "{name:?}");
            assert_eq!(Identifier::parse(name), Err(error), "{name:?}");
        }
    }

    #[test]
    fn an_identifier_may_be_empty_and_a_channel_may_not() {
        // N02 and N19.
        let empty = Identifier::parse("").unwrap();
        assert_eq!(empty.as_str(), "");
        assert_eq!(IdentifierBuf::from(empty).as_identifier(), empty);
        assert_eq!(ChannelName::parse(""), Err(NameError::Empty));
        assert_eq!(ChannelName::from_bytes(b""), Err(NameError::Empty));
    }

    #[test]
    fn bytes_that_are_not_text_are_no_name() {
        let err = ChannelName::from_bytes(b"foo\xff").unwrap_err();
        assert_eq!(err, NameError::NotUtf8 { at: 3 });
    }

    #[test]
    fn a_refusal_names_value_limit_and_next_step() {
        let text = NameError::TooLong { bytes: 300 }.to_string();
        assert_eq!(text, "name is 300 bytes, the limit is 255; shorten it");
        let text = NameError::Control { at: 1, code: 0 }.to_string();
        assert_eq!(text, "name has the control character U+0000 at byte 1; remove it");
    }

    proptest::proptest! {
        #[test]
        fn a_name_is_taken_exactly_when_the_rule_in_words_says_so(name in ".{0,90}|[!{:a\u{0}-\u{ff}]{0,5}") {
            let by_words = name.len() <= 255
                && !name.contains(':')
                && !name.chars().any(char::is_control)
                && !name.starts_with(['!', '{']);
            proptest::prop_assert_eq!(Identifier::parse(&name).is_ok(), by_words);
            proptest::prop_assert_eq!(ChannelName::parse(&name).is_ok(), by_words && !name.is_empty());
        }

        #[test]
        fn no_bytes_make_the_check_panic(name: Vec<u8>) {
            let checked = ChannelName::from_bytes(&name).is_ok();
            proptest::prop_assert!(!checked || std::str::from_utf8(&name).is_ok());
        }
    }
}
