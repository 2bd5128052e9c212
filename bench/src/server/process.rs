//! How does a server's process begin and end?

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::Error;
use crate::measure::{self, Cores};

use super::{Contender, Site};

/// How long a server may take to listen, and to end: a profiler makes both slow.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// A running server; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    server: &'static str,
    child: Child,
    site: Site,
}

impl Process {
    /// Starts a server on the core for servers, unless it is to have all, and waits until it
    /// listens.
    ///
    /// # Errors
    /// It does not start, ends at once, or does not listen.
    pub(crate) fn start(contender: &dyn Contender, cores: &Cores) -> Result<Self, Error> {
        Self::start_by(contender, cores, |command| command)
    }

    /// The same by another command, made from the server's own.
    ///
    /// # Errors
    /// It does not start, ends at once, or does not listen.
    pub(crate) fn start_by(
        contender: &dyn Contender,
        cores: &Cores,
        by: impl FnOnce(Command) -> Command,
    ) -> Result<Self, Error> {
        let server = contender.name();
        let site = Site::new()?;
        let mut command = by(contender.command(&site)?);
        // Whoever wants to notice the end of the benchmark, however it ends, watches its input.
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let child = cores.spawn(&mut command, contender.is_pinned())?;
        let mut process = Self { server, child, site };
        let started = Instant::now();
        while TcpStream::connect_timeout(&process.address(), POLL).is_err() {
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

    /// What it has spent on cores so far, in user space and in the kernel.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Error> {
        measure::family(self.child.id())
            .into_iter()
            .map(measure::cpu_time)
            .sum()
    }

    /// The memory that it has in use: see `measure::memory`.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn memory_bytes(&self) -> Result<u64, Error> {
        measure::memory_bytes(&measure::family(self.child.id()))
    }

    /// Where clients come.
    pub(crate) fn address(&self) -> SocketAddr {
        self.site.address()
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
        // All of this fails only where it has ended already, which is what is wanted.
        for process in measure::family(self.child.id()).split_off(1) {
            if let Some(process) = Pid::from_raw(process.cast_signed()) {
                let _ended = kill_process(process, Signal::KILL);
            }
        }
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
