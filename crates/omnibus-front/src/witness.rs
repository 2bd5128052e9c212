//! Who hears of what a client does?
//!
//! The application, where it wants to be told; and the members of a channel that announces who
//! leaves, once for each member. Neither ever hears a token.

use omnibus_hooks::{Event, Hooks, Kind};
use omnibus_hub::{Context, Publication, Source};
use omnibus_protocol::json_string;

/// What was told of a client, and has to be told when it ends. Nothing, and one word long, where
/// nobody has to be told anything.
#[derive(Default)]
pub(crate) struct Witness(Option<Box<Story>>);

/// Who a client is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    pub(crate) identifier: &'a str,
    /// The key of the user who it has proved to be.
    pub(crate) user: Option<&'a str>,
}

struct Story {
    identifier: Box<str>,
    user: Option<Box<str>>,
    memberships: Vec<Membership>,
}

/// That the client is in a channel which announces who leaves.
struct Membership {
    channel: Box<str>,
    /// Whether it could ever publish there: of somebody who could not, nobody knows.
    is_known: bool,
}

/// Channels in which the leaving of one client is announced. Of those that it joins when it is in
/// so many, the members are not told, so that its end costs no more than this many publications.
const MEMBERSHIPS_MAX: usize = 100;

impl Witness {
    /// The client is this one from now on, or nobody any more, and may publish in these channels;
    /// says whether the application is to be told which channels it is in.
    pub(crate) fn becomes(
        &mut self,
        identity: Option<Identity<'_>>,
        may_publish: impl Fn(&str) -> bool,
        hooks: Option<&Hooks>,
        context: &mut Context<'_>,
    ) -> bool {
        if self.0.as_deref().map(Story::identity) == identity {
            self.may_publish_now(may_publish);
            return false;
        }
        let memberships = self.end(hooks, context);
        let Some(identity) = identity else { return false };
        let mut story = Story::of(identity);
        for Membership { channel, .. } in memberships {
            if context.is_subscribed(channel.as_bytes()) {
                let is_known = may_publish(&channel);
                story.memberships.push(Membership { channel, is_known });
            }
        }
        let is_told = hooks.is_some_and(|hooks| tell(hooks, Kind::Connect, identity, None, context));
        if hooks.is_some() || !story.memberships.is_empty() {
            self.0 = Some(story);
        }
        is_told
    }

    /// The same client may publish in these channels.
    pub(crate) fn may_publish_now(&mut self, may_publish: impl Fn(&str) -> bool) {
        let memberships = self.0.iter_mut().flat_map(|story| &mut story.memberships);
        for membership in memberships.filter(|membership| !membership.is_known) {
            membership.is_known = may_publish(&membership.channel);
        }
    }

    /// The client is in a channel.
    pub(crate) fn joins(&self, channel: &str, hooks: Option<&Hooks>, context: &Context<'_>) {
        if let (Some(story), Some(hooks)) = (&self.0, hooks) {
            tell(hooks, Kind::Subscribe, story.identity(), Some(channel), context);
        }
    }

    /// The client, which is this one, is in a channel that announces who leaves; `is_known` if it
    /// may publish there.
    pub(crate) fn becomes_member(&mut self, channel: &str, is_known: bool, identity: Identity<'_>) {
        let Story { memberships, .. } = &mut **self.0.get_or_insert_with(|| Story::of(identity));
        if memberships.len() < MEMBERSHIPS_MAX {
            let channel = channel.into();
            memberships.push(Membership { channel, is_known });
        }
    }

    /// The client has left a channel.
    pub(crate) fn leaves(&mut self, channel: &str, hooks: Option<&Hooks>, context: &mut Context<'_>) {
        let Some(story) = self.0.as_deref_mut() else { return };
        let at = story.memberships.iter().position(|member| *member.channel == *channel);
        if let Some(at) = at {
            let membership = story.memberships.swap_remove(at);
            story.announce(&membership, context);
        }
        if let Some(hooks) = hooks {
            tell(hooks, Kind::Unsubscribe, story.identity(), Some(channel), context);
        }
    }

    /// The node stops: its clients come back to another one under the name that they had, and what
    /// their neighbours know of them stays true.
    pub(crate) fn stops(&mut self) {
        if let Some(story) = &mut self.0 {
            story.memberships.clear();
        }
    }

    /// The client is gone, or nobody any more.
    pub(crate) fn ends(&mut self, hooks: Option<&Hooks>, context: &mut Context<'_>) {
        self.end(hooks, context);
    }

    /// Ends the story, and returns the memberships in it.
    fn end(&mut self, hooks: Option<&Hooks>, context: &mut Context<'_>) -> Vec<Membership> {
        let Some(mut story) = self.0.take() else {
            return Vec::new();
        };
        let memberships = std::mem::take(&mut story.memberships);
        for membership in &memberships {
            story.announce(membership, context);
        }
        if let Some(hooks) = hooks {
            tell(hooks, Kind::Disconnect, story.identity(), None, context);
        }
        memberships
    }
}

impl Story {
    fn of(identity: Identity<'_>) -> Box<Self> {
        Box::new(Self {
            identifier: identity.identifier.into(),
            user: identity.user.map(Into::into),
            memberships: Vec::new(),
        })
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            identifier: &self.identifier,
            user: self.user.as_deref(),
        }
    }

    /// Tells a channel that the client has left it.
    fn announce(&self, membership: &Membership, context: &mut Context<'_>) {
        if membership.is_known {
            let publication = Publication::new(farewell(&membership.channel, &self.identifier));
            // Whoever refuses has counted it.
            let _refused = context.publish(publication.known_as_text(), Source::Local);
        }
    }
}

fn tell(hooks: &Hooks, kind: Kind, identity: Identity<'_>, channel: Option<&str>, context: &Context<'_>) -> bool {
    // Most of what an event costs is not spent on those that nobody wants.
    !hooks.wants(kind)
        || hooks.send(Event {
            kind,
            connection: &context.peer_id().to_string(),
            identifier: identity.identifier,
            user: identity.user,
            channel,
        })
}

/// What the original's documented example publishes when a connection ends, to the byte, but for
/// the token that stands in it there (E01).
fn farewell(channel: &str, identifier: &str) -> Box<[u8]> {
    let mut frame = Vec::with_capacity(channel.len() + identifier.len() + 64);
    frame.extend_from_slice(channel.as_bytes());
    frame.extend_from_slice(b":{\"sender\": \"");
    json_string::push_ascii(&mut frame, identifier);
    frame.extend_from_slice(b"\", \"type\": \"disconnect\", \"payload\": {}}");
    frame.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_farewell_names_the_client_and_nothing_it_is_called_breaks_out() {
        assert_eq!(
            std::str::from_utf8(&farewell("mousemoves", "5c1e\"}é")).unwrap(),
            r#"mousemoves:{"sender": "5c1e\"}\u00e9", "type": "disconnect", "payload": {}}"#
        );
    }
}
