//! What does it cost to bring a publication to everyone in a channel?

use std::time::Duration;

use crate::error::Error;
use crate::load::{Room, Until};
use crate::measure::{Cores, cpu_time};
use crate::server::{Contender, Ports, Process};

/// How many subscribers there are beside the publisher.
pub(crate) const SUBSCRIBERS: [usize; 3] = [1, 100, 1_000];

/// How far the publisher is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    /// Publications that some client may still lack.
    pub(crate) in_flight: u64,
}

pub(crate) const SIXTEEN: Mode = Mode {
    name: "16 in flight",
    in_flight: 16,
};
pub(crate) const ONE: Mode = Mode {
    name: "one at a time",
    in_flight: 1,
};
const MODES: [Mode; 2] = [SIXTEEN, ONE];

/// All rounds of one measurement.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) subscribers: usize,
    pub(crate) mode: Mode,
    /// By contender, then by round.
    pub(crate) costs: Vec<Vec<Cost>>,
}

impl Comparison {
    /// How many times the CPU of the first contender another one uses, by round.
    pub(crate) fn ratios_to_first(&self, peer: usize) -> impl Iterator<Item = f64> {
        let rounds = self.costs[peer].iter().zip(&self.costs[0]);
        rounds.map(|(theirs, first)| theirs.cpu_seconds_per_million() / first.cpu_seconds_per_million())
    }
}

/// What one server has used for so many deliveries.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) deliveries: u64,
    pub(crate) cpu: Duration,
}

impl Cost {
    pub(crate) fn cpu_seconds_per_million(self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.deliveries as f64
    }

    pub(crate) fn deliveries_per_cpu_second(self) -> f64 {
        self.deliveries as f64 / self.cpu.as_secs_f64()
    }
}

/// Measures the contenders in turn at each number of subscribers, round after round, so that whatever else the machine does
/// meets all of them.
///
/// # Errors
/// A server fails, or does not deliver every message once and in order.
pub(crate) fn run(
    contenders: &[&dyn Contender],
    sizes: &[usize],
    cores: &Cores,
    rounds: u32,
    time: Duration,
) -> Result<Vec<Comparison>, Error> {
    let mut comparisons = Vec::new();
    for &subscribers in sizes {
        let mut of_size = MODES.map(|mode| Comparison {
            subscribers,
            mode,
            costs: vec![Vec::new(); contenders.len()],
        });
        for round in 1..=rounds {
            for (number, contender) in contenders.iter().enumerate() {
                eprintln!(
                    "fan-out: {subscribers} subscribers, round {round}, {}",
                    contender.name()
                );
                let costs = measure(*contender, cores, subscribers, time)?;
                for (comparison, cost) in of_size.iter_mut().zip(costs) {
                    comparison.costs[number].push(cost);
                }
            }
        }
        comparisons.extend(of_size);
    }
    Ok(comparisons)
}

/// Measures both modes on one server.
fn measure(
    contender: &dyn Contender,
    cores: &Cores,
    subscribers: usize,
    time: Duration,
) -> Result<[Cost; MODES.len()], Error> {
    let ports = Ports::free()?;
    let server = Process::start(contender.name(), contender.command(&ports), &ports, cores)?;
    let mut room = Room::join(server.address(), contender.transport(), subscribers)?;
    let mut costs = [Cost::default(); MODES.len()];
    for (cost, mode) in costs.iter_mut().zip(MODES) {
        room.publish(mode.in_flight, Until::Elapsed(time / 4))?;
        let before = cpu_time(server.id())?;
        let run = room.publish(mode.in_flight, Until::Elapsed(time))?;
        *cost = Cost {
            deliveries: run.deliveries,
            cpu: cpu_time(server.id())?.saturating_sub(before),
        };
        eprintln!(
            "  {}: {} deliveries, {:.2} s of CPU in {:.2} s",
            mode.name,
            run.deliveries,
            cost.cpu.as_secs_f64(),
            run.elapsed.as_secs_f64()
        );
    }
    drop(room);
    server.stop()?;
    Ok(costs)
}
