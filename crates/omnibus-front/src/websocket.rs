//! How does one WebSocket client live?
//!
//! Two halves: the [`Decoder`] makes messages of bytes, the [`Client`] carries out what the
//! session decides about them.

use std::sync::Arc;
use std::time::Instant;

use omnibus_hub::{Context, Counter, Overflow, Peer, Publication, Source, Subscribed, Topic};
use omnibus_protocol::{ChannelName, Close, Reply};
use omnibus_session::{Decision, Session};
use omnibus_websocket::{self as websocket, Decoder, Event, Limits, Opcode, Violation};
use tracing::{debug, trace};

use crate::answers::{Answers, Ready};
use crate::shared::Shared;

/// A browser's connection after its upgrade.
pub(crate) struct WebSocket {
    decoder: Decoder,
    client: Client,
}

/// Everything about a client but its bytes.
struct Client {
    shared: Arc<Shared>,
    session: Session,
    /// Answers that wait for the bus; nothing as a rule.
    answers: Option<Box<Answers>>,
    ping_at: Instant,
    /// Whether anything has come since the last ping.
    heard: bool,
}

/// Whether the next message may be looked at.
#[derive(PartialEq, Eq)]
enum Flow {
    Continue,
    Wait,
}

impl WebSocket {
    pub(crate) fn new(shared: Arc<Shared>, context: &mut Context<'_>) -> Self {
        let now = context.now();
        let client = Client {
            session: Session::new(now),
            answers: None,
            ping_at: now + shared.config.ping_interval,
            heard: true,
            shared,
        };
        let peer = Self {
            decoder: Decoder::new(),
            client,
        };
        peer.schedule(context);
        peer
    }

    /// Asks to be woken at the next moment at which something may have to be done.
    fn schedule(&self, context: &mut Context<'_>) {
        let client = &self.client;
        let moments = [
            Some(client.ping_at),
            client
                .session
                .authentication_deadline(&client.shared.config.rules.limits),
            self.decoder.deadline(&client.limits()),
        ];
        if let Some(moment) = moments.into_iter().flatten().min() {
            context.wake_at(moment);
        }
    }
}

impl Peer for WebSocket {
    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        self.client.heard = true;
        let was_idle = self.decoder.is_idle();
        let mut used = 0;
        while self.client.flow() == Flow::Continue {
            let decoded = self
                .decoder
                .decode(&mut input[used..], &self.client.limits(), context.now());
            used += decoded.consumed;
            match decoded.event {
                Ok(Some(event)) => self.client.on_event(event, context),
                Ok(None) => break,
                Err(violation) => {
                    self.client.on_violation(&violation, context);
                    return input.len();
                }
            }
        }
        if was_idle && !self.decoder.is_idle() {
            self.schedule(context);
        }
        used
    }

    fn on_joined(&mut self, topic: Topic<'_>, context: &mut Context<'_>) {
        if let Topic::Channel(channel) = topic {
            self.client.on_joined(channel, context);
        }
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        let now = context.now();
        let limits = self.client.limits();
        if self.decoder.deadline(&limits).is_some_and(|deadline| deadline <= now) {
            return self.client.close(Close::MessageTooSlow, context);
        }
        if let Some(close) = self
            .client
            .session
            .on_tick(&self.client.shared.config.rules.limits, now)
        {
            return self.client.close(close, context);
        }
        if self.client.ping_at <= now {
            self.client.ping(context);
        }
        self.schedule(context);
    }

    fn on_slow(&mut self, context: &mut Context<'_>) {
        debug!("closing a client that reads too slowly");
        self.client
            .farewell(Close::SlowConsumer.code(), Close::SlowConsumer.reason(), context);
    }

    fn on_stop(&mut self, context: &mut Context<'_>) {
        self.client.close(Close::GoingAway, context);
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close {
            bytes_max: self.client.shared.config.rules.limits.outbox_bytes_max,
        }
    }
}

impl Client {
    fn limits(&self) -> Limits {
        let limits = &self.shared.config.rules.limits;
        Limits {
            message_bytes_max: self.session.message_bytes_max(limits),
            message_age_max: limits.message_time_max,
            ..Limits::default()
        }
    }

    fn flow(&self) -> Flow {
        match &self.answers {
            Some(answers) if answers.is_full() => Flow::Wait,
            _ => Flow::Continue,
        }
    }

