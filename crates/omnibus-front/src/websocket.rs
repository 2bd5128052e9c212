//! How does one WebSocket client live?
//!
//! The [`Decoder`] makes messages of bytes, the [`Client`] does what they ask for; what is left is
//! what only a WebSocket has: pings, closing handshakes, broken frames.

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use omnibus_hub::{Context, Counter, Overflow, Peer, Topic};
use omnibus_protocol::Close;
use omnibus_sockjs::{MessagesError, append_close, append_heartbeat, append_open};
use omnibus_websocket::{self as websocket, Decoder, Event, Limits, Violation};
use tracing::debug;

use crate::client::{Client, Flow, Wire};
use crate::compression::inflate;
use crate::encoding::{append_in_websocket, append_text_frame};
use crate::shared::Shared;
use crate::sockjs::{Batch, frame_bytes_max};

/// A browser's connection after its upgrade.
pub(crate) struct WebSocket {
    decoder: Decoder,
    client: Client<Frames>,
    /// Texts of one SockJS frame that wait; none as a rule.
    batch: Option<Box<Batch>>,
    ping_at: Instant,
    /// Whether anything has come since the last ping.
    heard: bool,
}

/// What stands in the frames of a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Texts as they are.
    Plain,
    /// The same; either side may compress them.
    Deflated,
    /// SockJS's frames.
    SockJs,
}

/// One unfragmented text frame a message. Answers are never compressed: they are small.
pub(crate) struct Frames {
    form: Form,
    is_closed: bool,
}

impl Frames {
    fn is_sockjs(&self) -> bool {
        self.form == Form::SockJs
    }
}

impl Wire for Frames {
    fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        if self.is_sockjs() {
            return append_in_websocket(&String::from_utf8_lossy(text), out);
        }
        append_text_frame(text, out);
    }

    fn close(&mut self, code: u16, reason: &str, context: &mut Context<'_>) {
        self.is_closed = true;
        if self.is_sockjs() {
            say(context, |frame| append_close(code, reason, frame));
        }
        context.send(|out| websocket::close(code, reason, out));
        context.close();
    }

    fn is_closed(&self) -> bool {
        self.is_closed
    }
}

impl WebSocket {
    /// A client that has upgraded.
    pub(crate) fn boxed(shared: Arc<Shared>, form: Form, address: IpAddr, context: &mut Context<'_>) -> Box<Self> {
        let now = context.now();
        if form == Form::SockJs {
            context.set_encoding(shared.dialects.in_websocket);
            say(context, append_open);
        }
        let frames = Frames { form, is_closed: false };
        #[cfg_attr(
            not(feature = "conformance"),
            expect(unused_mut, reason = "only the suite's clients speak first")
        )]
        let mut peer = Self {
            decoder: Decoder::new(),
            batch: None,
            ping_at: now + shared.config.ping_interval,
            heard: true,
            client: Client::new(shared, frames, address, now),
        };
        peer.schedule(context);
        #[cfg(feature = "conformance")]
        peer.client.on_open(context);
        Box::new(peer)
    }

    fn limits(&self) -> Limits {
        let texts_bytes_max = self.client.message_bytes_max();
        let config = &self.client.shared().config;
        let form = self.client.wire.form;
        Limits {
            message_bytes_max: match form {
                Form::SockJs => frame_bytes_max(texts_bytes_max),
                Form::Plain | Form::Deflated => texts_bytes_max,
            },
            message_age_max: config.rules.limits.message_time_max,
            inflated_ratio_max: match form {
                Form::Deflated => config.compression.map(|compression| compression.inflated_ratio_max),
                Form::Plain | Form::SockJs => None,
            },
            ..Limits::default()
        }
    }

    /// Asks to be woken at the next moment at which something may have to be done.
    fn schedule(&self, context: &mut Context<'_>) {
        let moments = [
            Some(self.ping_at),
            self.client.deadline(),
            self.decoder.deadline(&self.limits()),
        ];
        if let Some(moment) = moments.into_iter().flatten().min() {
            context.wake_at(moment);
        }
    }

    fn ping(&mut self, context: &mut Context<'_>) {
        if !self.heard {
            context.count(Counter::ClosedSilent);
            return context.abort();
        }
        self.heard = false;
        self.ping_at = context.now() + self.client.shared().config.ping_interval;
        if self.client.wire.is_sockjs() {
            say(context, append_heartbeat);
        }
        context.send(|out| websocket::ping(b"", out));
    }
}

/// Sends one of SockJS's frames.
fn say(context: &mut Context<'_>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut frame = Vec::new();
    write(&mut frame);
    context.send(|out| append_text_frame(&frame, out));
}

