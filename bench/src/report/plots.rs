//! Which plots does the page show?

use crate::cases::cost::Cost;
use crate::cases::fan_out::{Mode, ONE, SIXTEEN};
use crate::cases::idle_memory::{Bytes, IdleMemory};
use crate::cases::latency::{Heard, Latency};
use crate::load::{BODY_BYTES, Latencies};

use super::figures::{Spread, with_commas};
use super::plot::{Axis, Line, Plot};
use super::results::Results;

/// What a section shows: where the picture is, seen from the page, and what it is of.
pub(super) const COST: (&str, &str) = ("images/performance-cost.svg", "Cost of a delivery against subscribers");
pub(super) const MEMORY: (&str, &str) = ("images/performance-memory.svg", "Memory against connections");
pub(super) const LATENCY: (&str, &str) = ("images/performance-latency.svg", "Latency by percentile");

/// Percentiles that are marked, and one share in how many lies above each.
const PERCENTILES: [(f64, f64); 5] = [
    (50.0, 2.0),
    (90.0, 10.0),
    (99.0, 100.0),
    (99.9, 1_000.0),
    (99.99, 10_000.0),
];

/// The pictures of what was measured, by the file below `docs/`.
pub(crate) fn draw(results: &Results) -> Vec<(&'static str, String)> {
    let plots = [
        (COST, cost(results)),
        (MEMORY, memory(results)),
        (LATENCY, latencies(results)),
    ];
    let drawn = plots.into_iter().filter_map(|((file, _), plot)| Some((file, plot?)));
    drawn.collect()
}

/// The line in Markdown that shows a picture.
pub(super) fn shown((file, title): (&str, &str)) -> String {
    format!("![{title}]({file})")
}

fn cost(results: &Results) -> Option<String> {
    let lines_of = |mode: Mode, is_broken| {
        lines(results, is_broken, move |number| {
            let of_mode = results.fan_out.iter().filter(|other| other.mode == mode);
            of_mode
                .filter(|comparison| comparison.size.body_bytes == BODY_BYTES)
                .filter_map(|comparison| {
                    let costs = comparison.costs[number].iter().map(Cost::cpu_seconds_per_million);
                    Some((comparison.size.subscribers as f64, Spread::of(costs)?.median))
                })
                .collect()
        })
    };
    let all = [lines_of(SIXTEEN, false), lines_of(ONE, true)].concat();
    let title = format!("{}: CPU for messages of {BODY_BYTES} bytes", COST.1);
    plot(
        &title,
        ["subscribers", "CPU s per million deliveries"],
        all,
        Some(ONE.name),
    )
}

fn memory(results: &Results) -> Option<String> {
    let all = lines(results, false, |number| {
        let of = |memory: &IdleMemory| {
            let bytes = memory.bytes[number].iter().map(Bytes::mebibytes);
            Some((memory.connections as f64, Spread::of(bytes)?.median))
        };
        results.idle_memory.iter().filter_map(of).collect()
    });
    plot(MEMORY.1, ["connections", "MiB in use"], all, None)
}

/// The latencies of all rounds together, at the quiet rate.
fn latencies(results: &Results) -> Option<String> {
    let quiet: &Latency = results.latency.first()?;
    let all = lines(results, false, |number| {
        let heard = &quiet.heard[number];
        let Some(all) = together(heard) else { return Vec::new() };
        let at = |(percentile, share): (f64, f64)| (share, all.value_at_percentile(percentile) as f64 / 1e6);
        PERCENTILES.into_iter().map(at).collect()
    });
    let title = format!("{}, {}", LATENCY.1, results.load_of(quiet));
    let mut axes = axes(["percentile", "milliseconds"], &all)?;
    axes[0].marks = PERCENTILES
        .iter()
        .map(|(percentile, share)| (*share, percentile.to_string()))
        .collect();
    Some(drawn(&title, axes, all, None))
}

fn together(heard: &[Heard]) -> Option<Latencies> {
    let (first, rest) = heard.split_first()?;
    let mut all = first.latencies.clone();
    for other in rest {
        all.add(&other.latencies).expect("all have the same bounds");
    }
    Some(all)
}

/// A line for each server that has points.
fn lines(results: &Results, is_broken: bool, points: impl Fn(usize) -> Vec<(f64, f64)>) -> Vec<Line<'static>> {
    let line = |(number, name): (usize, &&'static str)| Line {
        name,
        colour: number,
        is_broken,
        points: points(number),
    };
    let all = results.contenders.iter().enumerate().map(line);
    all.filter(|line| !line.points.is_empty()).collect()
}

fn plot(title: &str, names: [&str; 2], lines: Vec<Line<'_>>, broken: Option<&str>) -> Option<String> {
    let mut axes = axes(names, &lines)?;
    // What was measured is marked, and no more.
    let mut values: Vec<f64> = lines.iter().flat_map(|line| &line.points).map(|(x, _)| *x).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    if values.len() > 1 {
        axes[0].marks = values
            .iter()
            .map(|value| (*value, with_commas(*value as u64)))
            .collect();
    }
    Some(drawn(title, axes, lines, broken))
}

/// Axes that hold all points; `None` where there are none.
fn axes<'a>([x, y]: [&'a str; 2], lines: &[Line<'_>]) -> Option<[Axis<'a>; 2]> {
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    points().next()?;
    Some([
        Axis::of_decades(x, points().map(|(x, _)| x)),
        Axis::of_decades(y, points().map(|(_, y)| y)),
    ])
}

fn drawn(title: &str, [x, y]: [Axis<'_>; 2], lines: Vec<Line<'_>>, broken: Option<&str>) -> String {
    Plot {
        title,
        x,
        y,
        lines,
        broken,
    }
    .to_string()
}
