//! How does a server's process begin and end?

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::Error;
use crate::measure::Cores;

use super::Ports;

/// How long a server may take to listen, and to end: a profiler makes both slow.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// A running server; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    server: &'static str,
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts a server on the core for servers and waits until it listens.
    ///
    /// # Errors
    /// It does not start, ends at once, or does not listen.
    pub(crate) fn start(
        server: &'static str,
        mut command: Command,
        ports: &Ports,
        cores: &Cores,
    ) -> Result<Self, Error> {
        // Whoever wants to notice the end of the benchmark, however it ends, watches its input.
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let child = cores.spawn(&mut command)?;
        let mut process = Self {
            server,
            child,
            address: ports.address(),
        };
        let started = Instant::now();
        while TcpStream::connect_timeout(&process.address, POLL).is_err() {
            if let Some(status) = process.status()? {
                return Err(Error::Ended { server, status });
            }
            if started.elapsed() > PATIENCE {
                return Err(Error::NotListening {
                    server,
                    after: PATIENCE,
                });
            }
            thread::sleep(POLL);
        }
        Ok(process)
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where clients come.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells it to stop and waits until it has.
    ///
    /// # Errors
    /// It has ended before, or does not end.
    pub(crate) fn stop(mut self) -> Result<(), Error> {
        if let Some(status) = self.status()? {
            return Err(Error::Ended {
                server: self.server,
                status,
            });
        }
        kill_process(Pid::from_child(&self.child), Signal::TERM)
            .map_err(|errno| Error::system("stop a server")(errno.into()))?;
        let told = Instant::now();
        while self.status()?.is_none() {
            if told.elapsed() > PATIENCE {
                return Err(Error::NotStopped {
                    server: self.server,
                    after: PATIENCE,
                });
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn status(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.child.try_wait().map_err(Error::system("ask after a server"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only where it has ended already, which is what is wanted.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
