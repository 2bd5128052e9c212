//! What do clients cost that speak TLS?

use crate::error::Error;
use crate::server::{Contender, Ours};

use super::fan_out::{self, Comparison, THOUSAND};
use super::idle_memory::{self, CONNECTIONS, IdleMemory};
use super::turns::Setting;

/// All rounds without TLS and with it. Plain comes first: the other is compared with it.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(crate) forms: Vec<&'static str>,
    /// By mode.
    pub(crate) fan_out: Vec<Comparison>,
    pub(crate) idle_memory: IdleMemory,
}

/// Measures both in turn as fan-out and memory of servers are measured.
///
/// # Errors
/// The server fails, or does not deliver every message once and in order.
pub(crate) fn run(setting: &Setting, ours: &Ours) -> Result<Tls, Error> {
    let by_form = ours.with_tls();
    let contenders: Vec<&dyn Contender> = by_form.iter().map(|ours| ours as &dyn Contender).collect();
    let fan_out = fan_out::run(setting, &contenders, &[THOUSAND])?;
    let mut idle_memory = idle_memory::run(setting, &contenders, &CONNECTIONS[..1])?;
    Ok(Tls {
        forms: contenders.iter().map(|contender| contender.name()).collect(),
        fan_out,
        idle_memory: idle_memory.remove(0),
    })
}
