//! What does the bus cost: relaying between ZeroMQ's sockets, and the way from node to node?

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use crate::error::Error;
use crate::load::{Belt, Courier};
use crate::server::{Cluster, Clustered, Ours, Relay, Relaying, python};

use super::turns::Setting;

/// Subscribers that each get every message.
pub(crate) const MANY: usize = 50;

/// Messages that some subscriber may still lack.
pub(crate) const IN_FLIGHT: u64 = 2_048;

/// By relay, as in [`Relay::ALL`], then by round: nanoseconds of CPU for a delivery.
pub(crate) type Nanos = [Vec<f64>; Relay::ALL.len()];

/// All rounds of the two measurements.
#[derive(Debug, Default)]
pub(crate) struct Bus {
    /// A publisher and a subscriber of pyzmq.
    pub(crate) pair: Nanos,
    /// A publisher and many subscribers that speak no more ZMTP than it takes.
    pub(crate) many: Nanos,
    /// By cluster, as in [`Cluster::ALL`], then by round.
    pub(crate) crossings: [Vec<Crossing>; Cluster::ALL.len()],
}

/// Messages a second whose latency is measured.
pub(crate) const RATE: u32 = 500;

/// How long messages took from one node's client to another's, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crossing {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Crossing {
    fn of(mut took: Vec<Duration>) -> Self {
        took.sort();
        let at = |percent: usize| {
            let place = (took.len() * percent / 100).min(took.len().saturating_sub(1));
            took.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e6)
        };
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}

/// Measures the relays in turn, round after round.
///
/// # Errors
/// A relay fails, or does not deliver every message once and in order.
pub(crate) fn run(setting: &Setting, ours: &Ours, root: &Path) -> Result<Bus, Error> {
    let (cores, time) = (&setting.cores, setting.time);
    let mut bus = Bus::default();
    for round in 1..=setting.rounds {
        for (number, relay) in Relay::ALL.into_iter().enumerate() {
            eprintln!("bus, round {round}: {}", relay.name());
            let relaying = Relaying::start(relay, ours, root, cores)?;
            let mut pair = Pair::join(root, &relaying)?;
            bus.pair[number].push(nanos(&relaying, time, |time| pair.run(time))?);
            drop(pair);
            let relaying = Relaying::start(relay, ours, root, cores)?;
            let mut belt = Belt::join(relaying.publishers, relaying.subscribers, MANY)?;
            bus.many[number].push(nanos(&relaying, time, |time| belt.run(IN_FLIGHT, time))?);
        }
        for (number, cluster) in Cluster::ALL.into_iter().enumerate() {
            eprintln!("bus, round {round}: {}", cluster.name());
            let nodes = Clustered::start(cluster, ours, root, cores)?;
            let mut courier = Courier::join(cluster.tongue(), nodes.publisher, nodes.subscriber)?;
            courier.run(RATE, time / 4)?;
            let crossing = Crossing::of(courier.run(RATE, time)?);
            eprintln!("  p50 {:.0} us, p99 {:.0} us", crossing.p50, crossing.p99);
            bus.crossings[number].push(crossing);
        }
    }
    Ok(bus)
}

/// The CPU that a relay spends on each of the deliveries of a run, after a warm-up.
fn nanos(
    relaying: &Relaying,
    time: Duration,
    mut run: impl FnMut(Duration) -> Result<u64, Error>,
) -> Result<f64, Error> {
    run(time / 4)?;
    let before = relaying.cpu_time()?;
    let deliveries = run(time)?;
    let spent = relaying.cpu_time()?.saturating_sub(before);
    let nanos = spent.as_nanos() as f64 / deliveries as f64;
    eprintln!("  {deliveries} deliveries, {nanos:.1} ns each");
    Ok(nanos)
}

/// A publisher and a subscriber of pyzmq, in a process; dropping it ends it.
struct Pair {
    child: Child,
    said: BufReader<ChildStdout>,
    told: ChildStdin,
}

impl Pair {
    fn join(root: &Path, relaying: &Relaying) -> Result<Self, Error> {
        let mut command = python(root, "zmq_pair.py")?;
        command
            .args([relaying.publishers.to_string(), relaying.subscribers.to_string()])
            .arg(IN_FLIGHT.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|source| Error::NotRun {
            program: "zmq_pair.py".to_owned(),
            source,
        })?;
        let (told, said) = child.stdin.take().zip(child.stdout.take()).expect("both are piped");
        let said = BufReader::new(said);
        let mut pair = Self { child, said, told };
        match pair.line()?.as_str() {
            "ready" => Ok(pair),
            _ => Err(Error::Malformed {
                what: "zmq_pair.py".to_owned(),
                expected: "that it is ready",
            }),
        }
    }

    fn run(&mut self, time: Duration) -> Result<u64, Error> {
        writeln!(self.told, "{}", time.as_millis()).map_err(Error::system("tell zmq_pair.py"))?;
        self.line()?.parse().map_err(|_| Error::Malformed {
            what: "zmq_pair.py".to_owned(),
            expected: "how many messages were delivered",
        })
    }

    fn line(&mut self) -> Result<String, Error> {
        let mut line = String::new();
        self.said
            .read_line(&mut line)
            .map_err(Error::system("hear from zmq_pair.py"))?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // Both fail only where it has ended already, which is what is wanted.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
