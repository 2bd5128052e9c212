//! What does the page say of how long a message takes?

use std::fmt::{self, Write as _};

use crate::cases::fan_out::{SIXTEEN, THOUSAND};
use crate::cases::latency::Heard;

use super::figures::with_commas;
use super::plots;
use super::results::Results;
use super::table::{self, Column};

/// Writes the section.
pub(super) fn write(results: &Results, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## Latency\n\n\
         Milliseconds from when a message was due until a client has read it, over all deliveries to \
         {} subscribers. Messages are due at even intervals, and one that is sent late counts from \
         when it was due. All clients share one thread, whose part is in it. What a server carries is \
         what it has delivered above with {}. Servers are compared at one rate, of which those are \
         left out that don't carry so much; at half of what each itself carries their rates differ, \
         and so there is no ratio.",
        with_commas(THOUSAND.subscribers as u64),
        SIXTEEN.name
    )?;
    for latency in &results.latency {
        write!(f, "\n{}:\n", results.load_of(latency))?;
        let is_compared = latency.load.is_of_all();
        let column = |head, figure, is_compared| Column {
            head,
            rounds: &latency.heard,
            figure,
            is_compared,
        };
        table::write(
            results,
            &[
                column("messages a second", &|heard: &Heard| heard.messages_per_second, false),
                column("p50", &|heard: &Heard| heard.at(50.0), false),
                column("p99", &|heard: &Heard| heard.at(99.0), is_compared),
                column("p99.9", &|heard: &Heard| heard.at(99.9), is_compared),
            ],
            f,
        )?;
    }
    writeln!(f, "\n{}", plots::shown(plots::LATENCY))
}
