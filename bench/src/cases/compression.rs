//! What does it cost to compress for everyone in a channel?

use std::hint::black_box;
use std::time::Duration;

use flate2::{Compress, FlushCompress};

use crate::error::Error;
use crate::load::{Fill, LARGE_BODY_BYTES, body};
use crate::measure::cpu_time;
use crate::server::{Contender, Ours};

use super::cost::{Cost, quotients};
use super::fan_out::{self, Comparison, Size};
use super::turns::Setting;

/// Publications that are worth compression: larger than the least that the setting asks for, and
/// alike inside but not the same over and over.
pub(crate) const READINGS: Size = Size {
    fill: Fill::Readings,
    ..Size::of(1_000, LARGE_BODY_BYTES)
};

/// The level that omnibusd compresses with unless it is told otherwise.
const LEVEL: u32 = 6;

/// Compressions whose time is taken.
const COMPRESSIONS: u32 = 5_000;

/// All rounds of both forms. The plain one comes first: the other is compared with it.
#[derive(Debug)]
pub(crate) struct Compression {
    pub(crate) forms: Vec<&'static str>,
    /// By mode.
    pub(crate) fan_out: Vec<Comparison>,
    /// What one compression of a publication takes.
    pub(crate) once: Duration,
    /// The bytes of a publication, and what it becomes.
    pub(crate) bytes: [usize; 2],
}

impl Compression {
    /// How many times the CPU of plain deliveries compressed ones use, each publication's
    /// compression put aside, round by round.
    pub(crate) fn ratios_less_compression(&self, comparison: &Comparison) -> Vec<f64> {
        let clients = comparison.size.subscribers as u64 + 1;
        let less = |cost: &Cost| {
            let publications = cost.deliveries / clients;
            Cost {
                cpu: cost.cpu.saturating_sub(self.once.mul_f64(publications as f64)),
                ..*cost
            }
        };
        let compressed: Vec<Cost> = comparison.costs[1].iter().map(less).collect();
        quotients(&compressed, &comparison.costs[0], Cost::cpu_seconds_per_million)
    }
}

/// Measures both in turn, of an omnibusd that compresses for those who ask for it.
///
/// # Errors
/// The server fails, or does not deliver every message once and in order.
pub(crate) fn run(setting: &Setting, ours: &Ours) -> Result<Compression, Error> {
    let by_form = ours.with_compression();
    let contenders: Vec<&dyn Contender> = by_form.iter().map(|ours| ours as &dyn Contender).collect();
    let fan_out = fan_out::run(setting, &contenders, &[READINGS])?;
    let (once, bytes) = compress_alone()?;
    Ok(Compression {
        forms: contenders.iter().map(|contender| contender.name()).collect(),
        fan_out,
        once,
        bytes,
    })
}

/// Compresses publications as omnibusd does and nothing else.
fn compress_alone() -> Result<(Duration, [usize; 2]), Error> {
    let text = format!(
        "channel-000:{}",
        body(0, "client-00000", READINGS.body_bytes, READINGS.fill)
    );
    let mut stream = Compress::new(flate2::Compression::new(LEVEL), false);
    let mut compressed = Vec::with_capacity(2 * text.len());
    let before = cpu_time(std::process::id())?;
    for _ in 0..COMPRESSIONS {
        stream.reset();
        compressed.clear();
        stream
            .compress_vec(black_box(text.as_bytes()), &mut compressed, FlushCompress::Sync)
            .expect("a stream that began anew takes all input");
        black_box(&compressed);
    }
    let spent = cpu_time(std::process::id())?.saturating_sub(before);
    Ok((spent / COMPRESSIONS, [text.len(), compressed.len()]))
}
