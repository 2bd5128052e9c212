//! What stands behind a proxy?

use std::net::SocketAddr;

use omnibus_tests::node::Node;

/// A director and three forwarders.
pub(crate) struct Servers {
    pub(crate) director: Node,
    pub(crate) forwarders: [Node; 3],
}

impl Servers {
    /// Starts them; the forwarders with more settings.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let director = Node::start();
        let subscriber_address = format!("tcp://{}", director.subscriber_address());
        let publisher_address = format!("tcp://{}", director.publisher_address());
        let role = [
            ("bus.director", "false"),
            ("bus.forwarder", "true"),
            ("bus.director_subscriber_address", &subscriber_address),
            ("bus.director_publisher_address", &publisher_address),
        ];
        let forwarders = [(); 3].map(|()| Node::with(&[&role, settings].concat()));
        Self { director, forwarders }
    }

    pub(crate) fn addresses(&self) -> [SocketAddr; 3] {
        self.forwarders.each_ref().map(Node::address)
    }
}
