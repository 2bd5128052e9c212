//! Which goals did this run meet?

use std::fmt::{self, Write as _};

use crate::cases::conditions::{DISTURBANCES, Disturbance, Endured};
use crate::cases::connect::Connects;
use crate::cases::cost::{Cost, quotients, ratios};
use crate::cases::fan_out::{Comparison, FIVE_THOUSAND, HUNDRED, LARGE, ONE, SIXTEEN, THOUSAND};
use crate::cases::idle_memory::{Bytes, CONNECTIONS, IdleMemory};
use crate::cases::latency::{Heard, Latency};

use super::conditions::{faults, kept};
use super::figures::{Spread, with_commas};
use super::results::Results;
use super::variants;

/// What is to be reached, and what was measured.
struct Goal {
    what: String,
    unit: &'static str,
    /// At most so much is required, and so much aimed at.
    required: f64,
    aim: f64,
    rounds: Vec<f64>,
}

/// Of what ours uses of what the fastest peer uses.
const REQUIRED: f64 = 1.0;
const AIM: f64 = 0.9;
const RATIO: &str = "× uWebSockets";

/// What an idle client takes of uWebSockets, as it was measured when the goal was set.
const IDLE_BYTES: f64 = 679.0;
/// How much more it may take after a burst.
const AFTER_BURST: f64 = 1.1;
/// CPU for a client that comes; and of what uWebSockets uses, which was 0.018 ms on the machine
/// that the goal was set on: others are faster or slower.
const CONNECT_MILLIS: f64 = 0.02;
const CONNECT_MILLIS_AIM: f64 = 0.018;
const CONNECT_RATIO: f64 = 1.11;
/// What a delivery may cost with two shards, of what it costs with one.
const TWO_SHARDS: f64 = 1.1;
/// The undisturbed clients' p99, of what it is where nobody disturbs.
const DISTURBED: f64 = 2.0;
/// The memory that is left after a disturbance, of what is left without, beside the slack.
const KEPT: f64 = 1.1;

/// Writes the section, where one of the goals was measured.
pub(super) fn write(results: &Results, f: &mut String) -> fmt::Result {
    let goals: Vec<Goal> = [
        fan_out(results),
        busy(results),
        idle(results),
        latencies(results),
        shards(results),
        compression(results),
        conditions(results),
    ]
    .into_iter()
    .flatten()
    .filter(|goal| !goal.rounds.is_empty())
    .collect();
    if goals.is_empty() {
        return Ok(());
    }
    writeln!(
        f,
        "\n## Goals\n\n\
         What ours must reach beside the fastest peer, and what it aims at, of each case below: less \
         is better. Which limit a missed one has met: [tried.md](tried.md).\n\n\
         | goal | required | aim | measured | verdict |\n|---|---:|---:|---:|---|"
    )?;
    for goal in &goals {
        let Some(measured) = Spread::of(goal.rounds.iter().copied()) else {
            continue;
        };
        let Goal {
            what,
            unit,
            required,
            aim,
            ..
        } = goal;
        let verdict = match measured.median {
            median if median <= *aim => "aim met",
            median if median <= *required => "met",
            _ => "**missed**",
        };
        writeln!(
            f,
            "| {what} | {} {unit} | {} {unit} | {measured} | {verdict} |",
            stated(*required),
            stated(*aim)
        )?;
    }
    Ok(())
}

/// A bound as it was set, without what multiplication adds behind the third decimal.
fn stated(bound: f64) -> f64 {
    (bound * 1e3).round() / 1e3
}

fn against_base(what: String, rounds: Vec<f64>) -> Goal {
    Goal {
        what,
        unit: RATIO,
        required: REQUIRED,
        aim: AIM,
        rounds,
    }
}

fn fan_out(results: &Results) -> Vec<Goal> {
    let Some(base) = results.base() else { return Vec::new() };
    let goals = [
        (HUNDRED, SIXTEEN),
        (THOUSAND, SIXTEEN),
        (FIVE_THOUSAND, SIXTEEN),
        (HUNDRED, ONE),
        (THOUSAND, ONE),
        (LARGE, SIXTEEN),
        (LARGE, ONE),
    ];
    let goal = |(size, mode)| {
        let comparison = results.fan_out_of(size, mode)?;
        let what = format!(
            "CPU per delivery, {} subscribers, {} bytes, {}",
            with_commas(size.subscribers as u64),
            with_commas(size.body_bytes as u64),
            mode.name
        );
        Some(against_base(what, ratios(&comparison.costs, 0, base)))
    };
    goals.into_iter().filter_map(goal).collect()
}

