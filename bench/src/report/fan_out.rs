//! What does the page say of one channel with many subscribers?

use std::fmt::{self, Write as _};

use crate::cases::cost::{Cost, ratios};
use crate::cases::fan_out::{Comparison, ONE, SIXTEEN, THOUSAND};

use super::figures::{Spread, with_commas};
use super::plots;
use super::results::Results;
use super::table::{self, Column};

/// What the project promises: so many times less CPU than the original, in this measurement.
const TARGET: f64 = 50.0;

/// Writes the section.
pub(super) fn write(results: &Results, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## One channel, many subscribers\n\n\
         CPU seconds of the server for a million deliveries. One client publishes; it and all \
         subscribers get each message. *{}*: the publisher is so many messages ahead of the slowest \
         client, and writes as many at once as it may; *{}*: it waits until all have the last \
         message. Who writes to a subscriber once for all that is there pays less for a delivery \
         the more are in flight. Each measurement lasts {} s, after a warm-up of a quarter of that.",
        SIXTEEN.name,
        ONE.name,
        results.time.as_secs_f64(),
    )?;
    let mut comparisons = &results.fan_out[..];
    while let [first, ..] = comparisons {
        let of_size = comparisons.iter().take_while(|other| other.size == first.size).count();
        let (now, rest) = comparisons.split_at(of_size);
        comparisons = rest;
        write!(
            f,
            "\n{} subscribers, messages of {} bytes:\n",
            with_commas(first.size.subscribers as u64),
            with_commas(first.size.body_bytes as u64)
        )?;
        let columns: Vec<_> = now.iter().map(column).collect();
        table::write(results, &columns, f)?;
    }
    writeln!(f, "\n{}", plots::shown(plots::COST))?;
    target(results, f)
}

fn column(comparison: &Comparison) -> Column<'_, Cost> {
    Column {
        head: comparison.mode.name,
        rounds: &comparison.costs,
        figure: &Cost::cpu_seconds_per_million,
        is_compared: true,
    }
}

/// Whether the promise holds against the original.
fn target(results: &Results, f: &mut String) -> fmt::Result {
    let measured = results.fan_out_of(THOUSAND, SIXTEEN).zip(results.number_of("original"));
    let ratio = measured.and_then(|(comparison, original)| Spread::of(ratios(&comparison.costs, original, 0)));
    let Some(ratio) = ratio else { return Ok(()) };
    let verdict = if ratio.median >= TARGET { "met" } else { "not met" };
    writeln!(
        f,
        "\nThe project's first promise is {TARGET} times less CPU than the original at {} subscribers, \
         {}: {ratio} times, {verdict}.",
        with_commas(THOUSAND.subscribers as u64),
        SIXTEEN.name
    )
}
