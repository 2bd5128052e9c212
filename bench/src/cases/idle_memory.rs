//! How much memory does a client take that is subscribed and silent?

use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::load::{Crowd, Until};
use crate::server::{Contender, Process};

use super::fan_out::{SIXTEEN, Size, guests, pace};
use super::turns::{Rounds, Setting, takes};

/// How many connections there are; a process has at most 20,000 descriptors on the machine that
/// the goals are of.
pub(crate) const CONNECTIONS: [usize; 2] = [10_000, 18_000];
/// As many as the original serves.
pub(crate) const FEW: usize = 1_000;

/// Between the last subscription and the reading, so that what is needed only meanwhile is gone.
const REST: Duration = Duration::from_secs(1);

/// Publications of the burst, each to all.
pub(crate) const BURST: u64 = 32;

/// All rounds at one number of connections.
#[derive(Debug)]
pub(crate) struct IdleMemory {
    pub(crate) connections: usize,
    pub(crate) bytes: Rounds<Bytes>,
}

/// What a server had in use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes {
    connections: usize,
    before: u64,
    idle: u64,
    after_burst: u64,
}

impl Bytes {
    /// What a connection adds.
    pub(crate) fn per_connection(&self) -> f64 {
        self.idle.saturating_sub(self.before) as f64 / self.connections as f64
    }

    /// What the whole server has in use.
    pub(crate) fn mebibytes(&self) -> f64 {
        self.idle as f64 / f64::from(1 << 20)
    }

    /// What a connection has added after the burst.
    pub(crate) fn per_connection_after_burst(&self) -> f64 {
        self.after_burst.saturating_sub(self.before) as f64 / self.connections as f64
    }
}

/// Measures the contenders in turn at these numbers of connections.
///
/// # Errors
/// A server fails.
pub(crate) fn run(
    setting: &Setting,
    contenders: &[&dyn Contender],
    numbers: &[usize],
) -> Result<Vec<IdleMemory>, Error> {
    let at = |&connections: &usize| {
        let what = format!("idle memory of {connections} connections");
        let bytes = setting.in_turn(&what, takes(connections), contenders, |_, contender| {
            measure(setting, contender, connections)
        })?;
        Ok(IdleMemory { connections, bytes })
    };
    numbers.iter().map(at).collect()
}

fn measure(setting: &Setting, contender: &dyn Contender, connections: usize) -> Result<Bytes, Error> {
    let server = Process::start(contender, &setting.cores)?;
    thread::sleep(REST);
    let before = server.memory_bytes()?;
    let size = Size::of(connections - 1, crate::load::BODY_BYTES);
    let mut crowd = Crowd::join(server.address(), guests(contender, size))?;
    thread::sleep(REST);
    let idle = server.memory_bytes()?;
    crowd.converse(pace(SIXTEEN, Until::Messages(BURST)))?;
    thread::sleep(REST);
    let bytes = Bytes {
        connections,
        before,
        idle,
        after_burst: server.memory_bytes()?,
    };
    eprintln!(
        "  {:.0} bytes each, {:.0} after a burst",
        bytes.per_connection(),
        bytes.per_connection_after_burst()
    );
    drop(crowd);
    server.stop()?;
    Ok(bytes)
}
