//! Which choices does the front have?

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use omnibus_auth::Auth;
use omnibus_session::Rules;

/// The choices of the browsers' side.
#[derive(Debug, Clone)]
pub struct Config {
    /// Addresses to listen on. An IPv6 wildcard is left out where the system has no IPv6.
    pub listen: Vec<SocketAddr>,
    /// The path of the WebSocket, taken literally, starting with `/`.
    pub base_url: String,
    /// Origins that may connect beside those whose host is the request's own; `*` for all.
    pub allowed_origins: Vec<String>,
    /// Whether `/` answers with a page on which the node can be tried.
    pub page: bool,
    /// How often a silent client is pinged; one that misses a whole interval is closed.
    pub ping_interval: Duration,
    /// Proxies that are believed when they say where a client is.
    pub trusted_proxies: Vec<IpNet>,
    /// What clients may do.
    pub rules: Rules,
    /// Who judges proofs, where the rules' authenticator leaves them to somebody; without, none is
    /// believed.
    pub auth: Option<Auth>,
}

/// The port of the original.
pub const DEFAULT_PORT: u16 = 4242;

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![
                (Ipv4Addr::UNSPECIFIED, DEFAULT_PORT).into(),
                (Ipv6Addr::UNSPECIFIED, DEFAULT_PORT).into(),
            ],
            base_url: "/ec".to_owned(),
            allowed_origins: Vec::new(),
            page: true,
            ping_interval: Duration::from_secs(25),
            trusted_proxies: Vec::new(),
            rules: Rules::default(),
            auth: None,
        }
    }
}
