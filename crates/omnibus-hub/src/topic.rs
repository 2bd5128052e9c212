//! What can a peer ask for?

use std::fmt;

/// What a peer subscribes to: one channel, or every frame that starts with some bytes.
///
/// ZeroMQ knows byte prefixes only. A prefix that ends with its first colon, `news:`, holds
/// exactly the frames of one channel (recording B03), so that it is kept as a channel here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic<'a> {
    /// The frames of this channel, and no others.
    Channel(&'a [u8]),
    /// Every frame that starts with these bytes.
    Prefix(&'a [u8]),
}

impl<'a> Topic<'a> {
    /// Reads a ZeroMQ subscription.
    #[must_use]
    pub fn from_prefix(prefix: &'a [u8]) -> Self {
        match memchr::memchr(b':', prefix) {
            Some(colon) if colon + 1 == prefix.len() => Self::Channel(&prefix[..colon]),
            _ => Self::Prefix(prefix),
        }
    }

    /// Appends the ZeroMQ subscription that says the same.
    pub fn encode_prefix(self, out: &mut Vec<u8>) {
        match self {
            Self::Channel(name) => {
                out.extend_from_slice(name);
                out.push(b':');
            }
            Self::Prefix(prefix) => out.extend_from_slice(prefix),
        }
    }

    /// The ZeroMQ subscription that says the same.
    #[must_use]
    pub fn to_prefix(self) -> Box<[u8]> {
        let mut prefix = Vec::new();
        self.encode_prefix(&mut prefix);
        prefix.into()
    }
}

impl fmt::Display for Topic<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(name) => write!(formatter, "channel \"{}\"", name.escape_ascii()),
            Self::Prefix(prefix) => write!(formatter, "prefix \"{}\"", prefix.escape_ascii()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_that_ends_with_its_first_colon_is_a_channel() {
        assert_eq!(Topic::from_prefix(b"news:"), Topic::Channel(b"news"));
        assert_eq!(Topic::from_prefix(b"news"), Topic::Prefix(b"news"));
        assert_eq!(Topic::from_prefix(b"news:{"), Topic::Prefix(b"news:{"));
        assert_eq!(Topic::from_prefix(b"a:b:"), Topic::Prefix(b"a:b:"));
        assert_eq!(Topic::from_prefix(b""), Topic::Prefix(b""));
    }

    #[test]
    fn a_topic_reads_back_from_its_prefix() {
        for prefix in [b"news:".as_slice(), b"", b"n", b":"] {
            assert_eq!(&*Topic::from_prefix(prefix).to_prefix(), prefix);
        }
    }
}