/// Does what one event of the decoder asks for.
fn on_event(
    client: &mut Client<Frames>,
    batch: &mut Option<Box<Batch>>,
    event: Event<'_>,
    limits: &Limits,
    context: &mut Context<'_>,
) -> Result<(), Violation> {
    match event {
        // What is inflated is a text or binary, and no more than that.
        Event::Compressed(message) => {
            return inflate(message, limits, context, |event, context| {
                on_event(client, batch, event, limits, context)
            })?;
        }
        Event::Text(text) => on_message(client, batch, text, context),
        // Browsers that send text as a blob mean text (recordings N23, N24).
        Event::Binary(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => on_message(client, batch, text, context),
            Err(_) => context.count(Counter::IgnoredMessages),
        },
        Event::Ping(payload) => context.send(|out| websocket::pong(payload, out)),
        Event::Pong(_) => {}
        Event::Close(received) => {
            context.send(|out| websocket::close_reply(received, out));
            context.close();
            client.on_gone(context);
        }
    }
    Ok(())
}

/// Takes one message of the client: a text, or a SockJS frame of texts.
fn on_message(client: &mut Client<Frames>, batch: &mut Option<Box<Batch>>, text: &str, context: &mut Context<'_>) {
    if !client.wire.is_sockjs() {
        return client.on_text(text, context);
    }
    match Batch::check(text.as_bytes().to_vec()) {
        Ok(texts) => {
            *batch = Some(Box::new(texts));
            go_on(client, batch, context);
        }
        Err(MessagesError::Empty) => {}
        Err(MessagesError::Broken) => {
            debug!("closing a client whose SockJS frame is broken");
            context.count(Counter::ClosedViolation);
            // Who does not speak SockJS is told in the WebSocket's own words (sockjs-protocol,
            // "test_broken_json").
            client.wire.form = Form::Plain;
            client.close(Close::ProtocolError, context);
        }
    }
}

/// Has the client say what waits, as far as it may; whether all is said.
fn go_on(client: &mut Client<Frames>, batch: &mut Option<Box<Batch>>, context: &mut Context<'_>) -> bool {
    if batch.as_mut().is_some_and(|texts| texts.run(client, context)) {
        *batch = None;
    }
    batch.is_none()
}

impl Peer for WebSocket {
    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        self.heard = true;
        let was_idle = self.decoder.is_idle();
        let mut used = 0;
        while self.client.flow() == Flow::Continue && go_on(&mut self.client, &mut self.batch, context) {
            let limits = self.limits();
            let decoded = self.decoder.decode(&mut input[used..], &limits, context.now());
            used += decoded.consumed;
            let done = match decoded.event {
                Ok(Some(event)) => on_event(&mut self.client, &mut self.batch, event, &limits, context),
                Ok(None) => break,
                Err(violation) => Err(violation),
            };
            if let Err(violation) = done {
                debug!(%violation, "closing a client that breaks the protocol");
                context.count(Counter::ClosedViolation);
                // Which rule it was stands in the log; clients are told what is in
                // `spec/close-codes.toml`.
                self.client.close(reason_to_close(&violation), context);
                return input.len();
            }
        }
        if was_idle && !self.decoder.is_idle() {
            self.schedule(context);
        }
        used
    }

    fn on_joined(&mut self, topic: Topic<'_>, context: &mut Context<'_>) {
        self.client.on_joined(topic, context);
        go_on(&mut self.client, &mut self.batch, context);
    }

    fn on_told(&mut self, told: Box<dyn Any + Send>, context: &mut Context<'_>) {
        // Nothing else is told to a WebSocket.
        let _unknown = self.client.on_told(told, context);
        go_on(&mut self.client, &mut self.batch, context);
        self.schedule(context);
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        let now = context.now();
        let deadline = self.decoder.deadline(&self.limits());
        if context.has_unread() {
            // While inboxes are full nobody is read, and nothing is held against who may have spoken.
            self.heard = true;
        } else if deadline.is_some_and(|deadline| deadline <= now) {
            return self.client.close(Close::MessageTooSlow, context);
        } else if self.client.on_tick(context) {
            return;
        }
        if self.ping_at <= now {
            self.ping(context);
        }
        self.schedule(context);
    }

    fn on_slow(&mut self, context: &mut Context<'_>) {
        debug!("closing a client that reads too slowly");
        self.client.close(Close::SlowConsumer, context);
    }

    fn on_stop(&mut self, context: &mut Context<'_>) {
        self.client.on_stop(context);
    }

    fn on_gone(&mut self, context: &mut Context<'_>) {
        self.client.on_gone(context);
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close {
            bytes_max: self.client.shared().config.rules.limits.outbox_bytes_max,
        }
    }
}

/// The row of `spec/close-codes.toml` for a broken rule.
fn reason_to_close(violation: &Violation) -> Close {
    [Close::NotUtf8, Close::MessageTooSlow, Close::MessageTooBig]
        .into_iter()
        .find(|close| close.code() == violation.close_code())
        .unwrap_or(Close::ProtocolError)
}
