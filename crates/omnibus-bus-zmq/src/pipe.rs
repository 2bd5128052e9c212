//! How do a connection's bytes become events?
//!
//! What every peer on the bus has in common: the codec, which kind of peer is at the other end,
//! and when to look at the clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use omnibus_hub::{Context, Counter};
use omnibus_zmtp::{Connection, Error, Event};
use tracing::{debug, warn};

use crate::node::{Node, PROPERTY, PropertyError};
use crate::wire::Wire;

/// How often a connection is looked at while nothing is due, unless its purpose asks for more.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// A ZMTP connection.
pub(crate) struct Pipe {
    wire: Arc<Wire>,
    connection: Connection,
    /// The node at the other end, if it is one of ours.
    node: Option<Node>,
    /// How often the purpose wants it to be woken at least.
    look_interval: Duration,
    /// When the clock is looked at next.
    next_look: Instant,
}

/// What a connection is for; it is told the pipe's events.
pub(crate) trait Purpose {
    /// The handshake is over. Nothing may be sent yet: our READY goes first, and the encoding
    /// in which it will stand is chosen here.
    fn on_ready(&mut self, pipe: &mut Pipe, context: &mut Context<'_>) -> Result<(), Refusal>;

    /// Something has come.
    fn on_event(&mut self, event: Event<'_>, context: &mut Context<'_>);

    /// All that has come is dealt with: the moment to answer it as a whole.
    fn on_batch(&mut self, _pipe: &mut Pipe, _context: &mut Context<'_>) {}
}

/// Why a peer is not talked to although its handshake was in order.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Property(#[from] PropertyError),
    #[error("this node is its own peer: an address leads back to it")]
    Loop,
}

impl Pipe {
    pub(crate) fn new(wire: Arc<Wire>, now: Instant) -> Self {
        Self {
            connection: Connection::new(&wire.legacy, now),
            wire,
            node: None,
            look_interval: LOOK_INTERVAL,
            next_look: now,
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    pub(crate) fn look_every(&mut self, interval: Duration) {
        self.look_interval = interval;
    }

    /// Sends the greeting.
    pub(crate) fn open(&mut self, context: &mut Context<'_>) {
        let connection = &mut self.connection;
        context.send(|out| connection.start(out));
        self.schedule(context);
    }

    /// Learns from the peer's READY whether it is a node of ours.
    pub(crate) fn learn_node(&mut self, this: Node) -> Result<Option<Node>, Refusal> {
        let property = self.connection.peer().and_then(|peer| peer.property(PROPERTY));
        let node = property.map(Node::from_property).transpose()?;
        if node.is_some_and(|node| node.id == this.id) {
            return Err(Refusal::Loop);
        }
        self.node = node;
        Ok(node)
    }

    /// Does what the time demands.
    pub(crate) fn on_wake(&mut self, context: &mut Context<'_>) {
        let mut out = Vec::new();
        // A subscriber that reads slowly says nothing by itself, and finds a PING only behind all
        // that waits for it. The shard watches that its socket takes something.
        if self.node.is_none() && context.outbox_len() > 0 {
            self.connection.on_progress(context.now());
        }
        // While inboxes are full nothing is read, and what a peer has answered lies in its socket.
        if context.has_unread() {
            self.connection.on_unread();
        }
        let config = self.wire.of(self.node.is_some());
        let outcome = self.connection.on_tick(config, context.now(), &mut out);
        send(&out, context);
        match outcome {
            Ok(()) => self.schedule(context),
            Err(error) => self.fail(&error, context),
        }
    }

    pub(crate) fn schedule(&mut self, context: &mut Context<'_>) {
        let latest = context.now() + self.look_interval;
        let moment = self
            .connection
            .next_deadline(self.wire.of(self.node.is_some()))
            .map_or(latest, |deadline| deadline.min(latest));
        self.next_look = moment;
        context.wake_at(moment);
    }

    /// A PING that has come with a TTL may want an earlier look.
    fn schedule_earlier(&mut self, context: &mut Context<'_>) {
        let deadline = self.connection.next_deadline(self.wire.of(self.node.is_some()));
        if deadline.is_some_and(|deadline| deadline < self.next_look) {
            self.schedule(context);
        }
    }

    fn fail(&self, error: &Error, context: &mut Context<'_>) {
        debug!(%error, node = self.node.map(|node| node.id.to_string()), "a bus connection ends");
        context.count(Counter::BusRefused);
        match error {
            // A farewell would be waited for, and a silent peer takes none.
            Error::PeerSilent { .. } | Error::PeerTtlExpired { .. } => context.abort(),
            _ => context.close(),
        }
    }

    /// Takes input and tells `purpose` what it means; returns how much was used.
    pub(crate) fn feed(&mut self, purpose: &mut impl Purpose, input: &[u8], context: &mut Context<'_>) -> usize {
        let wire = Arc::clone(&self.wire);
        let mut out = Vec::new();
        let mut used = 0;
        loop {
            let config = wire.of(self.node.is_some());
            let decoded = self.connection.decode(config, &input[used..], context.now(), &mut out);
            used += decoded.consumed;
            match decoded.event {
                Ok(None) => break,
                Ok(Some(Event::Ready)) => {
                    if let Err(refusal) = self.on_ready(purpose, &mut out, context) {
                        return self.refuse(&refusal, context, input.len());
                    }
                }
                Ok(Some(event)) => purpose.on_event(event, context),
                Err(error) => {
                    send(&out, context);
                    self.fail(&error, context);
                    return input.len();
                }
            }
        }
        send(&out, context);
        purpose.on_batch(self, context);
        self.schedule_earlier(context);
        used
    }

    fn on_ready(
        &mut self,
        purpose: &mut impl Purpose,
        out: &mut Vec<u8>,
        context: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        // The purpose chooses its encoding first: what is sent stands in that encoding's arena.
        let outcome = purpose.on_ready(self, context);
        send(&std::mem::take(out), context);
        self.schedule(context);
        outcome
    }

    fn refuse(&self, refusal: &Refusal, context: &mut Context<'_>, used: usize) -> usize {
        warn!(%refusal, "a bus peer is refused");
        context.count(Counter::BusRefused);
        context.send(|out| omnibus_zmtp::encode_error(&refusal.to_string(), out));
        context.close();
        used
    }
}

fn send(out: &[u8], context: &mut Context<'_>) {
    context.send(|buffer| buffer.extend_from_slice(out));
}
