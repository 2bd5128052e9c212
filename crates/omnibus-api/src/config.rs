//! What can be set?

use std::net::SocketAddr;

/// Where operators come in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The addresses to listen on; none, and there is no such listener.
    pub listen: Vec<SocketAddr>,
}
