//! Who comes to this node's addresses?
//!
//! Legacy publishers and subscribers, and the two connections of a node below. READY tells which
//! of them it is, so that one port can serve all.

use std::sync::Arc;
use std::time::Instant;

use omnibus_hub::{Context, Counter, EncodingId, Overflow, Peer, Publication, Source, Subscribed, Topic};
use omnibus_zmtp::Event;
use tracing::{debug, info};

use crate::below::from_node::FromNode;
use crate::below::roster::Roster;
use crate::below::to_node::ToNode;
use crate::config::Config;
use crate::link::Link;
use crate::node::Node;
use crate::pipe::{Pipe, Purpose, Refusal};
use crate::wire::Wire;

mod from_node;
pub(crate) mod roster;
mod to_node;

/// What all peers at this node's addresses share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) node: Node,
    pub(crate) legacy: EncodingId,
    pub(crate) between_nodes: EncodingId,
    pub(crate) roster: Roster,
    /// Where publications go from here, unless they have their place on this node.
    pub(crate) link: Option<Arc<Link>>,
}

/// A peer at one of this node's addresses.
pub(crate) struct Below {
    pipe: Pipe,
    purpose: Member,
}

struct Member {
    shared: Arc<Shared>,
    kind: Kind,
    /// Whether what comes first after the handshake has been said.
    is_welcome: bool,
}

enum Kind {
    /// Its handshake is not over.
    Stranger,
    /// A legacy `PUB` or `XPUB`.
    Publisher,
    /// A legacy `SUB` or `XSUB`, with the number of its subscriptions.
    Subscriber { topics: usize },
    /// The publisher connection of a node below.
    FromNode(FromNode),
    /// The subscriber connection of a node below.
    ToNode(ToNode),
}

/// What a publisher may be told at most; it is never told much.
const ANSWERS_BYTES_MAX: usize = 1 << 20;

impl Below {
    pub(crate) fn new(shared: Arc<Shared>, wire: Arc<Wire>) -> Self {
        Self {
            pipe: Pipe::new(wire, Instant::now()),
            purpose: Member {
                shared,
                kind: Kind::Stranger,
                is_welcome: false,
            },
        }
    }
}

impl Peer for Below {
    fn on_open(&mut self, context: &mut Context<'_>) {
        self.pipe.open(context);
    }

    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        if let Some(link) = self.purpose.fed_link()
            && !link.has_room(context.peer_id())
        {
            return 0;
        }
        self.pipe.feed(&mut self.purpose, input, context)
    }

    fn on_joined(&mut self, topic: Topic<'_>, context: &mut Context<'_>) {
        if let Kind::ToNode(to_node) = &mut self.purpose.kind {
            to_node.on_joined(topic, context);
        }
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        self.pipe.on_wake(context);
    }

    fn on_slow(&mut self, context: &mut Context<'_>) {
        debug!("a bus peer takes too little; its connection is cut");
        context.abort();
    }

    fn on_gone(&mut self, context: &mut Context<'_>) {
        if let Some(link) = self.purpose.fed_link() {
            link.forget_feeder(context.peer_id());
        }
        match &self.purpose.kind {
            Kind::FromNode(from_node) => from_node.on_gone(),
            Kind::ToNode(to_node) => info!(node = %to_node.node().id, "node left"),
            Kind::Stranger | Kind::Publisher | Kind::Subscriber { .. } => {}
        }
    }

    fn outbox(&self) -> Overflow {
        let config = &self.purpose.shared.config;
        match self.purpose.kind {
            Kind::Subscriber { .. } => Overflow::DropNewest {
                bytes_max: config.legacy_outbox_bytes_max,
            },
            Kind::ToNode(_) => Overflow::Close {
                bytes_max: config.link_outbox_bytes_max,
            },
            Kind::Stranger | Kind::Publisher | Kind::FromNode(_) => Overflow::Close {
                bytes_max: ANSWERS_BYTES_MAX,
            },
        }
    }
}

impl Member {
    /// The link to which all goes that this peer publishes.
    fn fed_link(&self) -> Option<&Link> {
        match self.kind {
            Kind::Publisher | Kind::FromNode(_) => self.shared.link.as_deref(),
            Kind::Stranger | Kind::Subscriber { .. } | Kind::ToNode(_) => None,
        }
    }
}

impl Purpose for Member {
    fn on_ready(&mut self, pipe: &mut Pipe, context: &mut Context<'_>) -> Result<(), Refusal> {
        let node = pipe.learn_node(self.shared.node)?;
        let Some(is_publisher) = pipe.connection().peer().map(|peer| peer.socket_type.is_publisher()) else {
            return Ok(());
        };
        self.kind = match (node, is_publisher) {
            (None, true) => Kind::Publisher,
            (None, false) => {
                context.set_encoding(self.shared.legacy);
                Kind::Subscriber { topics: 0 }
            }
            (Some(node), true) => {
                pipe.connection_mut().keep_frames(2);
                Kind::FromNode(self.shared.roster.enter(node))
            }
            (Some(node), false) => {
                context.set_encoding(self.shared.between_nodes);
                info!(node = %node.id, "node joined");
                Kind::ToNode(ToNode::new(node, self.shared.config.topic_bytes_max))
            }
        };
        Ok(())
    }

    fn on_event(&mut self, event: Event<'_>, context: &mut Context<'_>) {
        match (&mut self.kind, event) {
            (Kind::Publisher, Event::Message(message)) => {
                if message.frame_count() > 1 {
                    let dropped = u64::from(message.frame_count() - 1);
                    context.counters().add(Counter::BusFramesDropped, dropped);
                }
                publish(message.first(), context);
            }
            (Kind::Subscriber { topics }, Event::Subscribe(prefix)) => {
                subscribe(prefix, topics, self.shared.config.subscriptions_max, context);
            }
            (Kind::Subscriber { topics }, Event::Cancel(prefix)) => {
                *topics -= usize::from(context.unsubscribe(Topic::from_prefix(prefix)));
            }
            (Kind::FromNode(from_node), Event::Message(message)) => from_node.on_publication(message, context),
            (Kind::ToNode(to_node), Event::Command { name, body }) => to_node.on_command(name, body, context),
            // A subscription of a node's SUB socket, a message of a subscriber: of no meaning here.
            _ => {}
        }
    }

    fn on_batch(&mut self, pipe: &mut Pipe, context: &mut Context<'_>) {
        match &mut self.kind {
            Kind::Stranger => {}
            Kind::Publisher => {
                if !std::mem::replace(&mut self.is_welcome, true) {
                    context.send(|out| pipe.connection().encode_subscribe(b"", out));
                }
            }
            Kind::FromNode(from_node) => from_node.answer(context),
            Kind::Subscriber { .. } => {}
            Kind::ToNode(to_node) => to_node.answer(context),
        }
    }
}

fn publish(frame: &[u8], context: &mut Context<'_>) {
    let publication = Publication::new(frame.into());
    if publication.is_reserved() {
        return context.count(Counter::BusDropped);
    }
    // Whoever refuses has counted it; a legacy publisher can't be told.
    let _counted = context.publish(publication, Source::Local);
}

fn subscribe(prefix: &[u8], topics: &mut usize, topics_max: usize, context: &mut Context<'_>) {
    if *topics >= topics_max {
        return context.count(Counter::SubscriptionsRefused);
    }
    if context.subscribe(Topic::from_prefix(prefix)) != Subscribed::Already {
        *topics += 1;
    }
}
