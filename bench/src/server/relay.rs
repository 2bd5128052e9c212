//! What relays between publishers and subscribers of ZeroMQ, and how is it started?

use std::env;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::arguments::COPY_BYTES;
use crate::error::Error;
use crate::measure::{Cores, cpu_time};

use super::Ours;

/// The variable that names a Python which has pyzmq, and with it libzmq.
const PYTHON: &str = "OMNIBUS_TEST_PYTHON";

/// How long a relay may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// One of those that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relay {
    /// omnibusd as a director.
    Director,
    /// `zmq_proxy` of libzmq between an XSUB and an XPUB.
    Proxy,
    /// What knows no messages and only copies bytes, which is what the kernel asks for alone.
    Copier,
}

impl Relay {
    pub(crate) const ALL: [Self; 3] = [Self::Director, Self::Proxy, Self::Copier];

    /// What tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Director => "omnibusd",
            Self::Proxy => "zmq.proxy",
            Self::Copier => "bytes alone",
        }
    }
}

/// A relay that runs; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Relaying {
    child: Child,
    pub(crate) publishers: SocketAddr,
    pub(crate) subscribers: SocketAddr,
}

impl Relaying {
    /// Starts a relay on the core for servers, and waits until it listens.
    ///
    /// # Errors
    /// It does not start or listen.
    pub(crate) fn start(relay: Relay, ours: &Ours, root: &Path, cores: &Cores) -> Result<Self, Error> {
        let [publishers, subscribers, clients] = free_ports()?;
        let mut command = match relay {
            Relay::Director => director(ours, publishers, subscribers, clients),
            Relay::Proxy => {
                let mut command = python(root, "zmq_proxy.py")?;
                command.args([publishers.to_string(), subscribers.to_string()]);
                command
            }
            Relay::Copier => {
                let mut command = Command::new(env::current_exe().map_err(Error::system("find this program"))?);
                command.args([COPY_BYTES, &publishers.to_string(), &subscribers.to_string()]);
                command
            }
        };
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut relaying = Self {
            child: cores.spawn(&mut command, true)?,
            publishers,
            subscribers,
        };
        let started = Instant::now();
        for address in [publishers, subscribers] {
            while TcpStream::connect_timeout(&address, POLL).is_err() {
                if let Ok(Some(status)) = relaying.child.try_wait() {
                    return Err(Error::Ended {
                        server: relay.name(),
                        status,
                    });
                }
                if started.elapsed() > PATIENCE {
                    return Err(Error::NotListening {
                        server: relay.name(),
                        after: PATIENCE,
                    });
                }
                thread::sleep(POLL);
            }
        }
        Ok(relaying)
    }

    /// What it has spent on cores so far, in user space and in the kernel.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Error> {
        cpu_time(self.child.id())
    }
}

impl Drop for Relaying {
    fn drop(&mut self) {
        // Both fail only where it has ended already, which is what is wanted.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn director(ours: &Ours, publishers: SocketAddr, subscribers: SocketAddr, clients: SocketAddr) -> Command {
    let mut command = Command::new(ours.program());
    command
        .args(["--shards", "1"])
        .env("OMNIBUS_SERVER_LISTEN", "127.0.0.1")
        .env("OMNIBUS_SERVER_PORT", clients.port().to_string())
        .env("OMNIBUS_PUBLISHER_ADDRESS", format!("tcp://{publishers}"))
        .env("OMNIBUS_SUBSCRIBER_ADDRESS", format!("tcp://{subscribers}"))
        .env("OMNIBUS_LOG_LEVEL", "error");
    command
}

/// A script of ours for a Python that has pyzmq.
///
/// # Errors
/// None is named.
pub(crate) fn python(root: &Path, script: &str) -> Result<Command, Error> {
    let python = env::var_os(PYTHON).ok_or_else(|| Error::Missing {
        what: PYTHON.to_owned(),
        hint: "run `cargo xtask bench`, which installs pyzmq and sets it",
    })?;
    let mut command = Command::new(python);
    command.arg(root.join("bench/peers").join(script));
    Ok(command)
}

/// Three ports of the loopback.
pub(super) fn free_ports() -> Result<[SocketAddr; 3], Error> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::system("find a free port"));
    // All are held until all are known, so that they differ.
    let listeners = [bind()?, bind()?, bind()?];
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); 3];
    for (address, listener) in addresses.iter_mut().zip(&listeners) {
        *address = listener.local_addr().map_err(Error::system("find a free port"))?;
    }
    Ok(addresses)
}
