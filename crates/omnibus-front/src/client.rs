//! What does a client say, and what is done about it?
//!
//! Everything about a client but its bytes: the session decides, the hub's context carries out.
//! How a text leaves is the transport's business, told by its [`Wire`].

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use omnibus_hub::{Context, Counter, Publication, Source, Subscribed, Topic};
use omnibus_protocol::{ChannelName, Close, Reply};
use omnibus_session::{Credentials, Decision, Outcome, Rules, Session};
use tracing::trace;

use crate::answers::{Answers, Ready};
use crate::config::Config;
#[cfg(feature = "conformance")]
use crate::config::Conformance;
use crate::login::{self, Heard, Login, News};
use crate::shared::Shared;
use crate::witness::{Identity, Witness};

/// How a transport writes what it carries.
pub(crate) trait Wire {
    /// Appends one message.
    fn text(&self, text: &[u8], out: &mut Vec<u8>);

    /// Says the last words and closes.
    fn close(&mut self, code: u16, reason: &str, context: &mut Context<'_>);

    /// Whether they have been said, and yet messages may come.
    fn is_closed(&self) -> bool {
        false
    }
}

/// One client, whatever transport it uses.
pub(crate) struct Client<W> {
    pub(crate) wire: W,
    shared: Arc<Shared>,
    session: Session,
    /// Where the client is.
    address: IpAddr,
    /// Its attempts to prove who it is; nothing where it has made none.
    login: Option<Box<Login>>,
    /// Answers that wait for the bus; nothing as a rule.
    answers: Option<Box<Answers>>,
    /// What others were told of the client.
    witness: Witness,
}

/// Whether the next message may be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    Wait,
}

