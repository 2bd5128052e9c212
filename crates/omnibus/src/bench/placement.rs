//! How many processes and threads does a run need?

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::Error;

/// Descriptors of a process that are no connections: pipes, event loops, standard streams.
const RESERVED: u64 = 128;

/// Child processes at most.
pub(crate) const PROCESSES_MAX: u32 = 256;

/// Threads in all.
pub(crate) const THREADS_MAX: u32 = 1_024;

/// Where clients live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) processes: u32,
    /// Of each process.
    pub(crate) threads: u32,
}

/// What the command line wants.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    pub(crate) connections: u32,
    pub(crate) processes: Option<u32>,
    pub(crate) threads: Option<u32>,
}

/// Raises the limit of open files as far as allowed, and says how many connections it leaves
/// room for.
pub(crate) fn raise_limit() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let limit = setrlimit(Resource::Nofile, raised).map_or(current, |()| maximum);
    limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED).max(1))
}

impl Placement {
    /// Finds one in which no process has more than `room` connections.
    ///
    /// # Errors
    /// [`Error::Usage`] if there is none.
    pub(crate) fn find(wanted: Wanted, room: u64, cores: u32) -> Result<Self, Error> {
        let needed = u64::from(wanted.connections).div_ceil(room).max(1);
        let needed = u32::try_from(needed).unwrap_or(u32::MAX);
        let processes = wanted.processes.unwrap_or(needed);
        if processes < needed || processes > PROCESSES_MAX {
            return Err(Error::Usage(format!(
                "{} connections need at least {needed} processes, since one may hold {room}, and {PROCESSES_MAX} are \
                 the most; ask for fewer --clients, raise the limit of open files (ulimit -n), or change --processes",
                wanted.connections
            )));
        }
        // Half of the cores is for the server, where it is on this machine.
        let threads = wanted.threads.unwrap_or_else(|| (cores / 2 / processes).max(1));
        if processes * threads > THREADS_MAX {
            return Err(Error::Usage(format!(
                "{processes} processes with {threads} threads each are more than {THREADS_MAX} threads; ask for fewer"
            )));
        }
        Ok(Self { processes, threads })
    }

    /// Threads of all processes.
    pub(crate) fn all_threads(self) -> u32 {
        self.processes * self.threads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_spread_over_as_many_processes_as_they_need() {
        let find = |connections, processes, cores| {
            let wanted = Wanted {
                connections,
                processes,
                threads: None,
            };
            Placement::find(wanted, 19_872, cores).map(|found| (found.processes, found.threads))
        };
        assert_eq!(find(1_000, None, 8).unwrap(), (1, 4));
        assert_eq!(find(54_001, None, 2).unwrap(), (3, 1));
        assert_eq!(find(54_001, Some(4), 16).unwrap(), (4, 2));
        assert_eq!(find(10, Some(2), 2).unwrap(), (2, 1));
        let error = find(54_001, Some(2), 2).unwrap_err().to_string();
        assert!(
            error.contains("at least 3 processes") && error.contains("--processes"),
            "{error}"
        );
    }
}
