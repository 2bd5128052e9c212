//! What has a server used for so many deliveries?

use std::time::Duration;

use crate::error::Error;
use crate::load::Run;
use crate::server::Process;

use super::turns::Rounds;

/// Deliveries and what they have cost the server.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) deliveries: u64,
    pub(crate) cpu: Duration,
    pub(crate) elapsed: Duration,
}

impl Cost {
    /// What the server uses while something runs.
    ///
    /// # Errors
    /// It runs into an error, or the server is gone.
    pub(crate) fn of(server: &Process, run: impl FnOnce() -> Result<Run, Error>) -> Result<Self, Error> {
        let before = server.cpu_time()?;
        let run = run()?;
        let cost = Self {
            deliveries: run.deliveries,
            cpu: server.cpu_time()?.saturating_sub(before),
            elapsed: run.elapsed,
        };
        eprintln!(
            "  {} deliveries, {:.2} s of CPU in {:.2} s: {:.3} s per million",
            cost.deliveries,
            cost.cpu.as_secs_f64(),
            cost.elapsed.as_secs_f64(),
            cost.cpu_seconds_per_million()
        );
        Ok(cost)
    }

    pub(crate) fn cpu_seconds_per_million(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.deliveries as f64
    }

    pub(crate) fn deliveries_per_second(&self) -> f64 {
        self.deliveries as f64 / self.elapsed.as_secs_f64()
    }
}

/// How many times the CPU of another contender one uses, round by round.
pub(crate) fn ratios(costs: &Rounds<Cost>, one: usize, other: usize) -> Vec<f64> {
    quotients(&costs[one], &costs[other], Cost::cpu_seconds_per_million)
}

/// The figures of one by those of another, round by round.
pub(crate) fn quotients<T>(one: &[T], other: &[T], figure: impl Fn(&T) -> f64) -> Vec<f64> {
    one.iter()
        .zip(other)
        .map(|(one, other)| figure(one) / figure(other))
        .collect()
}
