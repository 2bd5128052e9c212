//! Which channels does a pattern mean?

use std::fmt;

use memchr::memmem;

/// A pattern of channel names, in which `*` stands for any run of characters, also none.
///
/// Matching takes time in proportion to the name, however many `*` there are: each piece between
/// two of them is looked for once, at the first place where it can be.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
}

impl Pattern {
    /// Bytes that a pattern may have; a channel's name has no more.
    pub const BYTES_MAX: usize = 255;

    /// Takes a pattern; `None` if it is empty or too long to match more than its pieces would.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (1..=Self::BYTES_MAX)
            .contains(&text.len())
            .then(|| Self { text: text.into() })
    }

    /// The pattern of every channel.
    #[must_use]
    pub fn any() -> Self {
        Self { text: "*".into() }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it means this channel.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let mut pieces = self.text.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(last) = pieces.next_back() else {
            return name == first;
        };
        let Some(rest) = name.strip_prefix(first) else {
            return false;
        };
        let Some(rest) = rest.strip_suffix(last) else {
            return false;
        };
        let mut rest = rest.as_bytes();
        for piece in pieces {
            match memmem::find(rest, piece.as_bytes()) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        true
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(name)
    }

    /// The meaning of a pattern, by trying everything.
    fn by_trial(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => (0..=name.len()).any(|skipped| by_trial(rest, &name[skipped..])),
            (Some((expected, pattern)), Some((byte, name))) => expected == byte && by_trial(pattern, name),
            _ => false,
        }
    }

    #[test]
    fn a_star_is_any_run_and_everything_else_is_itself() {
        for (pattern, name) in [
            ("*", ""),
            ("*", "news"),
            ("news", "news"),
            ("room.*", "room."),
            ("room.*.chat", "room.7.chat"),
            ("*.*", "a.b.c"),
            ("a*b*c", "a-b-b-c"),
            ("**", "x"),
            ("é*", "é☃"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("news", "newsroom"),
            ("news", "new"),
            ("room.*", "room"),
            ("room.*", "bedroom.1"),
            ("a*a", "a"),
            ("ab*ba", "aba"),
            ("room.*.chat", "room.chat"),
            ("room?", "room1"),
            ("[a]", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_few() {
        let pattern = "a*".repeat(127);
        let name = "a".repeat(254) + "b";
        let begun = std::time::Instant::now();
        for _ in 0..1_000 {
            assert!(matches(&pattern, &name));
            assert!(!matches(&(pattern.clone() + "c"), &name));
        }
        assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
    }

    #[test]
    fn a_pattern_has_a_bound() {
        assert!(Pattern::new("").is_none());
        assert!(Pattern::new(&"*".repeat(255)).is_some());
        assert!(Pattern::new(&"*".repeat(256)).is_none());
    }

    proptest! {
        #[test]
        fn matching_means_what_trying_everything_means(pattern in "[ab*]{1,8}", name in "[ab]{0,10}") {
            prop_assert_eq!(matches(&pattern, &name), by_trial(pattern.as_bytes(), name.as_bytes()));
        }
    }
}
