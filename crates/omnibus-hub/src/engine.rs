//! Where does a publication get its place in its channel?
//!
//! The contract between the hub and the bus. On a node that stands alone, and on a director,
//! the place is here: [`Standalone`]. On a forwarder it is at the director: its engine sends
//! publications up, and [delivers](crate::Hub::deliver) what comes back down.

use std::sync::Arc;

use thiserror::Error;

use crate::hub::Hub;
use crate::publication::Publication;
use crate::topic::Topic;

/// One way to connect nodes.
///
/// Called from shard threads, `want` and `unwant` under the lock of the topic's stripe: an
/// engine takes short locks of its own at most, never calls back into the sequencer from these
/// two, and never blocks.
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
}

/// Who has published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A client or a backend of this node.
    Local,
    /// A node below this one, which has accepted the publication already.
    Below,
}

/// Whether what is published from now on reaches the subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// It does.
    Now,
    /// It will, once [`Hub::joined`] is called.
    Later,
}

/// Why a publication was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// An inbox is full; try again in a moment.
    #[error("the node is overloaded; publish again in a moment")]
    Overloaded,
    /// The link to the director is down, and this node was told to refuse meanwhile.
    #[error("the link to the director is down; publish again when it is back")]
    LinkDown,
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
