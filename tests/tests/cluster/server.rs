//! How does a test start servers that know each other, of either kind?

use std::net::SocketAddr;

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::original::{Original, OriginalPublisher};
use omnibus_tests::participant::{Backend, Participant};
use omnibus_tests::program::Program;

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Ours,
    Original,
}

/// Both.
pub(crate) const KINDS: [Kind; 2] = [Kind::Ours, Kind::Original];

/// A running server.
#[derive(Debug)]
pub(crate) enum Server {
    Ours(Node),
    Original(Original),
}

/// Where a server's bus is, as ZeroMQ writes it.
#[derive(Debug, Clone)]
pub(crate) struct Bus {
    pub(crate) subscribers: String,
    pub(crate) publishers: String,
}

impl Server {
    pub(crate) fn director(kind: Kind) -> Self {
        match kind {
            Kind::Ours => Self::Ours(Node::start()),
            Kind::Original => Self::Original(Original::start()),
        }
    }

    /// A forwarder below the server whose bus is there.
    pub(crate) fn forwarder(kind: Kind, above: &Bus) -> Self {
        match kind {
            Kind::Ours => Self::ours_below(above, &[]),
            Kind::Original => Self::Original(Original::with(&[
                ("OMNIBUS_DIRECTOR_ENABLED", "false"),
                ("OMNIBUS_FORWARDER_ENABLED", "true"),
                ("OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS", &above.subscribers),
                ("OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS", &above.publishers),
            ])),
        }
    }

    /// A forwarder of ours, with more settings.
    pub(crate) fn ours_below(above: &Bus, settings: &[(&str, &str)]) -> Self {
        Self::Ours(forwarder(above, settings))
    }

    /// A server that is neither director nor forwarder: the bus's addresses are its own.
    pub(crate) fn direct(kind: Kind, bus: &Bus) -> Self {
        match kind {
            Kind::Ours => Self::Ours(Node::with(&[
                ("bus.director", "false"),
                ("bus.forwarder", "false"),
                ("bus.subscriber_address", &bus.subscribers),
                ("bus.publisher_address", &bus.publishers),
            ])),
            Kind::Original => Self::Original(Original::with(&[
                ("OMNIBUS_DIRECTOR_ENABLED", "false"),
                ("OMNIBUS_FORWARDER_ENABLED", "false"),
                ("OMNIBUS_SUBSCRIBER_ADDRESS", &bus.subscribers),
                ("OMNIBUS_PUBLISHER_ADDRESS", &bus.publishers),
            ])),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Ours(node) => node.url(),
            Self::Original(original) => original.url(),
        }
    }

    /// Where subscribers come, and where publishers do.
    pub(crate) fn addresses(&self) -> [SocketAddr; 2] {
        match self {
            Self::Ours(node) => [node.subscriber_address(), node.publisher_address()],
            Self::Original(original) => [original.subscriber_address(), original.publisher_address()],
        }
    }

    pub(crate) fn bus(&self) -> Bus {
        Bus::of(self.addresses().map(|address| format!("tcp://{address}")))
    }

    /// A Python backend at this server.
    pub(crate) fn backend(&self, name: &str) -> Backend {
        let [_, publishers] = self.addresses();
        Backend::new(name, OriginalPublisher::to(publishers))
    }

    pub(crate) fn participant(&self, name: &str, channels: &[&str]) -> Participant {
        Participant::join(&self.url(), name, channels)
    }

    pub(crate) fn program(&mut self) -> &mut Program {
        match self {
            Self::Ours(node) => node.program(),
            Self::Original(original) => original.program(),
        }
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        let program = self.program();
        program.signal("KILL");
        assert_eq!(program.exit_code(limits::STOP), -9);
    }

    /// Starts it anew after its end.
    pub(crate) fn start_again(&mut self) {
        match self {
            Self::Ours(node) => node.start_again(),
            Self::Original(original) => original.start_again(),
        }
    }
}

impl Bus {
    /// Where subscribers come, and where publishers do.
    pub(crate) fn of([subscribers, publishers]: [String; 2]) -> Self {
        Self {
            subscribers,
            publishers,
        }
    }
}

/// A forwarder of ours.
pub(crate) fn forwarder(above: &Bus, settings: &[(&str, &str)]) -> Node {
    let own = [
        ("bus.director", "false"),
        ("bus.forwarder", "true"),
        ("bus.director_subscriber_address", above.subscribers.as_str()),
        ("bus.director_publisher_address", above.publishers.as_str()),
    ];
    Node::with(&[&own, settings].concat())
}
