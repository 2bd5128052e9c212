//! What do clients of ours cost that come in another form, by SockJS or by TLS?

use crate::error::Error;
use crate::server::{Contender, Ours};

use super::fan_out::{self, Comparison, THOUSAND};
use super::idle_memory::{self, CONNECTIONS, IdleMemory};
use super::turns::Setting;

/// All rounds of all forms. The plain WebSocket comes first: the others are compared with it.
#[derive(Debug)]
pub(crate) struct InForms {
    pub(crate) names: Vec<&'static str>,
    /// By mode.
    pub(crate) fan_out: Vec<Comparison>,
    pub(crate) idle_memory: IdleMemory,
}

/// Measures the forms in turn as fan-out and memory of servers are measured, all of them with the
/// same settings.
///
/// # Errors
/// The server fails, or does not deliver every message once and in order.
pub(crate) fn run(setting: &Setting, forms: &[Ours]) -> Result<InForms, Error> {
    let contenders: Vec<&dyn Contender> = forms.iter().map(|ours| ours as &dyn Contender).collect();
    let fan_out = fan_out::run(setting, &contenders, &[THOUSAND])?;
    let mut idle_memory = idle_memory::run(setting, &contenders, &CONNECTIONS[..1])?;
    Ok(InForms {
        names: contenders.iter().map(|contender| contender.name()).collect(),
        fan_out,
        idle_memory: idle_memory.remove(0),
    })
}
