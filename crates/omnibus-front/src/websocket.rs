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
use omnibus_websocket::{self as websocket, Decoder, Event, Limits, Opcode, Violation};
use tracing::debug;

use crate::client::{Client, Flow, Wire};
use crate::shared::Shared;

/// A browser's connection after its upgrade.
pub(crate) struct WebSocket {
    decoder: Decoder,
    client: Client<Frames>,
    ping_at: Instant,
    /// Whether anything has come since the last ping.
    heard: bool,
}

/// One unfragmented text frame a message.
pub(crate) struct Frames;

impl Wire for Frames {
    fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        websocket::encode_frame_header(Opcode::Text, text.len(), out);
        out.extend_from_slice(text);
    }

    fn close(&mut self, code: u16, reason: &str, context: &mut Context<'_>) {
        context.send(|out| websocket::close(code, reason, out));
        context.close();
    }
}

impl WebSocket {
    pub(crate) fn new(shared: Arc<Shared>, address: IpAddr, context: &mut Context<'_>) -> Self {
        let now = context.now();
        let peer = Self {
            decoder: Decoder::new(),
            ping_at: now + shared.config.ping_interval,
            heard: true,
            client: Client::new(shared, Frames, address, now),
        };
        peer.schedule(context);
        peer
    }

    fn limits(&self) -> Limits {
        Limits {
            message_bytes_max: self.client.message_bytes_max(),
            message_age_max: self.client.shared().config.rules.limits.message_time_max,
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
        context.send(|out| websocket::ping(b"", out));
    }
}

/// Does what one event of the decoder asks for.
fn on_event(client: &mut Client<Frames>, event: Event<'_>, context: &mut Context<'_>) {
    match event {
        Event::Text(text) => client.on_text(text, context),
        // Browsers that send text as a blob mean text (recordings N23, N24).
        Event::Binary(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => client.on_text(text, context),
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
}

impl Peer for WebSocket {
    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        self.heard = true;
        let was_idle = self.decoder.is_idle();
        let mut used = 0;
        while self.client.flow() == Flow::Continue {
            let limits = self.limits();
            let decoded = self.decoder.decode(&mut input[used..], &limits, context.now());
            used += decoded.consumed;
            match decoded.event {
                Ok(Some(event)) => on_event(&mut self.client, event, context),
                Ok(None) => break,
                Err(violation) => {
                    debug!(%violation, "closing a client that breaks the protocol");
                    context.count(Counter::ClosedViolation);
                    // Which rule it was stands in the log; clients are told what is in
                    // `spec/close-codes.toml`.
                    self.client.close(reason_to_close(&violation), context);
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
        self.client.on_joined(topic, context);
    }

    fn on_told(&mut self, told: Box<dyn Any + Send>, context: &mut Context<'_>) {
        // Nothing else is told to a WebSocket.
        let _unknown = self.client.on_told(told, context);
        self.schedule(context);
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        let now = context.now();
        if self
            .decoder
            .deadline(&self.limits())
            .is_some_and(|deadline| deadline <= now)
        {
            return self.client.close(Close::MessageTooSlow, context);
        }
        if self.client.on_tick(context) {
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
