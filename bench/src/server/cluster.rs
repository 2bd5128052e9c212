//! Which two nodes carry a message from a client of the one to a client of the other?

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tempfile::TempDir;

use crate::error::Error;
use crate::load::Tongue;
use crate::measure::Cores;

use super::Ours;
use super::relay::free_ports;

const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// One of the clusters that are compared, and between which of their nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cluster {
    /// From a forwarder of ours up to its director.
    Up,
    /// From a director down to a forwarder.
    Down,
    /// From one nats-server to another.
    Nats,
}

impl Cluster {
    pub(crate) const ALL: [Self; 3] = [Self::Up, Self::Down, Self::Nats];

    /// What tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Up => "omnibusd, forwarder to director",
            Self::Down => "omnibusd, director to forwarder",
            Self::Nats => "nats-server to nats-server",
        }
    }

    /// How its clients speak.
    pub(crate) fn tongue(self) -> Tongue {
        match self {
            Self::Up | Self::Down => Tongue::Omnibus,
            Self::Nats => Tongue::Nats,
        }
    }
}

/// Two nodes that run; dropping them kills them.
#[derive(Debug)]
pub(crate) struct Clustered {
    nodes: Vec<Child>,
    /// What configurations stand in, as long as they are needed.
    _folder: TempDir,
    /// Where the publisher comes.
    pub(crate) publisher: SocketAddr,
    /// Where the subscriber comes, at the other node.
    pub(crate) subscriber: SocketAddr,
}

impl Clustered {
    /// Starts both on the core for servers, and waits until they listen.
    ///
    /// # Errors
    /// They do not start or listen.
    pub(crate) fn start(cluster: Cluster, ours: &Ours, root: &Path, cores: &Cores) -> Result<Self, Error> {
        let ([one, other, bus], [bus_too, own, own_too]) = (free_ports()?, free_ports()?);
        let folder = TempDir::with_prefix("omnibus-bench-").map_err(Error::system("make a folder"))?;
        let configured = |clients, ports| nats(root, folder.path(), clients, ports);
        let (commands, publisher, subscriber) = match cluster {
            Cluster::Up => (ours_on([one, other], [bus, bus_too], [own, own_too], ours), other, one),
            Cluster::Down => (ours_on([one, other], [bus, bus_too], [own, own_too], ours), one, other),
            Cluster::Nats => (
                vec![configured(one, [bus, bus_too])?, configured(other, [bus_too, bus])?],
                one,
                other,
            ),
        };
        let mut clustered = Self {
            nodes: Vec::new(),
            _folder: folder,
            publisher,
            subscriber,
        };
        for mut command in commands {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            clustered.nodes.push(cores.spawn(&mut command, true)?);
        }
        let started = Instant::now();
        for address in [publisher, subscriber] {
            while TcpStream::connect_timeout(&address, POLL).is_err() {
                if started.elapsed() > PATIENCE {
                    return Err(Error::NotListening {
                        server: cluster.name(),
                        after: PATIENCE,
                    });
                }
                thread::sleep(POLL);
            }
        }
        Ok(clustered)
    }
}

impl Drop for Clustered {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            // Both fail only where it has ended already, which is what is wanted.
            let _ended = node.kill();
            let _ended = node.wait();
        }
    }
}

/// A director and a forwarder.
fn ours_on(clients: [SocketAddr; 2], bus: [SocketAddr; 2], own: [SocketAddr; 2], ours: &Ours) -> Vec<Command> {
    let node = |clients: SocketAddr, [subscribers, publishers]: [SocketAddr; 2]| {
        let mut command = Command::new(ours.program());
        command
            .args(["--shards", "1"])
            .env("OMNIBUS_SERVER_LISTEN", "127.0.0.1")
            .env("OMNIBUS_SERVER_PORT", clients.port().to_string())
            .env("OMNIBUS_SUBSCRIBER_ADDRESS", format!("tcp://{subscribers}"))
            .env("OMNIBUS_PUBLISHER_ADDRESS", format!("tcp://{publishers}"))
            .env("OMNIBUS_LOG_LEVEL", "error");
        command
    };
    let director = node(clients[0], bus);
    let mut forwarder = node(clients[1], own);
    forwarder
        .env("OMNIBUS_DIRECTOR_ENABLED", "False")
        .env("OMNIBUS_FORWARDER_ENABLED", "True")
        .env("OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS", format!("tcp://{}", bus[0]))
        .env("OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS", format!("tcp://{}", bus[1]));
    vec![director, forwarder]
}

/// A nats-server with a route to another.
fn nats(root: &Path, folder: &Path, clients: SocketAddr, [here, there]: [SocketAddr; 2]) -> Result<Command, Error> {
    let template = root.join("bench/peers/nats-cluster.conf");
    let text = fs::read_to_string(&template).map_err(Error::file(&template))?;
    let text = text
        .replace("@clients@", &clients.port().to_string())
        .replace("@here@", &here.port().to_string())
        .replace("@there@", &there.port().to_string());
    let file = folder.join(format!("nats-{}.conf", here.port()));
    fs::write(&file, text).map_err(Error::file(&file))?;
    let mut command = Command::new("nats-server");
    command.arg("--config").arg(file);
    Ok(command)
}
