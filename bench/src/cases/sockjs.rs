//! What does a SockJS stream cost beside a WebSocket?

use std::time::Duration;

use crate::error::Error;
use crate::load::Transport;
use crate::measure::Cores;
use crate::server::{Contender, Ours, OursBy};

use super::fan_out::{self, Comparison};
use super::idle_memory::{self, IdleMemory};

/// WebSocket comes first: the others are compared with it.
pub(crate) const TRANSPORTS: [Transport; 3] = [Transport::WebSocket, Transport::XhrStreaming, Transport::EventSource];

/// How many subscribers there are beside the publisher.
pub(crate) const SUBSCRIBERS: usize = 1_000;

/// All rounds of all transports.
#[derive(Debug)]
pub(crate) struct SockJs {
    /// By mode.
    pub(crate) fan_out: Vec<Comparison>,
    /// By transport.
    pub(crate) idle_memory: Vec<IdleMemory>,
}

/// Measures the transports in turn as fan-out and memory of servers are measured, all of them
/// with the same settings.
///
/// # Errors
/// The server fails, or does not deliver every message once and in order.
pub(crate) fn run(ours: &Ours, cores: &Cores, rounds: u32, time: Duration) -> Result<SockJs, Error> {
    let transports: [OursBy; 3] = TRANSPORTS.map(|transport| ours.by(transport));
    let contenders: Vec<&dyn Contender> = transports.iter().map(|by| by as &dyn Contender).collect();
    Ok(SockJs {
        fan_out: fan_out::run(&contenders, &[SUBSCRIBERS], cores, rounds, time)?,
        idle_memory: idle_memory::run(&contenders, cores, rounds)?,
    })
}
