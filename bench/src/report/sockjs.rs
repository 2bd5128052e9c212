//! What does the page say of SockJS's streams?

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::cases::cost::{Cost, ratios};
use crate::cases::fan_out::{ONE, SIXTEEN, THOUSAND};
use crate::cases::idle_memory::Bytes;
use crate::cases::sockjs::SockJs;

use super::figures::{Spread, shown, with_commas};

/// What the project promises: at most so many times the CPU of a WebSocket.
const TARGET: f64 = 1.3;

/// Appends the section.
pub(super) fn write(results: &SockJs, time: Duration, f: &mut String) -> fmt::Result {
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
    fan_out(results, f)?;
    target(results, f)?;
    idle_memory(results, f)
}

fn fan_out(results: &SockJs, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "| mode | subscribers receive by | CPU s per million deliveries | ÷ WebSocket |\n|---|---|---:|---:|"
    )?;
    for comparison in &results.fan_out {
        for (peer, (transport, costs)) in results.transports.iter().zip(&comparison.costs).enumerate() {
            let per_million = costs.iter().map(Cost::cpu_seconds_per_million);
            let ratio = match peer {
                0 => "1".to_owned(),
                _ => shown(ratios(&comparison.costs, peer, 0)),
            };
            writeln!(
                f,
                "| {} | {transport} | {} | {ratio} |",
                comparison.mode.name,
                shown(per_million)
            )?;
        }
    }
    Ok(())
}

/// Whether the promise holds, for each stream in each mode.
fn target(results: &SockJs, f: &mut String) -> fmt::Result {
    let mut missed = Vec::new();
    for comparison in &results.fan_out {
        for (peer, transport) in results.transports.iter().enumerate().skip(1) {
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
        "\nThe project's target is at most {TARGET} times the CPU of a WebSocket: {verdict}.\n"
    )
}

fn idle_memory(results: &SockJs, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "Idle connections, measured as above:\n\n\
         | clients receive by | clients | bytes per client | MiB in all |\n|---|---:|---:|---:|"
    )?;
    let memory = &results.idle_memory;
    for (transport, rounds) in results.transports.iter().zip(&memory.bytes) {
        writeln!(
            f,
            "| {transport} | {} | {} | {} |",
            with_commas(memory.connections as u64),
            shown(rounds.iter().map(Bytes::per_connection)),
            shown(rounds.iter().map(Bytes::mebibytes))
        )?;
    }
    Ok(())
}
