//! How does what is published elsewhere come down to this node?
//!
//! The subscriber connection to the node above. It asks for what is wanted here, and delivers
//! what comes, which already has its place.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use omnibus_hub::{Context, Counter, Overflow, Peer, Publication};
use omnibus_zmtp::{Event, Message};

use crate::control::{Change, Changes, Control};
use crate::header::Header;
use crate::interest::Batch;
use crate::link::Link;
use crate::node::Node;
use crate::pipe::{Pipe, Purpose, Refusal};
use crate::wire::Wire;

/// How often ended interest is looked for.
const EXPIRY_INTERVAL: Duration = Duration::from_millis(500);

/// How often a barrier is published again that has not come back: the first may have overtaken
/// its own subscription.
const BARRIER_INTERVAL: Duration = Duration::from_millis(100);

/// Batches of interest sent in one turn: while there are more, others of the shard have theirs.
const TURN_BATCHES_MAX: usize = 16;

/// Bytes that wait for the socket, above which the whole interest that a new link begins with is
/// not gone on with.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// The subscriber connection to the node above.
pub(crate) struct Downlink {
    pipe: Pipe,
    purpose: FromAbove,
}

struct FromAbove {
    link: Arc<Link>,
    attempt: u64,
    /// The node above, if it is one of ours.
    above: Option<Node>,
    is_ready: bool,
    /// Barriers at a legacy node above that have not come back.
    barriers: VecDeque<Barrier>,
}

/// A topic that is subscribed after a batch of interest, and published to: when it comes back, a
/// node above that acknowledges nothing has the interest.
struct Barrier {
    serial: u64,
    prefix: Vec<u8>,
    is_back: bool,
}

impl Downlink {
    pub(crate) fn new(link: Arc<Link>, attempt: u64, wire: Arc<Wire>) -> Self {
        Self {
            pipe: Pipe::new(wire, std::time::Instant::now()),
            purpose: FromAbove {
                link,
                attempt,
                above: None,
                is_ready: false,
                barriers: VecDeque::new(),
            },
        }
    }
}

impl Peer for Downlink {
    fn on_open(&mut self, context: &mut Context<'_>) {
        self.pipe.open(context);
    }

    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        self.pipe.feed(&mut self.purpose, input, context)
    }

    fn on_nudge(&mut self, context: &mut Context<'_>) {
        if !self.purpose.link.is_current(self.purpose.attempt) {
            return context.abort();
        }
        self.purpose.send_interest(&mut self.pipe, false, context);
    }

    fn on_drained(&mut self, context: &mut Context<'_>) {
        self.purpose.send_interest(&mut self.pipe, false, context);
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        if self.purpose.is_ready {
            self.purpose.send_interest(&mut self.pipe, false, context);
            self.purpose.repeat_barrier();
        }
        self.pipe.on_wake(context);
    }

    fn on_stop(&mut self, context: &mut Context<'_>) {
        // The other connection may still have something to bring up; its end is this one's, too.
        if self.purpose.link.is_empty() {
            context.close();
        }
    }

    fn on_gone(&mut self, _context: &mut Context<'_>) {
        self.purpose
            .link
            .fail(self.purpose.attempt, "the subscriber connection has ended");
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close {
            bytes_max: self.purpose.link.config.link_outbox_bytes_max,
        }
    }
}

impl Purpose for FromAbove {
    fn on_ready(&mut self, pipe: &mut Pipe, context: &mut Context<'_>) -> Result<(), Refusal> {
        self.above = pipe.learn_node(self.link.node)?;
        if self.above.is_some() {
            pipe.connection_mut().keep_frames(2);
        }
        pipe.look_every(EXPIRY_INTERVAL);
        self.link.downlink_ready(self.attempt, context.peer_id(), self.above);
        Ok(())
    }

