//! Who is a client to a channel?
//!
//! A client has a [`Standing`], a channel's namespace names an [`Audience`] for each of what can
//! be done there, and the second admits the first or does not.

/// What is known of a client, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing but the name that it gave itself.
    Anyone,
    /// A user who has proved who they are.
    Identified,
    /// Such a user who is staff.
    Staff,
}

/// Who may do something in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every client that has said `!authenticate`.
    Anyone,
    /// Users who have proved who they are.
    Identified,
    /// Staff.
    Staff,
    /// No client; what publishes on the bus only.
    Server,
}

impl Audience {
    /// Every audience, from the widest to the narrowest.
    pub const ALL: [Self; 4] = [Self::Anyone, Self::Identified, Self::Staff, Self::Server];

    /// The word for it in settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Identified => "identified",
            Self::Staff => "staff",
            Self::Server => "server",
        }
    }

    /// Finds the audience of a word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.word() == word)
    }

    /// Whether a client of this standing is one of them.
    #[must_use]
    pub fn admits(self, standing: Standing) -> bool {
        match self {
            Self::Anyone => true,
            Self::Identified => standing >= Standing::Identified,
            Self::Staff => standing >= Standing::Staff,
            Self::Server => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_audience_admits_its_own_and_whoever_stands_above() {
        let admitted = |audience: Audience| {
            [Standing::Anyone, Standing::Identified, Standing::Staff].map(|standing| audience.admits(standing))
        };
        assert_eq!(admitted(Audience::Anyone), [true, true, true]);
        assert_eq!(admitted(Audience::Identified), [false, true, true]);
        assert_eq!(admitted(Audience::Staff), [false, false, true]);
        assert_eq!(admitted(Audience::Server), [false, false, false]);
        for audience in Audience::ALL {
            assert_eq!(Audience::named(audience.word()), Some(audience));
        }
    }
}
