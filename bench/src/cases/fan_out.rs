//! What does it cost to bring a publication to everyone in a channel?

use crate::error::Error;
use crate::load::{BODY_BYTES, Crowd, Fill, Guests, LARGE_BODY_BYTES, Pace, Speaker, Until};
use crate::server::{Contender, Process};

use super::cost::Cost;
use super::turns::{Rounds, Setting, takes};

/// Who gets what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Beside the publisher, who hears itself.
    pub(crate) subscribers: usize,
    pub(crate) body_bytes: usize,
    pub(crate) fill: Fill,
}

pub(crate) const HUNDRED: Size = Size::of(100, BODY_BYTES);
pub(crate) const THOUSAND: Size = Size::of(1_000, BODY_BYTES);
pub(crate) const FIVE_THOUSAND: Size = Size::of(5_000, BODY_BYTES);
pub(crate) const LARGE: Size = Size::of(1_000, LARGE_BODY_BYTES);
pub(crate) const SIZES: [Size; 4] = [HUNDRED, THOUSAND, FIVE_THOUSAND, LARGE];

impl Size {
    pub(crate) const fn of(subscribers: usize, body_bytes: usize) -> Self {
        Self {
            subscribers,
            body_bytes,
            fill: Fill::Dots,
        }
    }
}

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
pub(crate) const MODES: [Mode; 2] = [SIXTEEN, ONE];

/// All rounds of one measurement.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) size: Size,
    pub(crate) mode: Mode,
    pub(crate) costs: Rounds<Cost>,
}

/// Measures the contenders in turn at each size, in both modes.
///
/// # Errors
/// A server fails, or does not deliver every message once and in order.
pub(crate) fn run(setting: &Setting, contenders: &[&dyn Contender], sizes: &[Size]) -> Result<Vec<Comparison>, Error> {
    let mut comparisons = Vec::new();
    for &size in sizes {
        let what = format!("fan-out of {} bytes to {}", size.body_bytes, size.subscribers);
        let rounds = setting.in_turn(&what, takes(size.subscribers + 1), contenders, |_, contender| {
            measure(setting, contender, size)
        })?;
        comparisons.extend(MODES.iter().enumerate().map(|(number, &mode)| {
            Comparison {
                size,
                mode,
                costs: rounds
                    .iter()
                    .map(|rounds| rounds.iter().map(|costs| costs[number]).collect())
                    .collect(),
            }
        }));
    }
    Ok(comparisons)
}

/// The clients of one channel.
pub(crate) fn guests(contender: &dyn Contender, size: Size) -> Guests {
    Guests {
        publisher: contender.publisher(),
        subscriber: contender.dialect(),
        rooms: 1,
        clients: size.subscribers + 1,
        body_bytes: size.body_bytes,
        fill: size.fill,
        in_flight_max: 64,
    }
}

/// A publisher who is so far ahead.
pub(crate) fn pace(mode: Mode, until: Until) -> Pace {
    Pace {
        in_flight: mode.in_flight,
        speaker: Speaker::First,
        until,
    }
}

/// Measures both modes on one server.
fn measure(setting: &Setting, contender: &dyn Contender, size: Size) -> Result<[Cost; MODES.len()], Error> {
    let server = Process::start(contender, &setting.cores)?;
    let mut crowd = Crowd::join(server.address(), guests(contender, size))?;
    let mut costs = [Cost::default(); MODES.len()];
    for (cost, mode) in costs.iter_mut().zip(MODES) {
        crowd.converse(pace(mode, Until::Elapsed(setting.time / 4)))?;
        let run = || crowd.converse(pace(mode, Until::Elapsed(setting.time)));
        *cost = Cost::of(&server, run)?;
    }
    drop(crowd);
    server.stop()?;
    Ok(costs)
}
