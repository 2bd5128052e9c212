//! How long after it was due does a message come?

use std::time::Duration;

use crate::error::Error;
use crate::load::{Crowd, End, Guests, Latencies, Rate};
use crate::server::{Contender, Process};

use super::fan_out::{THOUSAND, guests};
use super::turns::{Rounds, Setting};

/// The quiet rate.
pub(crate) const QUIET: f64 = 50.0;

/// The largest share of what a server has carried that it is asked for.
const SHARE: f64 = 0.5;

const IN_FLIGHT_MAX: usize = 4_096;

/// All rounds at one kind of rate.
#[derive(Debug)]
pub(crate) struct Latency {
    pub(crate) name: &'static str,
    pub(crate) heard: Rounds<Heard>,
}

/// What came of one run.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) messages_per_second: f64,
    pub(crate) latencies: Latencies,
}

impl Heard {
    /// In milliseconds.
    pub(crate) fn at(&self, percentile: f64) -> f64 {
        self.latencies.value_at_percentile(percentile) as f64 / 1e6
    }
}

/// Measures the contenders in turn at the quiet rate, and at half of what each carries: of these
/// deliveries per second.
///
/// # Errors
/// A server fails, or delivers something else than what is due.
pub(crate) fn run(
    setting: &Setting,
    contenders: &[&dyn Contender],
    carried: &[Option<f64>],
) -> Result<Vec<Latency>, Error> {
    let half = |number: usize| {
        let clients = (THOUSAND.subscribers + 1) as f64;
        carried[number].map_or(QUIET, |deliveries| deliveries * SHARE / clients)
    };
    let rates: [(&str, &dyn Fn(usize) -> f64); 2] = [("50 a second", &|_| QUIET), ("half load", &half)];
    let at = |(name, rate): (&'static str, &dyn Fn(usize) -> f64)| {
        let what = format!("latency at {name}");
        let heard = setting.in_turn(
            &what,
            |contender| contender.carries_much(),
            contenders,
            |number, contender| measure(setting, contender, rate(number)),
        )?;
        Ok(Latency { name, heard })
    };
    rates.into_iter().map(at).collect()
}

fn measure(setting: &Setting, contender: &dyn Contender, messages_per_second: f64) -> Result<Heard, Error> {
    let server = Process::start(contender, &setting.cores)?;
    let guests = Guests {
        in_flight_max: IN_FLIGHT_MAX,
        ..guests(contender, THOUSAND)
    };
    let mut crowd = Crowd::join(server.address(), guests)?;
    let rate = |time: Duration| Rate {
        messages_per_second,
        time,
        end: End::Drain,
    };
    crowd.broadcast(rate(setting.time / 4))?;
    let outcome = crowd.broadcast(rate(setting.time))?;
    let heard = Heard {
        messages_per_second,
        latencies: outcome.latencies,
    };
    eprintln!(
        "  {:.0} a second: p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
        outcome.published as f64 / setting.time.as_secs_f64(),
        heard.at(50.0),
        heard.at(99.0),
        heard.at(99.9)
    );
    drop(crowd);
    server.stop()?;
    Ok(heard)
}
