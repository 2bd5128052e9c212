//! What does a SockJS stream cost beside a WebSocket?

use crate::error::Error;
use crate::server::{Contender, Ours};

use super::fan_out::{self, Comparison, THOUSAND};
use super::idle_memory::{self, CONNECTIONS, IdleMemory};
use super::turns::Setting;

/// All rounds of all transports. WebSocket comes first: the others are compared with it.
#[derive(Debug)]
pub(crate) struct SockJs {
    pub(crate) transports: Vec<&'static str>,
    /// By mode.
    pub(crate) fan_out: Vec<Comparison>,
    pub(crate) idle_memory: IdleMemory,
}

/// Measures the transports in turn as fan-out and memory of servers are measured, all of them
/// with the same settings.
///
/// # Errors
/// The server fails, or does not deliver every message once and in order.
pub(crate) fn run(setting: &Setting, ours: &Ours) -> Result<SockJs, Error> {
    let by_transport = ours.with_sockjs();
    let contenders: Vec<&dyn Contender> = by_transport.iter().map(|ours| ours as &dyn Contender).collect();
    let fan_out = fan_out::run(setting, &contenders, &[THOUSAND])?;
    let mut idle_memory = idle_memory::run(setting, &contenders, &CONNECTIONS[..1])?;
    Ok(SockJs {
        transports: contenders.iter().map(|contender| contender.name()).collect(),
        fan_out,
        idle_memory: idle_memory.remove(0),
    })
}
