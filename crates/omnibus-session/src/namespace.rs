//! What holds in which channels?

use omnibus_protocol::ChannelName;

use crate::pattern::Pattern;
use crate::standing::{Audience, Standing};

/// Channels in which the same holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Which channels these are.
    pub pattern: Pattern,
    /// Who may be in them (R01).
    pub subscribe: Audience,
    /// Who, being in one, may publish there (R02).
    pub publish: Audience,
    /// Whether a member that leaves is announced to those that stay.
    pub announce_leave: bool,
}

/// All namespaces. The first whose pattern matches holds, and the last matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespaces {
    some: Vec<Namespace>,
    all_others: Namespace,
}

impl Namespace {
    /// The original's NoOp authenticator: everyone may everything (N01).
    #[must_use]
    pub fn noop() -> Self {
        Self {
            pattern: Pattern::any(),
            subscribe: Audience::Anyone,
            publish: Audience::Anyone,
            announce_leave: false,
        }
    }

    /// The original's user authenticator: users read, and staff writes (U01–U03).
    #[must_use]
    pub fn user() -> Self {
        Self {
            subscribe: Audience::Identified,
            publish: Audience::Staff,
            ..Self::noop()
        }
    }
}

impl Namespaces {
    /// Namespaces that a node may have: each channel is compared with every one before its own.
    pub const MAX: usize = 64;

    /// Puts namespaces in order; `all_others` holds in every channel that none of `some` matches.
    #[must_use]
    pub fn new(some: Vec<Namespace>, all_others: Namespace) -> Self {
        Self { some, all_others }
    }

    /// The namespace of a channel.
    #[must_use]
    pub fn of(&self, channel: ChannelName<'_>) -> &Namespace {
        self.some
            .iter()
            .find(|namespace| namespace.pattern.matches(channel.as_str()))
            .unwrap_or(&self.all_others)
    }

    /// Every namespace, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Namespace> {
        self.some.iter().chain([&self.all_others])
    }

    /// Whether a client whose standing falls may be in channels that it may not be in any more.
    #[must_use]
    pub fn may_lose(&self, before: Standing, after: Standing) -> bool {
        self.iter()
            .any(|namespace| namespace.subscribe.admits(before) && !namespace.subscribe.admits(after))
    }
}

impl Default for Namespaces {
    fn default() -> Self {
        Self::new(Vec::new(), Namespace::noop())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(pattern: &str, subscribe: Audience) -> Namespace {
        Namespace {
            pattern: Pattern::new(pattern).unwrap(),
            subscribe,
            ..Namespace::user()
        }
    }

    #[test]
    fn the_first_that_matches_holds() {
        let namespaces = Namespaces::new(
            vec![named("news.staff", Audience::Staff), named("news.*", Audience::Anyone)],
            Namespace::user(),
        );
        let subscribe = |name| namespaces.of(ChannelName::parse(name).unwrap()).subscribe;
        assert_eq!(subscribe("news.staff"), Audience::Staff);
        assert_eq!(subscribe("news.sport"), Audience::Anyone);
        assert_eq!(subscribe("news"), Audience::Identified);
    }

    #[test]
    fn what_a_fall_can_cost_depends_on_who_may_read_where() {
        let user = Namespaces::new(Vec::new(), Namespace::user());
        assert!(user.may_lose(Standing::Identified, Standing::Anyone));
        assert!(!user.may_lose(Standing::Staff, Standing::Identified));
        assert!(!user.may_lose(Standing::Anyone, Standing::Staff));
        let staff = Namespaces::new(vec![named("staff.*", Audience::Staff)], Namespace::user());
        assert!(staff.may_lose(Standing::Staff, Standing::Identified));
        assert!(!Namespaces::default().may_lose(Standing::Staff, Standing::Anyone));
    }
}