    fn on_event(&mut self, event: Event<'_>, context: &mut Context<'_>) {
        match event {
            Event::Message(message) if self.above.is_some() => self.on_publication(message, context),
            Event::Message(message) => self.on_legacy(message.first(), context),
            Event::Command { name, body } => {
                if let Some(Control::Joined { serial }) = Control::parse(name, body) {
                    self.link.confirm(self.attempt, serial);
                }
            }
            Event::Ready | Event::Subscribe(_) | Event::Cancel(_) => {}
        }
    }

    fn on_batch(&mut self, pipe: &mut Pipe, context: &mut Context<'_>) {
        if pipe.connection().peer().is_some() && !std::mem::replace(&mut self.is_ready, true) {
            self.send_interest(pipe, true, context);
        }
        // The last one that is back speaks for all before it.
        if let Some(back) = self.barriers.iter().rposition(|barrier| barrier.is_back) {
            let serial = self.barriers[back].serial;
            for barrier in self.barriers.drain(..=back) {
                context.send(|out| pipe.connection().encode_cancel(&barrier.prefix, out));
            }
            if self.barriers.is_empty() {
                pipe.look_every(EXPIRY_INTERVAL);
            }
            self.link.confirm(self.attempt, serial);
        }
    }
}

impl FromAbove {
    fn on_publication(&mut self, message: Message<'_>, context: &mut Context<'_>) {
        let Some((header, frame)) = Header::read_message(message) else {
            return context.count(Counter::BusDropped);
        };
        // What this node has delivered while it was alone comes back, and is known by its mark.
        if header.mark.and_then(Node::from_bytes) == Some(self.link.node) {
            return;
        }
        context.deliver(header.publication(frame));
    }

    fn on_legacy(&mut self, frame: &[u8], context: &mut Context<'_>) {
        if let Some(barrier) = self
            .barriers
            .iter_mut()
            .find(|barrier| frame.starts_with(&barrier.prefix))
        {
            barrier.is_back = true;
            return;
        }
        let publication = Publication::new(frame.into());
        if publication.is_reserved() {
            return context.count(Counter::BusDropped);
        }
        context.deliver(publication);
    }

    fn send_interest(&mut self, pipe: &mut Pipe, mut first: bool, context: &mut Context<'_>) {
        // The whole interest may be more than may wait. What changes later may not: a node above
        // that takes less than that is cut.
        if context.outbox_len() > WAITING_BYTES_MAX && !self.link.figures().is_up {
            return;
        }
        for _ in 0..TURN_BATCHES_MAX {
            let Some(batch) = self.link.next_batch(self.attempt, std::mem::take(&mut first)) else {
                return;
            };
            match self.above {
                Some(_) => {
                    let interest = Control::Interest {
                        serial: batch.serial,
                        changes: Changes::new(&batch.changes),
                    };
                    context.send(|out| interest.append_to(out));
                }
                None => self.send_legacy(pipe, &batch, context),
            }
        }
        context.nudge();
    }

    fn send_legacy(&mut self, pipe: &mut Pipe, batch: &Batch, context: &mut Context<'_>) {
        let prefix = format!("omnibus.barrier.{}.{}:", self.link.node.id, batch.serial).into_bytes();
        context.send(|out| {
            for change in Changes::new(&batch.changes) {
                match change {
                    Change::Add(topic) => pipe.connection().encode_subscribe(topic, out),
                    Change::Remove(topic) => pipe.connection().encode_cancel(topic, out),
                }
            }
            pipe.connection().encode_subscribe(&prefix, out);
        });
        self.barriers.push_back(Barrier {
            serial: batch.serial,
            prefix,
            is_back: false,
        });
        self.repeat_barrier();
        pipe.look_every(BARRIER_INTERVAL);
        pipe.schedule(context);
    }

    /// Publishes the barrier that is waited for, once more.
    fn repeat_barrier(&self) {
        if let Some(barrier) = self.barriers.back().filter(|barrier| !barrier.is_back) {
            self.link
                .send_barrier(self.attempt, [&barrier.prefix, b"{}".as_slice()].concat());
        }
    }
}
