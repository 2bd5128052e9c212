//! What does a node say when it has started?

use std::fmt;
use std::net::SocketAddr;

use omnibus_api::Api;
use omnibus_bus_zmq::{Bus, Role};
use omnibus_front::Front;
use omnibus_hub::Config;
use omnibus_settings::Settings;

/// What a node says when it has started, on standard output: where it serves and what to do next.
pub(crate) struct Banner<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) hub: &'a Config,
    pub(crate) front: &'a Front,
    pub(crate) bus: &'a Bus,
    pub(crate) api: &'a Api,
}

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            settings,
            hub,
            front,
            bus,
            api,
        } = self;
        let (version, shards) = (env!("CARGO_PKG_VERSION"), hub.shards);
        let plural = if shards == 1 { "" } else { "s" };
        writeln!(
            f,
            "omnibusd {version}, {}, {shards} shard{plural}, room for {} clients",
            role(&settings.bus.role),
            hub.connections_max
        )?;
        let (ws, http) = match &settings.front.tls {
            Some(_) => ("wss", "https"),
            None => ("ws", "http"),
        };
        for address in front.addresses() {
            writeln!(f, "  browsers     {ws}://{address}{}", settings.front.base_url)?;
        }
        if let Some(host) = &settings.endpoint.host {
            writeln!(f, "  pages use    {}", settings.endpoint_url(host))?;
        }
        let (subscribers, publishers) = bus.addresses();
        match &settings.bus.role {
            Role::Direct => writeln!(f, "  connects to  {subscribers} and {publishers}")?,
            Role::Director => writeln!(
                f,
                "  bus          subscribers at {subscribers}, publishers at {publishers}"
            )?,
            Role::Forwarder {
                subscriber_address,
                publisher_address,
            } => {
                writeln!(
                    f,
                    "  bus          subscribers at {subscribers}, publishers at {publishers}"
                )?;
                writeln!(f, "  director     {subscriber_address} and {publisher_address}")?;
            }
        }
        for url in api.urls() {
            writeln!(f, "  metrics      {url}")?;
        }
        match front.addresses().first() {
            Some(address) if settings.front.page => {
                writeln!(
                    f,
                    "Next: open {http}://{}/ in two browser windows and move the mouse.",
                    reachable(*address)
                )
            }
            _ => Ok(()),
        }
    }
}

fn role(role: &Role) -> &'static str {
    match role {
        Role::Director => "director",
        Role::Forwarder { .. } => "forwarder",
        Role::Direct => "neither director nor forwarder",
    }
}

/// An address that a browser on this machine can open.
fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}
