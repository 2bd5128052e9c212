//! In which order does the page tell what was measured?

use std::fmt;

use super::results::Results;
use super::{bus, busy, conditions, fan_out, goals, idle_memory, latency, opening, ours, renewal, sockjs, variants};

/// The whole page.
pub(crate) fn page(results: &Results) -> String {
    opening::whole(results) + &sections(results)
}

/// The page with these sections in the place of those of the same titles. Each of them says what it
/// was measured with: the page's opening speaks of the others. The goals stay: they are those of one
/// run.
pub(crate) fn renewed(page: &str, results: &Results) -> String {
    renewal::put(page, &cases(results), &opening::apart(results))
}

/// The goals as far as they were measured, and what was measured, a section each.
pub(crate) fn sections(results: &Results) -> String {
    let mut text = String::new();
    goals::write(results, &mut text).expect("a string takes all that is written");
    text + &cases(results)
}

/// What was measured, a section each.
fn cases(results: &Results) -> String {
    let mut text = String::new();
    write_cases(results, &mut text).expect("a string takes all that is written");
    text
}

fn write_cases(results: &Results, f: &mut String) -> fmt::Result {
    if !results.fan_out.is_empty() {
        fan_out::write(results, f)?;
    }
    if let Some(costs) = &results.flood {
        busy::flood(results, costs, f)?;
    }
    if let Some(costs) = &results.rooms {
        busy::rooms(results, costs, f)?;
    }
    if !results.idle_memory.is_empty() {
        idle_memory::write(results, f)?;
    }
    if let Some(connects) = &results.connect {
        busy::connect(results, connects, f)?;
    }
    if !results.latency.is_empty() {
        latency::write(results, f)?;
    }
    if !results.shards.is_empty() {
        ours::shards(results, f)?;
    }
    if let Some(rounds) = &results.instructions {
        ours::instructions(rounds, f)?;
    }
    if let Some(forms) = &results.sockjs {
        sockjs::write(forms, results.time, f)?;
    }
    if let Some(compression) = &results.compression {
        variants::compression(compression, results.time, f)?;
    }
    if let Some(forms) = &results.tls {
        variants::tls(forms, results.time, f)?;
    }
    if let Some(relays) = &results.bus {
        bus::write(relays, f)?;
    }
    if let Some(rounds) = &results.conditions {
        conditions::write(results, rounds, f)?;
    }
    Ok(())
}
