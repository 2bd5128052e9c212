//! Who runs on which core?

use std::process::{Child, Command};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::error::Error;

/// One core for servers, and one for everything else.
#[derive(Debug)]
pub(crate) struct Cores {
    /// All that this process may use.
    usable: CpuSet,
    server: CpuSet,
    load: CpuSet,
}

impl Cores {
    /// Chooses among the cores that this process may use, and moves this thread to its own.
    ///
    /// # Errors
    /// There is only one.
    pub(crate) fn choose() -> Result<Self, Error> {
        let usable = sched_getaffinity(None).map_err(|errno| Error::system("ask for cores")(errno.into()))?;
        let mut numbers = (0..CpuSet::MAX_CPU).filter(|&number| usable.is_set(number));
        let (Some(server), Some(load)) = (numbers.next(), numbers.next()) else {
            return Err(Error::TooFewCores { found: 1 });
        };
        let cores = Self {
            usable,
            server: only(server),
            load: only(load),
        };
        pin(&cores.load)?;
        Ok(cores)
    }

    /// Starts a program on the core for servers, or on all: it inherits the cores of the thread
    /// that starts it.
    pub(crate) fn spawn(&self, command: &mut Command, is_pinned: bool) -> Result<Child, Error> {
        pin(if is_pinned { &self.server } else { &self.usable })?;
        let child = command.spawn();
        pin(&self.load)?;
        child.map_err(|source| Error::NotRun {
            program: command.get_program().to_string_lossy().into_owned(),
            source,
        })
    }
}

fn only(core: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(core);
    set
}

fn pin(set: &CpuSet) -> Result<(), Error> {
    sched_setaffinity(None, set).map_err(|errno| Error::system("choose a core")(errno.into()))
}
