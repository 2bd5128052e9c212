//! Where does a publication get its place in its channel?
//!
//! The contract between the hub and the bus. On a node that stands alone, and on a director,
//! the place is here: [`Standalone`]. On a forwarder it is at the director: its engine sends
//! publications up, and [delivers](crate::Hub::deliver) what comes back down.

use std::sync::Arc;

use crate::hub::Hub;
use crate::outcome::{Join, Refused, Source};
use crate::publication::Publication;
use crate::topic::Topic;

/// One way to connect nodes.
///
/// Called from shard threads, `want` and `unwant` under the lock of the topic's stripe: an
/// engine takes short locks of its own at most, never calls back into the sequencer from these
/// two, and never blocks. A lock that these two take is not held, on any thread, while the
/// [`Hub`] is called: the order is the stripe's lock, then the engine's, then an inbox's.
pub trait Engine: Send + Sync {
    /// Takes a publication made on this node, or on one below it, to where it gets its place.
    /// Publications of one caller keep their order. What comes from a node below is never
    /// refused: its shard has stopped reading long before there is no room.
    ///
    /// # Errors
    /// It was not accepted, and nobody will get it.
    fn publish(&self, hub: &Hub, publication: Arc<Publication>, source: Source) -> Result<(), Refused>;

    /// Someone on this node wants the topic, and nobody did before. Where the engine answers
    /// [`Join::Later`] it calls [`Hub::joined`] once what is published reaches this node.
    fn want(&self, topic: Topic<'_>) -> Join;

    /// Nobody on this node wants the topic any more.
    fn unwant(&self, topic: Topic<'_>);

    /// How the link to the node above does, where there is one.
    fn link(&self) -> Option<LinkFigures> {
        None
    }
}

/// How a link to another node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkFigures {
    /// Whether it carries.
    pub is_up: bool,
    /// Publications that wait for it, or for the node above to acknowledge them.
    pub waiting_publications: usize,
    /// Their bytes.
    pub waiting_bytes: usize,
}

/// The engine of a node that needs no other: the order is made here.
#[derive(Debug, Default)]
pub struct Standalone;

impl Engine for Standalone {
    fn publish(&self, hub: &Hub, publication: Arc<Publication>, source: Source) -> Result<(), Refused> {
        match source {
            Source::Local => hub.sequence(publication),
            Source::Below => {
                hub.deliver(publication);
                Ok(())
            }
        }
    }

    fn want(&self, _topic: Topic<'_>) -> Join {
        Join::Now
    }

    fn unwant(&self, _topic: Topic<'_>) {}
}
