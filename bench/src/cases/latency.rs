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

/// What the contenders are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// The quiet rate.
    Quiet,
    /// Half of what the reference carries, the same of all that carry it.
    HalfOfReference,
    /// Half of what each itself carries.
    HalfOfOwn,
}

impl Load {
    const ALL: [Self; 3] = [Self::Quiet, Self::HalfOfReference, Self::HalfOfOwn];

    /// Whether all contenders are measured at one rate, so that they can be compared.
    pub(crate) fn is_of_all(self) -> bool {
        self != Self::HalfOfOwn
    }
}

/// All rounds at one kind of rate.
#[derive(Debug)]
pub(crate) struct Latency {
    pub(crate) load: Load,
    pub(crate) heard: Rounds<Heard>,
}

/// Messages a second that the contenders have carried to all, each of which may be missing.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) messages_per_second: Vec<Option<f64>>,
    /// The number of the contender that all are compared with.
    pub(crate) reference: usize,
}

impl Carried {
    /// What a contender is asked for; `None` where it does not carry so much.
    fn rate(&self, load: Load, number: usize) -> Option<f64> {
        let half = |number: usize| self.messages_per_second[number].map(|carried| carried * SHARE);
        match load {
            Load::Quiet => Some(QUIET),
            Load::HalfOfReference => {
                half(self.reference).filter(|&rate| self.messages_per_second[number] >= Some(rate))
            }
            Load::HalfOfOwn => half(number),
        }
    }
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

/// Measures the contenders in turn under each load.
///
/// # Errors
/// A server fails, or delivers something else than what is due.
pub(crate) fn run(setting: &Setting, contenders: &[&dyn Contender], carried: &Carried) -> Result<Vec<Latency>, Error> {
    let under = |load: Load| {
        let heard = setting.in_turn(
            &format!("latency, {load:?}"),
            |number, contender| contender.carries_much() && carried.rate(load, number).is_some(),
            contenders,
            |number, contender| {
                let rate = carried.rate(load, number).expect("it was asked for above");
                measure(setting, contender, rate)
            },
        )?;
        Ok(Latency { load, heard })
    };
    Load::ALL.into_iter().map(under).collect()
}

fn measure(setting: &Setting, contender: &dyn Contender, messages_per_second: f64) -> Result<Heard, Error> {
    let server = Process::start(contender, &setting.cores)?;
    let guests = Guests {
        in_flight_max: IN_FLIGHT_MAX.min(contender.waiting_max()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_carry_half_of_the_reference_are_asked_for_just_that() {
        let carried = Carried {
            messages_per_second: vec![Some(3_000.0), Some(1_000.0), Some(500.0), Some(499.0), None],
            reference: 1,
        };
        let rates = |load| [0, 1, 2, 3, 4].map(|number| carried.rate(load, number));
        let (same, own) = (Some(500.0), [1_500.0, 500.0, 250.0, 249.5]);
        assert_eq!(rates(Load::HalfOfReference), [same, same, same, None, None]);
        assert_eq!(rates(Load::HalfOfOwn)[..4], own.map(Some));
        assert_eq!(rates(Load::Quiet), [Some(QUIET); 5]);
    }
}
