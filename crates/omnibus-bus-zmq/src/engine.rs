//! Where does a forwarder's publication get its place? At the node above.

use std::sync::Arc;

use omnibus_hub::{Engine, Hub, Join, LinkFigures, Publication, Refused, Source, Topic};

use crate::link::Link;

/// The engine of every node that is not the director: publications go up, and what comes down is
/// delivered.
pub(crate) struct Upward(pub(crate) Arc<Link>);

impl Engine for Upward {
    fn publish(&self, hub: &Hub, publication: Arc<Publication>, source: Source) -> Result<(), Refused> {
        self.0.publish(hub, publication, source)
    }

    fn want(&self, topic: Topic<'_>) -> Join {
        self.0.want(topic)
    }

    fn unwant(&self, topic: Topic<'_>) {
        self.0.unwant(topic);
    }

    fn link(&self) -> Option<LinkFigures> {
        Some(self.0.figures())
    }
}
