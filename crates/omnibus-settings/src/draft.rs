//! How do single settings become the configs of the crates?

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use omnibus_bus_zmq::{Address, Role, WhileDown};
use omnibus_hooks::{EventSet, ReceiverUrl, Secret};

use crate::auth::Auth;
use crate::namespaces::{self, Written};
use crate::settings::{Endpoint, Log, LogFormat, Settings};

/// Settings on their way in: each one writes its place, later ones over earlier ones, and
/// [`Draft::finish`] puts together what two or more of them decide.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) hub: omnibus_hub::Config,
    pub(crate) front: omnibus_front::Config,
    pub(crate) bus: omnibus_bus_zmq::Config,
    pub(crate) api: omnibus_api::Config,
    pub(crate) log: Log,
    pub(crate) stop_grace: Duration,
    pub(crate) endpoint: Endpoint,
    pub(crate) listen: Vec<Listen>,
    pub(crate) tls: TlsFiles,
    /// 0 is one for each core.
    pub(crate) shards: usize,
    pub(crate) director: bool,
    pub(crate) forwarder: bool,
    pub(crate) director_subscriber_address: Option<Address>,
    pub(crate) director_publisher_address: Option<Address>,
    pub(crate) while_down: While,
    pub(crate) hold_publications_max: usize,
    pub(crate) hold_bytes_max: usize,
    pub(crate) auth: Auth,
    pub(crate) namespaces: Vec<Written>,
    pub(crate) hooks: Hooks,
    pub(crate) has_compression: bool,
    pub(crate) compression: omnibus_front::Compression,
    pub(crate) has_sockjs: bool,
    pub(crate) sockjs: omnibus_front::SockJs,
}

/// What is told to the application.
#[derive(Debug, Clone)]
pub(crate) struct Hooks {
    /// `None` tells nothing.
    pub(crate) url: Option<ReceiverUrl>,
    /// `None` is the secret by which users are known.
    pub(crate) secret: Option<Secret>,
    pub(crate) events: EventSet,
    pub(crate) queue_events_max: usize,
    pub(crate) queue_bytes_max: usize,
}

/// Where certificate and key stand; both or neither.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: Option<String>,
    pub(crate) key: Option<String>,
}

/// An address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listen {
    pub(crate) ip: IpAddr,
    /// `None` is the port of `server.port`.
    pub(crate) port: Option<u16>,
}

/// The word of `bus.while_down`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum While {
    Hold,
    Refuse,
    Local,
}

impl Draft {
    /// An empty form: the table's defaults are written over it before anything else is.
    pub(crate) fn new() -> Self {
        Self {
            hub: omnibus_hub::Config::default(),
            front: omnibus_front::Config::default(),
            bus: omnibus_bus_zmq::Config::default(),
            api: omnibus_api::Config::default(),
            log: Log {
                format: LogFormat::Text,
                level: String::new(),
            },
            stop_grace: Duration::ZERO,
            endpoint: Endpoint {
                scheme: "ws",
                host: None,
                port: 0,
            },
            listen: Vec::new(),
            tls: TlsFiles::default(),
            shards: 0,
            director: false,
            forwarder: false,
            director_subscriber_address: None,
            director_publisher_address: None,
            while_down: While::Hold,
            hold_publications_max: 0,
            hold_bytes_max: 0,
            auth: Auth::default(),
            namespaces: Vec::new(),
            hooks: Hooks {
                url: None,
                secret: None,
                events: EventSet::NONE,
                queue_events_max: 0,
                queue_bytes_max: 0,
            },
            has_compression: false,
            compression: omnibus_front::Compression::default(),
            has_sockjs: false,
            sockjs: omnibus_front::SockJs::default(),
        }
    }

    /// The addresses that browsers come to.
    pub(crate) fn listeners(&self) -> Vec<SocketAddr> {
        let port = self.endpoint.port;
        self.listen
            .iter()
            .map(|listen| SocketAddr::new(listen.ip, listen.port.unwrap_or(port)))
            .collect()
    }

    /// The role that two switches and two addresses say; `None` if they contradict each other
    /// or an address is missing.
    pub(crate) fn role(&self) -> Option<Role> {
        match (self.director, self.forwarder) {
            (true, true) => None,
            (true, false) => Some(Role::Director),
            (false, false) => Some(Role::Direct),
            (false, true) => Some(Role::Forwarder {
                subscriber_address: self.director_subscriber_address.clone()?,
                publisher_address: self.director_publisher_address.clone()?,
            }),
        }
    }

    /// Says whether this node binds its two bus addresses.
    pub(crate) fn binds_bus(&self) -> bool {
        self.director || self.forwarder
    }

    /// What requests to the application are signed with.
    pub(crate) fn hooks_secret(&self) -> Option<Secret> {
        let own = self.hooks.secret.clone();
        own.or_else(|| self.auth.secret_key.as_ref().map(|key| Secret::new(key.reveal())))
    }

    /// Puts together what several settings decide. The warnings and the changes are the caller's.
    pub(crate) fn finish(mut self, role: Role) -> Settings {
        self.front.listen = self.listeners();
        self.front.compression = self.has_compression.then_some(self.compression);
        self.front.sockjs = self.has_sockjs.then(|| self.sockjs.clone());
        self.hub.shards = match self.shards {
            0 => omnibus_hub::Config::default().shards,
            shards => shards,
        };
        self.front.rules.limits.bus_message_bytes_max = self.bus.message_bytes_max;
        let (publications_max, bytes_max) = (self.hold_publications_max, self.hold_bytes_max);
        self.bus.while_down = match self.while_down {
            While::Hold => WhileDown::Hold {
                publications_max,
                bytes_max,
            },
            While::Refuse => WhileDown::Refuse,
            While::Local => WhileDown::Local {
                publications_max,
                bytes_max,
            },
        };
        self.bus.role = role;
        self.hooks.secret = self.hooks_secret();
        let authenticator = self.front.rules.authenticator;
        self.front.rules.namespaces = namespaces::finish(self.namespaces, authenticator);
        Settings {
            hub: self.hub,
            front: self.front,
            bus: self.bus,
            api: self.api,
            auth: self.auth.finish(authenticator),
            hooks: self.hooks.finish(),
            log: self.log,
            stop_grace: self.stop_grace,
            endpoint: self.endpoint,
            tls_key: self.tls.key.map(PathBuf::from),
            warnings: Vec::new(),
            changed: Vec::new(),
        }
    }
}

impl Hooks {
    /// The config of the hooks, where there is a receiver; it has a secret then.
    fn finish(self) -> Option<omnibus_hooks::Config> {
        Some(omnibus_hooks::Config {
            events: self.events,
            queue_events_max: self.queue_events_max,
            queue_bytes_max: self.queue_bytes_max,
            ..omnibus_hooks::Config::new(self.url?, self.secret?)
        })
    }
}
