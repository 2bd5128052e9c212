//! What does the page say of SockJS's streams?

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::cases::cost::ratios;
use crate::cases::fan_out::{ONE, SIXTEEN, THOUSAND};
use crate::cases::forms::InForms;

use super::figures::{Spread, with_commas};
use super::forms::Forms;

/// What the project promises: at most so many times the CPU of a WebSocket.
const TARGET: f64 = 1.3;

/// Appends the section.
pub(super) fn write(results: &InForms, time: Duration, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## SockJS beside WebSocket\n\n\
         The same publications to {} subscribers that receive by a stream of SockJS, or by a \
         WebSocket at the base URL, of an omnibusd with `--server-webapp-factory sockjs`; all else \
         is as above, *{}* and *{}* too. The publisher has a WebSocket. A stream has a chunk for \
         each message, and is longer by that and by what JSON escapes. `sockjs.stream_bytes_max` \
         is raised to 1 GiB, so that no stream ends meanwhile: what it costs to ask for the next \
         one every 128 KiB, as clients do by default, is not in it. Transports take turns, {} s \
         each and a server started anew for each round; the ratio is that of one round.\n",
        with_commas(THOUSAND.subscribers as u64),
        SIXTEEN.name,
        ONE.name,
        time.as_secs_f64(),
    )?;
    let forms = Forms {
        head: "clients receive by",
        names: &results.names,
    };
    forms.costs(&results.fan_out, None, f)?;
    target(results, f)?;
    forms.memory(&results.idle_memory, f)
}

/// Whether the promise holds, for each stream in each mode.
fn target(results: &InForms, f: &mut String) -> fmt::Result {
    let mut missed = Vec::new();
    for comparison in &results.fan_out {
        for (peer, transport) in results.names.iter().enumerate().skip(1) {
            let ratio = Spread::of(ratios(&comparison.costs, peer, 0));
            if ratio.is_none_or(|ratio| ratio.median > TARGET) {
                missed.push(format!("{transport}, {}", comparison.mode.name));
            }
        }
    }
    let verdict = match missed.len() {
        0 => "met by both streams in both modes".to_owned(),
        _ => format!("missed by {}", missed.join("; ")),
    };
    writeln!(
        f,
        "\nThe project's target is at most {TARGET} times the CPU of a WebSocket: {verdict}."
    )
}
