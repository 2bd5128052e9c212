//! What does a client say, and what is done about it?
//!
//! Everything about a client but its bytes: the session decides, the hub's context carries out.
//! How a text leaves is the transport's business, told by its [`Wire`].

use std::sync::Arc;
use std::time::Instant;

use omnibus_hub::{Context, Counter, Publication, Source, Subscribed, Topic};
use omnibus_protocol::{ChannelName, Close, Reply};
use omnibus_session::{Decision, Session};
use tracing::trace;

use crate::answers::{Answers, Ready};
use crate::shared::Shared;

/// How a transport writes what it carries.
pub(crate) trait Wire {
    /// Appends one message.
    fn text(&self, text: &[u8], out: &mut Vec<u8>);

    /// Says the last words and closes.
    fn close(&mut self, code: u16, reason: &str, context: &mut Context<'_>);
}

/// One client, whatever transport it uses.
pub(crate) struct Client<W> {
    pub(crate) wire: W,
    shared: Arc<Shared>,
    session: Session,
    /// Answers that wait for the bus; nothing as a rule.
    answers: Option<Box<Answers>>,
}

/// Whether the next message may be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    Wait,
}

impl<W: Wire> Client<W> {
    pub(crate) fn new(shared: Arc<Shared>, wire: W, now: Instant) -> Self {
        Self {
            wire,
            shared,
            session: Session::new(now),
            answers: None,
        }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The largest message to take from the client now, in bytes.
    pub(crate) fn message_bytes_max(&self) -> usize {
        self.session.message_bytes_max(&self.shared.config.rules.limits)
    }

    /// When to call [`Client::on_tick`].
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.session.authentication_deadline(&self.shared.config.rules.limits)
    }

    pub(crate) fn flow(&self) -> Flow {
        match &self.answers {
            Some(answers) if answers.is_full() => Flow::Wait,
            _ => Flow::Continue,
        }
    }

    /// Closes the connection if its time is over, and says whether it was.
    pub(crate) fn on_tick(&mut self, context: &mut Context<'_>) -> bool {
        let late = self.session.on_tick(&self.shared.config.rules.limits, context.now());
        if let Some(close) = late {
            self.close(close, context);
        }
        late.is_some()
    }

    /// Does what one message of the client asks for.
    pub(crate) fn on_text(&mut self, text: &str, context: &mut Context<'_>) {
        let decision = self.session.on_text(text, &self.shared.config.rules, context.now());
        match decision {
            Decision::Reply(reply) => self.reply(&reply, context),
            Decision::Authenticated {
                reply,
                drop_subscriptions,
            } => {
                if drop_subscriptions {
                    context.unsubscribe_all();
                    self.confirm(Answers::confirm_all, context);
                }
                self.reply(&reply, context);
            }
            Decision::Subscribe { channel } => self.subscribe(channel, context),
            Decision::Unsubscribe { channel } => self.unsubscribe(channel, context),
            Decision::Publish { channel, frame } => self.publish(channel, &frame, context),
            Decision::Ignore(reason) => {
                trace!(reason = reason.name(), "message ignored");
                context.count(Counter::IgnoredMessages);
            }
            Decision::Close(close) => self.close(close, context),
        }
    }

    /// The bus carries a channel that the client has asked for.
    pub(crate) fn on_joined(&mut self, topic: Topic<'_>, context: &mut Context<'_>) {
        if let Topic::Channel(channel) = topic {
            self.confirm(|answers| answers.confirm(channel), context);
        }
    }

    /// Ends the connection, for a reason that stands in `spec/close-codes.toml`.
    pub(crate) fn close(&mut self, close: Close, context: &mut Context<'_>) {
        if matches!(
            close,
            Close::BadMessages | Close::AuthenticationTimeout | Close::MessageTooSlow
        ) {
            context.count(Counter::ClosedPolicy);
        }
        self.wire.close(close.code(), close.reason(), context);
    }

    fn subscribe(&mut self, channel: ChannelName<'_>, context: &mut Context<'_>) {
        let topic = Topic::Channel(channel.as_bytes());
        let is_full = context.channels() >= self.shared.config.rules.limits.subscriptions_max;
        if is_full && !context.is_subscribed(channel.as_bytes()) {
            context.count(Counter::SubscriptionsRefused);
            return self.reply(&Reply::subscribe(channel, false), context);
        }
        match context.subscribe(topic) {
            // A client that comes back asks again and again (recording N14, JS 7): cheap, and false.
            Subscribed::Already => self.reply(&Reply::subscribe(channel, false), context),
            Subscribed::Now => self.reply(&Reply::subscribe(channel, true), context),
            Subscribed::Joining => self.answers.get_or_insert_default().wait_for(channel.as_str()),
        }
    }

    fn unsubscribe(&mut self, channel: ChannelName<'_>, context: &mut Context<'_>) {
        let had = context.unsubscribe(Topic::Channel(channel.as_bytes()));
        if had {
            self.confirm(|answers| answers.confirm(channel.as_bytes()), context);
        }
        self.reply(&Reply::unsubscribe(channel, had), context);
    }

    fn publish(&mut self, channel: ChannelName<'_>, frame: &[u8], context: &mut Context<'_>) {
        // Silence, as the original (recording N15).
        if !context.is_subscribed(channel.as_bytes()) {
            return context.count(Counter::IgnoredMessages);
        }
        match &mut self.answers {
            Some(answers) => answers.hold(frame),
            None => put(frame.into(), context),
        }
    }

    /// Confirms what waits, and sends every answer whose turn has come.
    fn confirm(&mut self, confirm: impl FnOnce(&mut Answers), context: &mut Context<'_>) {
        let Some(answers) = &mut self.answers else { return };
        confirm(answers);
        while let Some(ready) = answers.pop() {
            let text = match ready {
                Ready::Subscribed(channel) => {
                    let channel = ChannelName::parse(&channel).expect("only a checked name has subscribed");
                    Reply::subscribe(channel, true).to_bytes()
                }
                Ready::Text(text) => text,
            };
            context.send(|out| self.wire.text(&text, out));
        }
        if let Some(frame) = answers.release() {
            put(frame, context);
        }
        if answers.is_empty() {
            self.answers = None;
        }
    }

    /// Answers, or lets the answer wait behind those that wait already.
    fn reply(&mut self, reply: &Reply<'_>, context: &mut Context<'_>) {
        let text = reply.to_bytes();
        match &mut self.answers {
            None => context.send(|out| self.wire.text(&text, out)),
            Some(answers) => answers.push(text),
        }
    }
}

fn put(frame: Box<[u8]>, context: &mut Context<'_>) {
    let publication = Publication::new(frame).known_as_text();
    // Whoever refuses has counted it; the old protocol has no word for it.
    let _silence = context.publish(publication, Source::Local);
}