    fn on_event(&mut self, event: Event<'_>, context: &mut Context<'_>) {
        match event {
            Event::Text(text) => self.on_text(text, context),
            // Browsers that send text as a blob mean text (recordings N23, N24).
            Event::Binary(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => self.on_text(text, context),
                Err(_) => context.count(Counter::IgnoredMessages),
            },
            Event::Ping(payload) => self.send(context, |out| websocket::pong(payload, out)),
            Event::Pong(_) => {}
            Event::Close(received) => {
                context.send(|out| websocket::close_reply(received, out));
                context.close();
            }
        }
    }

    fn on_text(&mut self, text: &str, context: &mut Context<'_>) {
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
            None => Self::put(frame.into(), context),
        }
    }

    fn put(frame: Box<[u8]>, context: &mut Context<'_>) {
        let publication = Publication::new(frame).known_as_text();
        // Whoever refuses has counted it; the old protocol has no word for it.
        let _silence = context.publish(publication, Source::Local);
    }

    fn on_joined(&mut self, channel: &[u8], context: &mut Context<'_>) {
        self.confirm(|answers| answers.confirm(channel), context);
    }

    /// Confirms what waits, and sends every answer whose turn has come.
    fn confirm(&mut self, confirm: impl FnOnce(&mut Answers), context: &mut Context<'_>) {
        let Some(answers) = &mut self.answers else { return };
        confirm(answers);
        while let Some(ready) = answers.pop() {
            match ready {
                Ready::Subscribed(channel) => {
                    let channel = ChannelName::parse(&channel).expect("only a checked name has subscribed");
                    context.send(|out| append_reply(&Reply::subscribe(channel, true), out));
                }
                Ready::Frames(frames) => context.send(|out| out.extend_from_slice(&frames)),
            }
        }
        if let Some(frame) = answers.release() {
            Self::put(frame, context);
        }
        if answers.is_empty() {
            self.answers = None;
        }
    }

    fn reply(&mut self, reply: &Reply<'_>, context: &mut Context<'_>) {
        self.send(context, |out| append_reply(reply, out));
    }

    /// Sends, or lets wait behind what waits already.
    fn send(&mut self, context: &mut Context<'_>, write: impl FnOnce(&mut Vec<u8>)) {
        match &mut self.answers {
            None => context.send(write),
            Some(answers) => {
                let mut frames = Vec::new();
                write(&mut frames);
                answers.push(frames);
            }
        }
    }

    fn ping(&mut self, context: &mut Context<'_>) {
        if !self.heard {
            context.count(Counter::ClosedSilent);
            return context.abort();
        }
        self.heard = false;
        self.ping_at = context.now() + self.shared.config.ping_interval;
        context.send(|out| websocket::ping(b"", out));
    }

    fn on_violation(&mut self, violation: &Violation, context: &mut Context<'_>) {
        debug!(%violation, "closing a client that breaks the protocol");
        context.count(Counter::ClosedViolation);
        // Which rule it was stands in the log; clients are told what is in `spec/close-codes.toml`.
        self.close(reason_to_close(violation), context);
    }

    fn close(&mut self, close: Close, context: &mut Context<'_>) {
        if matches!(
            close,
            Close::BadMessages | Close::AuthenticationTimeout | Close::MessageTooSlow
        ) {
            context.count(Counter::ClosedPolicy);
        }
        self.farewell(close.code(), close.reason(), context);
    }

    fn farewell(&mut self, code: u16, reason: &str, context: &mut Context<'_>) {
        context.send(|out| websocket::close(code, reason, out));
        context.close();
    }
}

/// The row of `spec/close-codes.toml` for a broken rule.
fn reason_to_close(violation: &Violation) -> Close {
    [Close::NotUtf8, Close::MessageTooSlow, Close::MessageTooBig]
        .into_iter()
        .find(|close| close.code() == violation.close_code())
        .unwrap_or(Close::ProtocolError)
}

/// Appends an answer as a text frame.
fn append_reply(reply: &Reply<'_>, out: &mut Vec<u8>) {
    let bytes = reply.to_bytes();
    websocket::encode_frame_header(Opcode::Text, bytes.len(), out);
    out.extend_from_slice(&bytes);
}
