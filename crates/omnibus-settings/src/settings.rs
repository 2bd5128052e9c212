//! What does a node run with?

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::source::Source;

/// Everything that a node runs with, checked, each part ready for the crate that it belongs to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The bounds of shards, inboxes and outboxes.
    pub hub: omnibus_hub::Config,
    /// The browsers' side.
    pub front: omnibus_front::Config,
    /// The bus.
    pub bus: omnibus_bus_zmq::Config,
    /// The operators' side.
    pub api: omnibus_api::Config,
    /// How users are told apart; `None` where everybody is believed.
    pub auth: Option<omnibus_auth::Config>,
    /// What the application is told of its clients; `None` where it is told nothing.
    pub hooks: Option<omnibus_hooks::Config>,
    /// What is logged, and how.
    pub log: Log,
    /// How long a stopping node lets its clients leave.
    pub stop_grace: Duration,
    /// What a printed URL says; nothing listens there because of it.
    pub endpoint: Endpoint,
    /// Where the key stands by which the server proves itself, if it does.
    pub tls_key: Option<PathBuf>,
    /// What runs but deserves one loud line at start, each a full sentence.
    pub warnings: Vec<String>,
    /// What differs from the defaults, in the order of the reference page.
    pub changed: Vec<Changed>,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// How a line is written.
    pub format: LogFormat,
    /// A level, or levels by module, in the syntax of `tracing_subscriber`'s `EnvFilter`:
    /// `info` or `info,omnibus_hub=debug`.
    pub level: String,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object for each line.
    Json,
}

/// The pieces of a printed URL that nothing listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `ws`, `wss`, `http` or `https`.
    pub scheme: &'static str,
    /// The host that pages are sent to; `None` is the host of their request.
    pub host: Option<String>,
    /// The port that pages are sent to.
    pub port: u16,
}

/// A setting that somebody has set to something else than its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its key.
    pub key: &'static str,
    /// The value that holds, fit to be shown.
    pub value: String,
    /// Who set it.
    pub source: Source,
}

impl Settings {
    /// Gives the URL that a page on the host `page_host` is told to connect to, as the context
    /// processor of the original prints it: the host in lower case, without its port.
    #[must_use]
    pub fn endpoint_url(&self, page_host: &str) -> String {
        let Endpoint { scheme, host, port } = &self.endpoint;
        let host = host.as_deref().unwrap_or(page_host).to_ascii_lowercase();
        format!("{scheme}://{host}:{port}{}", self.front.base_url)
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}
