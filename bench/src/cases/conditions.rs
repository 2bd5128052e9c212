//! What do the others notice where some clients behave badly?

use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::load::{Told, Tool};
use crate::measure::Metrics;
use crate::server::{Observed, Ours, Process};

use super::turns::{Rounds, Setting};

/// Subscribers, with those among them that disturb.
pub(crate) const SUBSCRIBERS: u32 = 1_000;
pub(crate) const MESSAGES_PER_SECOND: u32 = 50;

/// A run takes so many times as long as other measurements: messages are few.
pub(crate) const TIMES_AS_LONG: u32 = 4;

/// Between the end of the clients and the last look at the memory.
const REST: Duration = Duration::from_secs(1);

/// How often the memory is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// One way to behave badly.
#[derive(Debug)]
pub(crate) struct Disturbance {
    pub(crate) name: &'static str,
    /// What the tool is told beside the rate.
    arguments: &'static [&'static str],
    /// What another run of the tool does meanwhile, in a channel of its own.
    beside: &'static [&'static str],
    /// Where the tool tells how much of it there was, and what that counts.
    pub(crate) extent: Option<(&'static str, &'static str)>,
}

/// Without any, then one after the other.
pub(crate) const DISTURBANCES: [Disturbance; 7] = [
    Disturbance {
        name: "none",
        arguments: &[],
        beside: &[],
        extent: None,
    },
    Disturbance {
        name: "1 % never read",
        arguments: &["--never-read", "1"],
        beside: &[],
        extent: Some(("/disturbed/never_read/clients", "clients")),
    },
    Disturbance {
        name: "10 % read 10 kB/s",
        arguments: &["--slow-read", "10", "--slow-read-bytes", "10000"],
        beside: &[],
        extent: Some(("/disturbed/slow_read/clients", "clients")),
    },
    Disturbance {
        name: "1,000 clients come and go a second",
        arguments: &["--churn", "1000"],
        beside: &[],
        extent: Some(("/visits/per_second", "a second")),
    },
    Disturbance {
        name: "one of 100 messages has 64 KiB",
        arguments: &["--large-payload", "64KiB", "--large-every", "100"],
        beside: &[],
        extent: Some(("/published/large", "messages")),
    },
    Disturbance {
        name: "10,000 channels are made and left a second",
        arguments: &["--channel-churn", "10000"],
        beside: &[],
        extent: Some(("/disturbed/channels/left", "channels")),
    },
    Disturbance {
        name: "10 never read 50 messages of 64 KiB a second, in another channel",
        arguments: &[],
        beside: &["--clients", "10", "--never-read", "100", "--payload", "64KiB"],
        extent: Some(("/disturbed/never_read/clients", "clients")),
    },
];

/// What came of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endured {
    /// Milliseconds from when a message was due until an undisturbed client had it.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    /// Deliveries to the undisturbed that were lost, doubled or out of order, and undisturbed
    /// clients that did not get in or were closed.
    pub(crate) faults: f64,
    /// How much disturbance there was.
    pub(crate) extent: f64,
    /// What the server counted: clients closed because they read too slowly, and deliveries that
    /// it dropped.
    pub(crate) closed_slow: f64,
    pub(crate) dropped: f64,
    /// Cores that the server and the clients used.
    pub(crate) server_cores: f64,
    pub(crate) client_cores: f64,
    /// Bytes in use before anyone came, at the height, and when all were gone.
    pub(crate) before: u64,
    pub(crate) height: u64,
    pub(crate) after: u64,
}

/// Measures all disturbances in turn, by disturbance, then by round.
///
/// # Errors
/// The server or the tool fails, or nobody disturbed.
pub(crate) fn run(setting: &Setting, ours: &Ours) -> Result<Rounds<Endured>, Error> {
    let tool = Tool::beside_this_program()?;
    let mut rounds: Rounds<Endured> = DISTURBANCES.iter().map(|_| Vec::new()).collect();
    for round in 1..=setting.rounds {
        for (number, disturbance) in DISTURBANCES.iter().enumerate() {
            eprintln!("conditions, round {round}: {}", disturbance.name);
            rounds[number].push(measure(setting, ours, &tool, disturbance)?);
        }
    }
    Ok(rounds)
}