impl<W: Wire> Client<W> {
    pub(crate) fn new(shared: Arc<Shared>, wire: W, address: IpAddr, now: Instant) -> Self {
        Self {
            wire,
            shared,
            session: Session::new(now),
            address,
            login: None,
            answers: None,
            witness: Witness::default(),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The largest message to take from the client now, in bytes.
    pub(crate) fn message_bytes_max(&self) -> usize {
        self.session.message_bytes_max(&self.shared.config.rules.limits)
    }

    /// When to call [`Client::on_tick`].
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.session.deadline(&self.shared.config.rules.limits)
    }

    /// Whether another message may be taken; if not, ask again after [`Client::on_joined`] and
    /// [`Client::on_told`].
    pub(crate) fn flow(&self) -> Flow {
        let waits_for_verdict = self.login.as_ref().is_some_and(|login| login.is_waiting());
        let waits_for_bus = self.answers.as_ref().is_some_and(|answers| answers.is_full());
        match waits_for_verdict || waits_for_bus {
            true => Flow::Wait,
            false => Flow::Continue,
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

    /// The transport is ready.
    #[cfg(feature = "conformance")]
    pub(crate) fn on_open(&mut self, context: &mut Context<'_>) {
        if self.shared.config.conformance == Some(Conformance::Close) {
            self.wire.close(3000, "Go away!", context);
        }
    }

    /// Does what one message of the client asks for.
    pub(crate) fn on_text(&mut self, text: &str, context: &mut Context<'_>) {
        #[cfg(feature = "conformance")]
        if self.shared.config.conformance.is_some() {
            return context.send(|out| self.wire.text(text.as_bytes(), out));
        }
        let decision = self.session.on_text(text, &self.shared.config.rules, context.now());
        if let (Decision::Authenticated { .. }, Some(login)) = (&decision, &mut self.login) {
            login.forget();
        }
        self.follow(decision, context);
    }

    /// Takes in what the peer was told, if it is about this client; [`Client::deadline`] may have
    /// changed then.
    ///
    /// # Errors
    /// It is not, and is given back.
    pub(crate) fn on_told(
        &mut self,
        told: Box<dyn Any + Send>,
        context: &mut Context<'_>,
    ) -> Result<(), Box<dyn Any + Send>> {
        let heard = Heard::of(told)?;
        let news = self.login.as_mut().and_then(|login| login.hear(heard));
        let rules = &self.shared.config.rules;
        match news {
            None => {}
            Some(News::Verdict(identifier, grant)) => {
                let outcome = login::outcome(identifier.as_identifier(), grant);
                let decision = self.session.on_authentication(outcome, rules, context.now());
                self.follow(decision, context);
            }
            Some(News::Changed(standing)) => {
                let close = self.session.on_standing(standing, rules);
                let session = &self.session;
                self.witness
                    .may_publish_now(|channel| may_publish(session, channel, rules));
                if let Some(close) = close {
                    self.close(close, context);
                }
            }
            Some(News::Out) => self.close(Close::UserDeactivated, context),
        }
        Ok(())
    }

    fn follow(&mut self, decision: Decision<'_>, context: &mut Context<'_>) {
        match decision {
            Decision::Reply(reply) => self.reply(&reply, context),
            Decision::Authenticated {
                reply,
                drop_subscriptions,
            } => {
                if drop_subscriptions {
                    context.unsubscribe_all();
                    self.confirm(Answers::confirm_all, context);
                    self.witness.ends(self.shared.config.hooks.as_ref(), context);
                }
                self.introduce(context);
                self.reply(&reply, context);
            }
            Decision::Authenticate { credentials } => self.prove(credentials, context),
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
        self.on_gone(context);
    }

    /// The node stops: the client is to find another one.
    pub(crate) fn on_stop(&mut self, context: &mut Context<'_>) {
        self.witness.stops();
        self.close(Close::GoingAway, context);
    }

    /// The connection has ended, or is about to; every transport says so, the last time in
    /// [`omnibus_hub::Peer::on_gone`].
    pub(crate) fn on_gone(&mut self, context: &mut Context<'_>) {
        self.witness.ends(self.shared.config.hooks.as_ref(), context);
    }

    /// Has credentials judged, and lets everything behind them wait.
    fn prove(&mut self, credentials: Credentials<'_>, context: &mut Context<'_>) {
        if let Some(auth) = &self.shared.config.auth {
            let login = self.login.get_or_insert_default();
            return login.ask(auth, credentials, self.address, context);
        }
        let rules = &self.shared.config.rules;
        let decision = self.session.on_authentication(Outcome::Refused, rules, context.now());
        self.follow(decision, context);
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
            Subscribed::Now if self.answers.is_none() => {
                self.reply(&Reply::subscribe(channel, true), context);
                self.has_joined(channel, context);
            }
            Subscribed::Now => self.answers.get_or_insert_default().push_subscribed(channel.as_str()),
            Subscribed::Joining => self.answers.get_or_insert_default().wait_for(channel.as_str()),
        }
    }

    fn unsubscribe(&mut self, channel: ChannelName<'_>, context: &mut Context<'_>) {
        if !context.unsubscribe(Topic::Channel(channel.as_bytes())) {
            return self.reply(&Reply::unsubscribe(channel, false), context);
        }
        self.confirm(|answers| answers.confirm(channel.as_bytes()), context);
        match &mut self.answers {
            Some(answers) => answers.push_unsubscribed(channel.as_str()),
            None => {
                self.reply(&Reply::unsubscribe(channel, true), context);
                self.has_left(channel, context);
            }
        }
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
        let Some(mut answers) = self.answers.take() else { return };
        confirm(&mut answers);
        while let Some(ready) = answers.pop() {
            self.answer(ready, context);
        }
        if let Some(frame) = answers.release() {
            put(frame, context);
        }
        if !answers.is_empty() {
            self.answers = Some(answers);
        }
    }

    /// Sends an answer whose turn has come, and tells what it says to whoever has to know.
    fn answer(&mut self, ready: Ready, context: &mut Context<'_>) {
        let checked = "only a checked name has subscribed";
        match ready {
            Ready::Text(text) => self.say(&text, context),
            Ready::Subscribed(channel) => {
                let channel = ChannelName::parse(&channel).expect(checked);
                self.say(&Reply::subscribe(channel, true).to_bytes(), context);
                self.has_joined(channel, context);
            }
            Ready::Unsubscribed(channel) => {
                let channel = ChannelName::parse(&channel).expect(checked);
                self.say(&Reply::unsubscribe(channel, true).to_bytes(), context);
                self.has_left(channel, context);
            }
        }
    }

    /// Answers, or lets the answer wait behind those that wait already.
    fn reply(&mut self, reply: &Reply<'_>, context: &mut Context<'_>) {
        let text = reply.to_bytes();
        match &mut self.answers {
            None => self.say(&text, context),
            Some(answers) => answers.push(text),
        }
    }

    fn say(&self, text: &[u8], context: &mut Context<'_>) {
        // An answer may be many times as long as what it refuses, and waits until the turn ends.
        context.charge(text.len());
        context.send(|out| self.wire.text(text, out));
    }

    /// Tells who the client is now, and where, to whoever has to know.
    fn introduce(&mut self, context: &mut Context<'_>) {
        let Self {
            shared,
            session,
            login,
            witness,
            ..
        } = self;
        let hooks = shared.config.hooks.as_ref();
        let identity = identity(session, login.as_deref());
        let may_publish = |channel: &str| may_publish(session, channel, &shared.config.rules);
        if !witness.becomes(identity, may_publish, hooks, context) {
            return;
        }
        let waiting = self
            .answers
            .as_ref()
            .map(|answers| answers.waiting_for())
            .unwrap_or_default();
        for channel in context.subscribed() {
            let channel = std::str::from_utf8(&channel).expect("only a checked name has subscribed");
            if !waiting.contains(channel) {
                witness.joins(channel, hooks, context);
            }
        }
    }

    fn has_joined(&mut self, channel: ChannelName<'_>, context: &mut Context<'_>) {
        let Config { hooks, rules, .. } = &self.shared.config;
        self.witness.joins(channel.as_str(), hooks.as_ref(), context);
        let is_member = rules.namespaces.of(channel).announce_leave && context.is_subscribed(channel.as_bytes());
        if is_member && let Some(identity) = identity(&self.session, self.login.as_deref()) {
            let is_known = self.session.may_publish(channel, rules);
            self.witness.becomes_member(channel.as_str(), is_known, identity);
        }
    }

    fn has_left(&mut self, channel: ChannelName<'_>, context: &mut Context<'_>) {
        let hooks = self.shared.config.hooks.as_ref();
        self.witness.leaves(channel.as_str(), hooks, context);
    }
}

/// Who the client is to others.
fn identity<'a>(session: &'a Session, login: Option<&'a Login>) -> Option<Identity<'a>> {
    Some(Identity {
        identifier: session.identifier()?,
        user: login.and_then(Login::user),
    })
}

fn may_publish(session: &Session, channel: &str, rules: &Rules) -> bool {
    ChannelName::parse(channel).is_ok_and(|channel| session.may_publish(channel, rules))
}

fn put(frame: Box<[u8]>, context: &mut Context<'_>) {
    let publication = Publication::new(frame).known_as_text();
    // Whoever refuses has counted it; the old protocol has no word for it.
    let _silence = context.publish(publication, Source::Local);
}
