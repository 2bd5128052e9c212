//! What does it cost to let a client in?

use std::time::Duration;

use crate::error::Error;
use crate::load::come;
use crate::measure::cpu_time;
use crate::server::{Contender, Process};

use super::turns::{Rounds, Setting, takes};

/// How many come.
pub(crate) const CLIENTS: usize = 10_000;
/// How many come first, so that the server has warmed up.
const FIRST: usize = 1_000;

/// What it has cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connects {
    server: Duration,
    generator: Duration,
    elapsed: Duration,
}

impl Connects {
    /// Milliseconds of the server's CPU for each client.
    pub(crate) fn cpu_millis(&self) -> f64 {
        self.server.as_secs_f64() * 1e3 / CLIENTS as f64
    }

    pub(crate) fn per_second(&self) -> f64 {
        CLIENTS as f64 / self.elapsed.as_secs_f64()
    }

    /// How busy the server was and how busy the clients were, of one core each.
    pub(crate) fn busy(&self) -> [f64; 2] {
        [self.server, self.generator].map(|cpu| cpu.as_secs_f64() / self.elapsed.as_secs_f64())
    }
}

/// Measures the contenders in turn.
///
/// # Errors
/// A server refuses a client.
pub(crate) fn run(setting: &Setting, contenders: &[&dyn Contender]) -> Result<Rounds<Connects>, Error> {
    setting.in_turn("connect", takes(CLIENTS + FIRST), contenders, |_, contender| {
        measure(setting, contender)
    })
}

fn measure(setting: &Setting, contender: &dyn Contender) -> Result<Connects, Error> {
    let server = Process::start(contender, &setting.cores)?;
    let first = come(server.address(), contender.dialect(), FIRST)?;
    let generator = std::process::id();
    let before = [server.cpu_time()?, cpu_time(generator)?];
    let come = come(server.address(), contender.dialect(), CLIENTS)?;
    let connects = Connects {
        server: server.cpu_time()?.saturating_sub(before[0]),
        generator: cpu_time(generator)?.saturating_sub(before[1]),
        elapsed: come.elapsed,
    };
    eprintln!(
        "  {:.0} a second, {:.4} ms of CPU each",
        connects.per_second(),
        connects.cpu_millis()
    );
    drop((first, come));
    server.stop()?;
    Ok(connects)
}
