//! How does a node below hand its publications up?

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use omnibus_hub::{Context, Counter, Source};
use omnibus_zmtp::Message;

use crate::control::Control;
use crate::header::Header;
use crate::node::Node;

/// What was accepted from one start of one node.
pub(super) struct Accepted {
    /// The last number; 0 for none.
    pub(super) sequence: u64,
    /// The connection that may say more; an older one, half open perhaps, may not.
    pub(super) connection: u64,
    /// When a connection of the node was last seen to end.
    pub(super) left: Instant,
}

/// The publisher connection of a node below.
pub(crate) struct FromNode {
    node: Node,
    pub(super) accepted: Arc<Mutex<Accepted>>,
    connection: u64,
    /// What it must be told first.
    pub(super) resume: Option<Control<'static>>,
    acknowledged: u64,
}

impl FromNode {
    pub(super) fn new(node: Node, accepted: Arc<Mutex<Accepted>>, connection: u64, sequence: Option<u64>) -> Self {
        let resume = Some(Control::Resume { accepted: sequence });
        Self {
            node,
            accepted,
            connection,
            resume,
            acknowledged: sequence.unwrap_or_default(),
        }
    }

    /// Publishes what the node below has sent, unless it is here already.
    pub(super) fn on_publication(&mut self, message: Message<'_>, context: &mut Context<'_>) {
        let Some((header, frame)) = Header::read_message(message) else {
            return context.count(Counter::BusDropped);
        };
        let Some(sequence) = header.sequence else {
            return context.count(Counter::BusDropped);
        };
        // Held while publishing, so that a new connection of the same node comes after this one.
        let mut accepted = lock(&self.accepted);
        if accepted.connection != self.connection {
            return context.abort();
        }
        if sequence <= accepted.sequence {
            return;
        }
        accepted.sequence = sequence;
        // Nothing from a node below is refused for want of room; while the link above this node
        // is down, a setting decides, and whoever drops counts.
        let _counted = context.publish(header.publication(frame), Source::Below);
    }

    /// Says what has been accepted.
    pub(super) fn answer(&mut self, context: &mut Context<'_>) {
        if let Some(resume) = self.resume.take() {
            context.send(|out| resume.append_to(out));
        }
        let sequence = lock(&self.accepted).sequence;
        if sequence > self.acknowledged {
            self.acknowledged = sequence;
            context.send(|out| Control::Ack { sequence }.append_to(out));
        }
    }

    pub(super) fn on_gone(&self) {
        tracing::debug!(node = %self.node.id, "a node's publisher connection has ended");
        lock(&self.accepted).left = Instant::now();
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Single values and whole insertions only: a panic elsewhere leaves them whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
