//! How do a node's parts on the bus come together?

use std::io;
use std::sync::Arc;

use omnibus_hub::{Accept, EncodingId, Encodings, Engine, Hub, Listener, Standalone};
use omnibus_zmtp::Accepts;

use crate::address::Address;
use crate::below::roster::Roster;
use crate::below::{Below, Shared};
use crate::bind::{Bound, bind, keep_alive};
use crate::config::{Config, Role};
use crate::connector::{Connecting, Connector};
use crate::encoding::{BetweenNodes, Legacy};
use crate::engine::Upward;
use crate::error::Error;
use crate::link::Link;
use crate::node::Node;
use crate::wire::Wire;

const SUBSCRIBER_SETTING: &str = "bus.subscriber_address";
const PUBLISHER_SETTING: &str = "bus.publisher_address";

/// A node's side of the bus, bound and not yet running.
pub struct Bus {
    config: Config,
    node: Node,
    /// Its addresses as they are bound, and whom each serves.
    bound: Vec<(Bound, Accepts)>,
    link: Option<Arc<Link>>,
    /// The encodings of legacy peers and of nodes.
    legacy: EncodingId,
    between_nodes: EncodingId,
}

/// A node's running bus.
pub struct Running {
    link: Option<Arc<Link>>,
    connecting: Option<Connecting>,
}

impl Bus {
    /// Binds the addresses of the role, or none, and registers the bus's encodings.
    ///
    /// # Errors
    /// An address can't be bound, or the settings forbid it.
    pub fn bind(mut config: Config, encodings: &mut Encodings) -> Result<Self, Error> {
        let node = Node::this();
        let bound = match config.role {
            Role::Director | Role::Forwarder { .. } => bind_both(&mut config)?,
            Role::Direct => Vec::new(),
        };
        let link = upstream(&config).map(|_| Arc::new(Link::new(config.clone(), node)));
        Ok(Self {
            config,
            node,
            bound,
            link,
            legacy: encodings.register(Legacy),
            between_nodes: encodings.register(BetweenNodes),
        })
    }

    /// Where publications of this node get their place.
    #[must_use]
    pub fn engine(&self) -> Arc<dyn Engine> {
        match &self.link {
            Some(link) => Arc::new(Upward(Arc::clone(link))),
            None => Arc::new(Standalone),
        }
    }

    /// The addresses as they are bound: subscribers', publishers'.
    #[must_use]
    pub fn addresses(&self) -> (&Address, &Address) {
        (&self.config.subscriber_address, &self.config.publisher_address)
    }

    /// The listeners for the hub.
    pub fn listeners(&mut self) -> Vec<(Listener, Accept)> {
        let legacy = self.legacy;
        let shared = Arc::new(Shared {
            config: self.config.clone(),
            node: self.node,
            legacy,
            between_nodes: self.between_nodes,
            roster: Roster::default(),
            link: self.link.clone(),
        });
        let mut listeners = Vec::new();
        for (bound, accepts) in self.bound.drain(..) {
            let wire = Arc::new(Wire::listener(accepts, shared.node, &shared.config));
            for listener in bound.listeners {
                let (shared, wire) = (Arc::clone(&shared), Arc::clone(&wire));
                let accept: Accept = Box::new(move |stream, _address| {
                    keep_alive(stream);
                    (Box::new(Below::new(Arc::clone(&shared), Arc::clone(&wire))), legacy)
                });
                listeners.push((listener, accept));
            }
        }
        listeners
    }

    /// Begins to hold the link, if this node has one.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(self, hub: &Hub) -> io::Result<Running> {
        let (Some(link), Some((subscriber_address, publisher_address))) = (self.link, upstream(&self.config)) else {
            return Ok(Running {
                link: None,
                connecting: None,
            });
        };
        link.attach(hub.clone());
        let connector = Connector {
            link: Arc::clone(&link),
            hub: hub.clone(),
            encoding: self.legacy,
            subscriber_address: subscriber_address.clone(),
            publisher_address: publisher_address.clone(),
        };
        Ok(Running {
            link: Some(link),
            connecting: Some(connector.start()?),
        })
    }
}

impl Running {
    /// Ends what the bus runs beside the hub, which has ended before.
    pub fn stop(self) {
        if let (Some(link), Some(connecting)) = (self.link, self.connecting) {
            connecting.stop(&link);
        }
    }
}

/// The addresses of the node above, if there is one.
fn upstream(config: &Config) -> Option<(&Address, &Address)> {
    let (subscriber_address, publisher_address) = match &config.role {
        Role::Director => return None,
        Role::Forwarder {
            subscriber_address,
            publisher_address,
        } => (subscriber_address, publisher_address),
        Role::Direct => (&config.subscriber_address, &config.publisher_address),
    };
    // Within one process nobody else can be the director: such a node stands alone.
    let is_alone = matches!(subscriber_address, Address::Inproc { .. });
    (!is_alone).then_some((subscriber_address, publisher_address))
}

/// Binds the subscribers' address and the publishers'; one port serves all where they are one. Ports
/// that the system chose are written into `config`.
fn bind_both(config: &mut Config) -> Result<Vec<(Bound, Accepts)>, Error> {
    let open = [&config.subscriber_address, &config.publisher_address]
        .into_iter()
        .find(|address| address.is_beyond_loopback());
    if let Some(address) = open.filter(|_| config.require_auth) {
        return Err(Error::Open {
            address: address.clone(),
        });
    }
    if config.subscriber_address == config.publisher_address
        && !matches!(config.subscriber_address, Address::Tcp { port: 0, .. })
    {
        let bound = bind(&config.subscriber_address, SUBSCRIBER_SETTING)?;
        return Ok(bound.map(|bound| (bound, Accepts::everyone())).into_iter().collect());
    }
    let subscribers = bind(&config.subscriber_address, SUBSCRIBER_SETTING)?;
    let publishers = bind(&config.publisher_address, PUBLISHER_SETTING)?;
    for (bound, address) in [
        (&subscribers, &mut config.subscriber_address),
        (&publishers, &mut config.publisher_address),
    ] {
        if let (Some(Bound { port: Some(bound), .. }), Address::Tcp { port, .. }) = (bound, address) {
            *port = *bound;
        }
    }
    let both = [
        (subscribers, Accepts::subscribers()),
        (publishers, Accepts::publishers()),
    ];
    Ok(both
        .into_iter()
        .filter_map(|(bound, accepts)| Some((bound?, accepts)))
        .collect())
}
