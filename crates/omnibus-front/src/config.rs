//! Which choices does the front have?

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use omnibus_auth::Auth;
use omnibus_hooks::Hooks;
use omnibus_hub::Tls;
use omnibus_session::Rules;
use omnibus_sockjs::Transport;

/// The choices of the browsers' side.
#[derive(Debug, Clone)]
pub struct Config {
    /// Addresses to listen on. An IPv6 wildcard is left out where the system has no IPv6.
    pub listen: Vec<SocketAddr>,
    /// What the server proves itself with; its listeners speak nothing but TLS then.
    pub tls: Option<Tls>,
    /// The path of the WebSocket, taken literally, starting with `/`.
    pub base_url: String,
    /// Origins that may connect beside those whose host is the request's own; `*` for all.
    pub allowed_origins: Vec<String>,
    /// Whether `/` answers with a page on which the node can be tried.
    pub page: bool,
    /// What SockJS has below the base URL; `None` where nothing is.
    pub sockjs: Option<SockJs>,
    /// How WebSocket messages are compressed; `None` where none are, and offers are declined.
    pub compression: Option<Compression>,
    /// How often a silent client is pinged; one that misses a whole interval is closed.
    pub ping_interval: Duration,
    /// Proxies that are believed when they say where a client is.
    pub trusted_proxies: Vec<IpNet>,
    /// What clients may do.
    pub rules: Rules,
    /// Who judges proofs, where the rules' authenticator leaves them to somebody; without, none is
    /// believed.
    pub auth: Option<Auth>,
    /// What the application is told with; without, it is told nothing.
    pub hooks: Option<Hooks>,
    /// What clients do instead of speaking the protocol, for SockJS's suite.
    #[cfg(feature = "conformance")]
    pub conformance: Option<Conformance>,
}

/// A service that SockJS's suite asks for.
#[cfg(feature = "conformance")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conformance {
    /// Sends every message back.
    Echo,
    /// Closes every session at once.
    Close,
}

/// The choices of compression (permessage-deflate, RFC 7692).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression {
    /// Bytes from which on a publication is compressed.
    pub bytes_min: usize,
    /// 1, the fastest, to 9.
    pub level: u32,
    /// How many times its bytes a client's compressed message may become.
    pub inflated_ratio_max: u32,
}

impl Default for Compression {
    /// From 256 bytes on, with level 6; a hundred times.
    fn default() -> Self {
        Self {
            bytes_min: 256,
            level: 6,
            inflated_ratio_max: 100,
        }
    }
}

/// The choices of SockJS.
#[derive(Debug, Clone)]
pub struct SockJs {
    /// The transports that are served; a session is received by one and sends by its like.
    pub transports: Vec<Transport>,
    /// Sessions at the same time. A session of a WebSocket is none of them: it ends with its socket.
    pub sessions_max: usize,
    /// Sessions of one address, or of one IPv6 /64.
    pub sessions_per_address_max: usize,
    /// Bytes after which a stream ends, so that the client asks for the next: browsers keep all
    /// that a response has brought until its end.
    pub stream_bytes_max: u32,
    /// How long a session lives on while no request receives for it.
    pub expiry: Duration,
    /// Whether responses set `JSESSIONID`, by which load balancers keep a session at its server.
    pub cookie: bool,
    /// Where pages in frames get SockJS's client from; it must be of the pages' own version.
    pub script_url: String,
}

impl Default for SockJs {
    fn default() -> Self {
        Self {
            transports: vec![
                Transport::WebSocket,
                Transport::XhrStreaming,
                Transport::EventSource,
                Transport::Xhr,
            ],
            sessions_max: 100_000,
            sessions_per_address_max: 1_000,
            stream_bytes_max: 128 << 10,
            expiry: Duration::from_secs(5),
            cookie: true,
            script_url: "https://cdn.jsdelivr.net/npm/sockjs-client@1.6.1/dist/sockjs.min.js".to_owned(),
        }
    }
}

/// The port of the original.
const DEFAULT_PORT: u16 = 4242;

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![
                (Ipv4Addr::UNSPECIFIED, DEFAULT_PORT).into(),
                (Ipv6Addr::UNSPECIFIED, DEFAULT_PORT).into(),
            ],
            tls: None,
            base_url: "/ec".to_owned(),
            allowed_origins: Vec::new(),
            page: true,
            sockjs: None,
            compression: None,
            ping_interval: Duration::from_secs(25),
            trusted_proxies: Vec::new(),
            rules: Rules::default(),
            auth: None,
            hooks: None,
            #[cfg(feature = "conformance")]
            conformance: None,
        }
    }
}