fn measure(setting: &Setting, ours: &Ours, tool: &Tool, disturbance: &Disturbance) -> Result<Endured, Error> {
    let observed = Observed::new(ours)?;
    let server = Process::start(&observed, &setting.cores)?;
    let before = server.memory_bytes()?;
    let (started, cpu) = (Instant::now(), server.cpu_time()?);
    let subscribers = SUBSCRIBERS.to_string();
    let all = [&["--clients", subscribers.as_str()][..], disturbance.arguments].concat();
    let mut errands = vec![tool.start(server.address(), &latency(setting, &all))?];
    if !disturbance.beside.is_empty() {
        errands.push(tool.start(server.address(), &latency(setting, disturbance.beside))?);
    }
    let mut height = before;
    for errand in &mut errands {
        while !errand.is_over()? {
            height = height.max(server.memory_bytes()?);
            thread::sleep(LOOK_EVERY);
        }
    }
    let (elapsed, cpu) = (started.elapsed(), server.cpu_time()?.saturating_sub(cpu));
    let told: Vec<Told> = errands
        .into_iter()
        .map(|errand| errand.told())
        .collect::<Result<_, _>>()?;
    thread::sleep(REST);
    let metrics = Metrics::read(observed.metrics())?;
    let count = |name| metrics.sum(name, "reason=\"slow\"");
    let (first, last) = (&told[0], &told[told.len() - 1]);
    let endured = Endured {
        p50: first.number("/latency_ms/p50")?,
        p99: first.number("/latency_ms/p99")?,
        p999: first.number("/latency_ms/p999")?,
        faults: faults(first)?,
        extent: extent(disturbance, last)?,
        closed_slow: count("omnibus_closed_total")?,
        dropped: count("omnibus_deliveries_dropped_total")?,
        server_cores: cpu.as_secs_f64() / elapsed.as_secs_f64(),
        client_cores: told
            .iter()
            .map(|told| told.number("/generator/cores_used"))
            .sum::<Result<f64, Error>>()?,
        before,
        height,
        after: server.memory_bytes()?,
    };
    eprintln!(
        "  p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms; {} faults, {} closed; {} kB, {} kB, {} kB",
        endured.p50,
        endured.p99,
        endured.p999,
        endured.faults,
        endured.closed_slow,
        before >> 10,
        height >> 10,
        endured.after >> 10
    );
    server.stop()?;
    Ok(endured)
}

/// The tool's command line for this rate.
fn latency(setting: &Setting, arguments: &[&str]) -> Vec<String> {
    let time = |time: Duration| format!("{}ms", time.as_millis());
    let mut line = vec!["latency".to_owned()];
    line.extend(arguments.iter().map(|&argument| argument.to_owned()));
    line.extend(["--rate".to_owned(), MESSAGES_PER_SECOND.to_string()]);
    line.extend(["--warmup".to_owned(), time(setting.time / 2)]);
    line.extend(["--duration".to_owned(), time(setting.time * TIMES_AS_LONG)]);
    line
}

fn faults(told: &Told) -> Result<f64, Error> {
    let counts = ["/lost", "/doubled", "/out_of_order", "/strays", "/published/unsent"].map(|at| told.number(at));
    let failures = ["/closed", "/connect/failed", "/visits/failed"].map(|at| told.sum(at));
    counts.into_iter().chain(failures).sum()
}

/// How much disturbance there was; where there was none, nothing was measured.
fn extent(disturbance: &Disturbance, told: &Told) -> Result<f64, Error> {
    let Some((pointer, _)) = disturbance.extent else {
        return Ok(0.0);
    };
    let extent = told.number(pointer)?;
    if extent > 0.0 {
        return Ok(extent);
    }
    Err(Error::Malformed {
        what: format!("omnibus bench with {:?}", disturbance.name),
        expected: "that anybody disturbed",
    })
}
