//! What may this client do now, and what does its next message mean?
//!
//! ```text
//!             !authenticate: granted
//!   Stranger ─────────────────────────▶ Known ──┐ granted again: new identity, subscriptions
//!      │    ◀─────────────────────────   │      ◀┘ stay (N04, N40) unless rights fall (U08)
//!      │      refused: subscriptions     │
//!      ▼      are dropped (U07)          ▼ expires_at
//!   closed 1008, as from either       closed 3000
//!   state after bad_messages_max
//! ```

use std::time::Instant;

use omnibus_protocol::command::{ClientText, Command};
use omnibus_protocol::reply::{AUTHENTICATE, SUBSCRIBE, UNSUBSCRIBE};
use omnibus_protocol::{ChannelName, Close, IdentifierBuf, Limits, Reply, check_client_frame};

use crate::authentication::{Credentials, Grant, Judgement, Outcome};
use crate::decision::{Decision, Reason};
use crate::rules::Rules;
use crate::standing::Standing;

/// The rules' memory of one connection. It does not know the channels that the
/// client is in; the caller does.
#[derive(Debug)]
pub struct Session {
    who: Who,
    /// Of a known client; within [`Who`] it would make every session larger.
    standing: Standing,
    /// Of a known client.
    read_only: bool,
    bad_messages: u16,
}

// One lives per connection, idle ones too.
const _: () = assert!(size_of::<Session>() <= 32);

#[derive(Debug)]
enum Who {
    Stranger {
        since: Instant,
    },
    Known {
        identifier: IdentifierBuf,
        // In a box, for most clients have none, and each has a session.
        expires_at: Option<Box<Instant>>,
    },
}

