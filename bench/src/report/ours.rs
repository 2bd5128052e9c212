//! What does the page say that only ours was measured for?

use std::fmt::{self, Write as _};

use crate::cases::cost::{Cost, ratios};
use crate::cases::fan_out::{SIXTEEN, THOUSAND};
use crate::cases::instructions::{MESSAGES, SUBSCRIBERS};

use super::figures::{shown, with_commas};
use super::results::Results;

/// Writes what a second shard costs.
pub(super) fn shards(results: &Results, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## Two shards\n\n\
         CPU seconds per million deliveries to {} subscribers, of an omnibusd that is not bound to \
         a core. The clients have one of the cores, so that what two shards carry can't be seen \
         where there are two.\n\n\
         | mode | one shard | two shards | two ÷ one |\n|---|---:|---:|---:|",
        with_commas(THOUSAND.subscribers as u64)
    )?;
    for comparison in &results.shards {
        let cost = |number: usize| shown(comparison.costs[number].iter().map(Cost::cpu_seconds_per_million));
        writeln!(
            f,
            "| {} | {} | {} | {} |",
            comparison.mode.name,
            cost(0),
            cost(1),
            shown(ratios(&comparison.costs, 1, 0))
        )?;
    }
    Ok(())
}

/// Writes how many instructions a delivery takes.
pub(super) fn instructions(rounds: &[f64], f: &mut String) -> fmt::Result {
    let [few, many] = MESSAGES.map(with_commas);
    writeln!(
        f,
        "\n## Instructions\n\n\
         {} instructions per delivery with {} subscribers, {}: what omnibusd executes outside the \
         kernel, counted by valgrind's callgrind, which a busy machine does not disturb. Two \
         runs, of {few} and of {many} messages, are subtracted, so that start and stop are not \
         in it; what a message costs once is spread over its deliveries.",
        shown(rounds.iter().copied()),
        with_commas(SUBSCRIBERS as u64),
        SIXTEEN.name,
    )
}