fn busy(results: &Results) -> Vec<Goal> {
    let mut goals = Vec::new();
    if let Some(base) = results.base() {
        let cases = [
            ("CPU per delivery in a flood", &results.flood),
            ("CPU per delivery in many rooms", &results.rooms),
        ];
        for (what, costs) in cases {
            if let Some(costs) = costs {
                goals.push(against_base(what.to_owned(), ratios(costs, 0, base)));
            }
        }
    }
    if let Some(connects) = &results.connect {
        goals.push(Goal {
            what: "CPU for a client that comes".to_owned(),
            unit: "ms",
            required: CONNECT_MILLIS,
            aim: CONNECT_MILLIS_AIM,
            rounds: connects[0].iter().map(Connects::cpu_millis).collect(),
        });
        if let Some(base) = results.base() {
            let rounds = quotients(&connects[0], &connects[base], Connects::cpu_millis);
            goals.push(Goal {
                required: CONNECT_RATIO,
                aim: REQUIRED,
                ..against_base("the same beside uWebSockets".to_owned(), rounds)
            });
        }
    }
    goals
}

fn idle(results: &Results) -> Vec<Goal> {
    let of_goal = |&connections: &usize| {
        let is_it = |memory: &&IdleMemory| memory.connections == connections;
        results.idle_memory.iter().find(is_it)
    };
    let goals = |memory: &IdleMemory| {
        let ours = &memory.bytes[0];
        let number = with_commas(memory.connections as u64);
        [
            Goal {
                what: format!("memory of each of {number} idle clients"),
                unit: "bytes",
                required: IDLE_BYTES,
                aim: (IDLE_BYTES * AIM).floor(),
                rounds: ours.iter().map(Bytes::per_connection).collect(),
            },
            Goal {
                what: format!("the same after a burst, {number} clients"),
                unit: "× before",
                required: AFTER_BURST,
                aim: 1.0,
                rounds: ours
                    .iter()
                    .map(|bytes| bytes.per_connection_after_burst() / bytes.per_connection())
                    .collect(),
            },
        ]
    };
    CONNECTIONS.iter().filter_map(of_goal).flat_map(goals).collect()
}

fn latencies(results: &Results) -> Vec<Goal> {
    let Some(base) = results.base() else { return Vec::new() };
    let goal = |latency: &Latency, percentile: f64| {
        let heard = &latency.heard;
        let rounds = quotients(&heard[0], &heard[base], |heard: &Heard| heard.at(percentile));
        against_base(format!("p{percentile} latency, {}", results.load_of(latency)), rounds)
    };
    let compared = results.latency.iter().filter(|latency| latency.load.is_of_all());
    compared
        .flat_map(|latency| [99.0, 99.9].map(|percentile| goal(latency, percentile)))
        .collect()
}

fn shards(results: &Results) -> Vec<Goal> {
    let comparison = results.shards.iter().find(|comparison| comparison.mode == SIXTEEN);
    let goal = comparison.map(|comparison| Goal {
        what: "CPU per delivery with two shards".to_owned(),
        unit: "× one shard",
        required: TWO_SHARDS,
        aim: REQUIRED,
        rounds: quotients(
            &comparison.costs[1],
            &comparison.costs[0],
            Cost::cpu_seconds_per_million,
        ),
    });
    goal.into_iter().collect()
}

fn conditions(results: &Results) -> Vec<Goal> {
    let Some(rounds) = &results.conditions else {
        return Vec::new();
    };
    let undisturbed = &rounds[0];
    let goals = |(disturbance, endured): (&Disturbance, &Vec<Endured>)| {
        let goal = |what: &str, required, rounds| Goal {
            what: format!("{what}: {}", disturbance.name),
            unit: "× undisturbed",
            required,
            aim: 1.0,
            rounds,
        };
        [
            goal(
                "p99 of the others",
                DISTURBED,
                quotients(endured, undisturbed, |endured| endured.p99),
            ),
            goal("memory kept, less 1 MiB", KEPT, kept(endured, undisturbed)),
        ]
    };
    let faults = Goal {
        what: "lost, doubled, out of order or closed of the undisturbed".to_owned(),
        unit: "in all",
        required: 0.0,
        aim: 0.0,
        rounds: vec![rounds.iter().map(|endured| faults(endured)).sum()],
    };
    let disturbed = DISTURBANCES.iter().zip(rounds).skip(1).flat_map(goals);
    disturbed.chain([faults]).collect()
}

fn compression(results: &Results) -> Vec<Goal> {
    let Some(compression) = &results.compression else {
        return Vec::new();
    };
    let goal = |comparison: &Comparison| Goal {
        what: format!(
            "CPU per compressed delivery, less one compression a publication, {}",
            comparison.mode.name
        ),
        unit: "× plain",
        required: variants::TARGET,
        aim: REQUIRED,
        rounds: compression.ratios_less_compression(comparison),
    };
    compression.fan_out.iter().map(goal).collect()
}

#[cfg(test)]
mod tests {
    use super::stated;

    #[test]
    fn bounds_are_stated_as_they_were_set() {
        let shown = [0.02 * 0.9, 1.11, 679.0].map(|bound| stated(bound).to_string());
        assert_eq!(shown, ["0.018", "1.11", "679"]);
    }
}
