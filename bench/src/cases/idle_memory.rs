//! How much memory does a client take that is subscribed and silent?

use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::load::Room;
use crate::measure::{Cores, anonymous_bytes};
use crate::server::{Contender, Ports, Process};

/// Between the last subscription and the reading, so that what is needed only meanwhile is gone.
const REST: Duration = Duration::from_secs(1);

/// All rounds of one server.
#[derive(Debug)]
pub(crate) struct IdleMemory {
    pub(crate) connections: usize,
    /// By round: bytes without clients, and with them.
    pub(crate) bytes: Vec<(u64, u64)>,
}

impl IdleMemory {
    /// By round: what one connection adds.
    pub(crate) fn per_connection(&self) -> Vec<f64> {
        let added = |(before, after): &(u64, u64)| after.saturating_sub(*before) as f64;
        self.bytes
            .iter()
            .map(|round| added(round) / self.connections as f64)
            .collect()
    }
}

/// Measures each contender at the number of connections that it is good for.
///
/// # Errors
/// A server fails.
pub(crate) fn run(contenders: &[&dyn Contender], cores: &Cores, rounds: u32) -> Result<Vec<IdleMemory>, Error> {
    let mut results = Vec::new();
    for contender in contenders {
        let connections = contender.idle_connections();
        let mut bytes = Vec::new();
        for round in 1..=rounds {
            eprintln!(
                "idle memory: {connections} connections, round {round}, {}",
                contender.name()
            );
            let ports = Ports::free()?;
            let server = Process::start(contender.name(), contender.command(&ports), &ports, cores)?;
            thread::sleep(REST);
            let before = anonymous_bytes(server.id())?;
            let room = Room::join(server.address(), contender.transport(), connections - 1)?;
            thread::sleep(REST);
            bytes.push((before, anonymous_bytes(server.id())?));
            drop(room);
            server.stop()?;
        }
        results.push(IdleMemory { connections, bytes });
    }
    Ok(results)
}
