//! How does what is published here go up?
//!
//! The publisher connection to the node above. A node of ours says what it already has of this
//! one, and acknowledges what it takes; a legacy director takes, and says nothing.

use std::sync::Arc;

use omnibus_hub::{Context, Counter, Overflow, Peer};
use omnibus_zmtp::{Event, encode_message};

use crate::control::Control;
use crate::header::Header;
use crate::link::Link;
use crate::node::Node;
use crate::pipe::{Pipe, Purpose, Refusal};
use crate::wire::Wire;

/// Bytes written in one turn.
const TURN_BYTES_MAX: usize = 1 << 20;

/// Bytes that wait for the socket, above which publications stay in the link's queue.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// The publisher connection to the node above.
pub(crate) struct Uplink {
    pipe: Pipe,
    purpose: ToAbove,
    /// This node stops: the connection ends once the node above has everything.
    is_stopping: bool,
}

struct ToAbove {
    link: Arc<Link>,
    attempt: u64,
    /// The node above, if it is one of ours.
    above: Option<Node>,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Shaking,
    /// A node of ours has to say first what it has.
    AwaitingResume,
    Ready,
}

impl Uplink {
    pub(crate) fn new(link: Arc<Link>, attempt: u64, wire: Arc<Wire>) -> Self {
        Self {
            pipe: Pipe::new(wire, std::time::Instant::now()),
            purpose: ToAbove {
                link,
                attempt,
                above: None,
                state: State::Shaking,
            },
            is_stopping: false,
        }
    }

    fn go_on(&mut self, context: &mut Context<'_>) {
        self.pump(context);
        if self.is_stopping && self.purpose.link.is_empty() {
            context.close();
        }
    }

    /// Sends what waits, as much as the socket may be given.
    fn pump(&mut self, context: &mut Context<'_>) {
        let ToAbove {
            link,
            attempt,
            above,
            state,
        } = &self.purpose;
        if !link.is_current(*attempt) {
            return context.abort();
        }
        if *state != State::Ready {
            return;
        }
        for frame in link.take_barriers(*attempt) {
            context.send(|out| encode_message(&[&frame], out));
        }
        if context.outbox_len() > WAITING_BYTES_MAX {
            return;
        }
        let mut dropped = 0;
        context.send(|out| {
            link.take(*attempt, TURN_BYTES_MAX, above.is_some(), |sequence, publication| {
                if above.is_some() {
                    Header::of(publication, Some(sequence)).append_message(publication.frame(), out);
                } else if publication.is_reserved() {
                    dropped += 1;
                } else {
                    encode_message(&[publication.frame()], out);
                }
            });
        });
        context.counters().add(Counter::BusDropped, dropped);
        if link.has_unsent() {
            context.nudge();
        }
    }
}

impl Peer for Uplink {
    fn on_open(&mut self, context: &mut Context<'_>) {
        self.pipe.open(context);
    }

    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        let used = self.pipe.feed(&mut self.purpose, input, context);
        if self.is_stopping {
            self.go_on(context);
        }
        used
    }

    fn on_nudge(&mut self, context: &mut Context<'_>) {
        self.go_on(context);
    }

    fn on_drained(&mut self, context: &mut Context<'_>) {
        self.go_on(context);
    }

    fn on_stop(&mut self, context: &mut Context<'_>) {
        self.is_stopping = true;
        self.go_on(context);
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        self.pipe.on_wake(context);
    }

    fn on_gone(&mut self, _context: &mut Context<'_>) {
        self.purpose
            .link
            .fail(self.purpose.attempt, "the publisher connection has ended");
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close {
            bytes_max: self.purpose.link.config.link_outbox_bytes_max,
        }
    }
}

impl Purpose for ToAbove {
    fn on_ready(&mut self, pipe: &mut Pipe, context: &mut Context<'_>) -> Result<(), Refusal> {
        self.above = pipe.learn_node(self.link.node)?;
        if self.above.is_some() {
            self.state = State::AwaitingResume;
        } else {
            self.state = State::Ready;
            self.link.uplink_ready(self.attempt, context.peer_id(), None, None);
        }
        Ok(())
    }

    fn on_event(&mut self, event: Event<'_>, context: &mut Context<'_>) {
        if let Event::Command { name, body } = event {
            match Control::parse(name, body) {
                Some(Control::Resume { accepted }) if self.state == State::AwaitingResume => {
                    self.state = State::Ready;
                    self.link
                        .uplink_ready(self.attempt, context.peer_id(), self.above, accepted);
                }
                Some(Control::Ack { sequence }) => self.link.acknowledge(self.attempt, sequence),
                _ => {}
            }
        }
    }
}