impl Session {
    /// Starts with a client that has just connected and said nothing.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            who: Who::Stranger { since: now },
            standing: Standing::Anyone,
            read_only: false,
            bad_messages: 0,
        }
    }

    /// Tells whether the client has an identity.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        matches!(self.who, Who::Known { .. })
    }

    /// What the client is called; `None` before authentication. A client chose
    /// it: quote it in logs.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        match &self.who {
            Who::Stranger { .. } => None,
            Who::Known { identifier, .. } => Some(identifier.as_identifier().as_str()),
        }
    }

    /// The largest message to take from the client now, in bytes. Ask again
    /// for every message: it changes with authentication.
    #[must_use]
    pub fn message_bytes_max(&self, limits: &Limits) -> usize {
        match self.who {
            Who::Stranger { .. } => limits.unauthenticated_message_bytes_max,
            Who::Known { .. } => limits.message_bytes_max,
        }
    }

    /// When to call [`Session::on_tick`]; `None` while nothing is due. It
    /// changes only with [`Decision::Authenticated`].
    #[must_use]
    pub fn deadline(&self, limits: &Limits) -> Option<Instant> {
        match &self.who {
            Who::Stranger { since } => since.checked_add(limits.authentication_time_max),
            Who::Known { expires_at, .. } => expires_at.as_deref().copied(),
        }
    }

    /// Says how the connection ends if its time is over.
    #[must_use]
    pub fn on_tick(&self, limits: &Limits, now: Instant) -> Option<Close> {
        if now < self.deadline(limits)? {
            return None;
        }
        Some(match self.who {
            Who::Stranger { .. } => Close::AuthenticationTimeout,
            Who::Known { .. } => Close::TokenExpired,
        })
    }

    /// Decides about one message of the client: a WebSocket text, or a binary
    /// message that is UTF-8 (N23, N24).
    ///
    /// Costs one pass over the text, and one copy if its sender is forged.
    pub fn on_text<'a>(&mut self, text: &'a str, rules: &Rules, now: Instant) -> Decision<'a> {
        match ClientText::split(text) {
            ClientText::Command(command) => self.on_command(command, rules, now),
            ClientText::Message { channel, .. } => self.on_message(text, channel, rules),
            ClientText::NoColon => self.ignore(Reason::NoColon, &rules.limits),
            ClientText::Empty => self.ignore(Reason::Empty, &rules.limits),
        }
    }

    /// Acts on an authenticator's judgement.
    ///
    /// A refusal takes an identity away and starts the time to authenticate
    /// anew; a client that had none keeps the time it has left.
    pub fn on_authentication<'a>(&mut self, outcome: Outcome<'_>, rules: &Rules, now: Instant) -> Decision<'a> {
        let before = self.standing();
        match outcome {
            Outcome::Granted { identifier, grant } => {
                let Grant {
                    standing,
                    read_only,
                    expires_at,
                } = grant;
                self.who = Who::Known {
                    identifier: identifier.into(),
                    expires_at: expires_at.map(Box::new),
                };
                self.standing = standing;
                self.read_only = read_only;
                Decision::Authenticated {
                    reply: Reply::authenticate(true),
                    drop_subscriptions: before.is_some_and(|before| rules.namespaces.may_lose(before, standing)),
                }
            }
            Outcome::Refused => {
                if before.is_some() {
                    self.who = Who::Stranger { since: now };
                }
                Decision::Authenticated {
                    reply: Reply::authenticate(false),
                    drop_subscriptions: before.is_some(),
                }
            }
        }
    }

    /// Acts on a change of what is known of the client's user: they have
    /// become staff, or are it no more (U09). It may have to end the
    /// connection, so that the client finds out anew where it may be.
    pub fn on_standing(&mut self, after: Standing, rules: &Rules) -> Option<Close> {
        let before = self.standing()?;
        self.standing = after;
        rules.namespaces.may_lose(before, after).then_some(Close::RightsChanged)
    }

    /// Whether the client, being in a channel, may publish there (R02).
    #[must_use]
    pub fn may_publish(&self, channel: ChannelName<'_>, rules: &Rules) -> bool {
        let audience = rules.namespaces.of(channel).publish;
        !self.read_only && self.standing().is_some_and(|standing| audience.admits(standing))
    }

    /// What is known of the client; `None` before authentication.
    fn standing(&self) -> Option<Standing> {
        self.is_authenticated().then_some(self.standing)
    }

    fn on_command<'a>(&mut self, Command { name, argument }: Command<'a>, rules: &Rules, now: Instant) -> Decision<'a> {
        // The original dropped the connection at a command without a colon (N05, N10).
        let Some(argument) = argument else {
            return self.answer_malformed(Reply::refused(name), &rules.limits);
        };
        match name {
            AUTHENTICATE => self.on_authenticate(argument, rules, now),
            SUBSCRIBE => self.on_subscribe(argument, rules),
            UNSUBSCRIBE => self.on_unsubscribe(argument),
            // Unknown ones are answered and not held against a client (N09).
            _ => Decision::Reply(Reply::refused(name)),
        }
    }

    fn on_authenticate<'a>(&mut self, argument: &'a str, rules: &Rules, now: Instant) -> Decision<'a> {
        let outcome = match Credentials::parse(argument) {
            Err(_) => Outcome::Refused,
            Ok(credentials) => match rules.authenticator.judge(credentials) {
                Judgement::Now(outcome) => outcome,
                Judgement::Later => return Decision::Authenticate { credentials },
            },
        };
        self.on_authentication(outcome, rules, now)
    }

    fn on_subscribe<'a>(&self, argument: &'a str, rules: &Rules) -> Decision<'a> {
        let may_join = |channel: &ChannelName<'_>| {
            let audience = rules.namespaces.of(*channel).subscribe;
            self.standing().is_some_and(|standing| audience.admits(standing))
        };
        match ChannelName::parse(argument).ok().filter(may_join) {
            Some(channel) => Decision::Subscribe { channel },
            // Before authentication the original dropped the connection (N06).
            None => Decision::Reply(Reply::refused_channel(SUBSCRIBE, argument)),
        }
    }

    /// Whoever is in a channel may leave it.
    fn on_unsubscribe<'a>(&self, argument: &'a str) -> Decision<'a> {
        match ChannelName::parse(argument) {
            Ok(channel) if self.is_authenticated() => Decision::Unsubscribe { channel },
            _ => Decision::Reply(Reply::refused_channel(UNSUBSCRIBE, argument)),
        }
    }

    fn on_message<'a>(&mut self, text: &'a str, channel: &'a str, rules: &Rules) -> Decision<'a> {
        let limits = &rules.limits;
        let Who::Known { identifier, .. } = &self.who else {
            return self.ignore(Reason::NotAuthenticated, limits);
        };
        let Ok(channel) = ChannelName::parse(channel) else {
            return self.ignore(Reason::BadChannel, limits);
        };
        if !self.may_publish(channel, rules) {
            return self.ignore(Reason::NotPermitted, limits);
        }
        let body_at = channel.as_str().len() + 1;
        match check_client_frame(text.as_bytes(), body_at, identifier.as_identifier(), rules.body) {
            Ok(frame) => Decision::Publish { channel, frame },
            Err(err) => self.ignore(err.into(), limits),
        }
    }

    fn ignore<'a>(&mut self, reason: Reason, limits: &Limits) -> Decision<'a> {
        if reason.is_malformed() && self.count_malformed(limits) {
            return Decision::Close(Close::BadMessages);
        }
        Decision::Ignore(reason)
    }

    fn answer_malformed<'a>(&mut self, reply: Reply<'a>, limits: &Limits) -> Decision<'a> {
        if self.count_malformed(limits) {
            return Decision::Close(Close::BadMessages);
        }
        Decision::Reply(reply)
    }

    /// Counts a malformed message and tells whether it is one too many.
    fn count_malformed(&mut self, limits: &Limits) -> bool {
        if self.bad_messages >= limits.bad_messages_max {
            return true;
        }
        self.bad_messages += 1;
        false
    }
}
