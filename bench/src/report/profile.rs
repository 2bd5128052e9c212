//! What does the page of the profile say?

use std::fmt::Write as _;

use crate::cases::profile::{Profile, Sample};
use crate::measure::Machine;

use super::figures::rounded;

/// Functions that are told by name; the others are one row.
const FUNCTIONS_MAX: usize = 30;

/// The whole page.
pub(crate) fn page(profile: &Profile, machine: &Machine) -> String {
    let mut text = String::new();
    write(profile, machine, &mut text).expect("a string takes all that is written");
    text
}

fn write(profile: &Profile, machine: &Machine, f: &mut String) -> std::fmt::Result {
    let nanos = |percent: f64| profile.nanos * percent / 100.0;
    let sum = |is_kernel| {
        let samples = profile.samples.iter().filter(|sample| sample.is_kernel() == is_kernel);
        samples.map(|sample| sample.percent).sum::<f64>()
    };
    let (kernel, own) = (sum(true), sum(false));
    writeln!(
        f,
        "<!-- Written by `cargo xtask bench profile`: don't edit. -->\n\n\
         # Where a delivery's time goes\n\n\
         Fan-out to 1,000 subscribers, 16 in flight, one shard on one core, as in \
         [performance.md](performance.md): {} ns of CPU for each delivery, of which {} in the \
         kernel and {} outside.\n\n\
         - commit: {}\n- built with {}\n- {}, {} cores, {} GiB; Linux {}\n\n\
         `cargo xtask bench profile` makes this page anew. Shares are samples of `perf record \
         --event cpu-clock`; nanoseconds are those shares of what was measured without perf.\n\n\
         ## By function\n\n\
         | ns | share | where | function |\n|---:|---:|---|---|",
        rounded(profile.nanos),
        rounded(nanos(kernel)),
        rounded(nanos(own)),
        machine.commit,
        machine.compiler,
        machine.processor,
        machine.cores,
        machine.memory_gibibytes,
        machine.kernel,
    )?;
    for sample in profile.samples.iter().take(FUNCTIONS_MAX) {
        let Sample {
            percent,
            object,
            function,
        } = sample;
        let place = if sample.is_kernel() { "kernel" } else { object };
        writeln!(
            f,
            "| {:.2} | {percent:.1} % | {place} | `{function}` |",
            nanos(*percent)
        )?;
    }
    let rest: f64 = profile
        .samples
        .iter()
        .skip(FUNCTIONS_MAX)
        .map(|sample| sample.percent)
        .sum();
    writeln!(f, "| {:.2} | {rest:.1} % | | all others |", nanos(rest))?;
    let all: f64 = profile.instructions.iter().map(|(_, count)| count).sum();
    writeln!(
        f,
        "\n## Instructions outside the kernel\n\n\
         {} for a delivery, counted by callgrind; what the compiler has put into a function counts as \
         the function's. What a message costs once is spread over its deliveries.\n\n\
         | instructions | function |\n|---:|---|",
        rounded(all)
    )?;
    for (function, count) in profile.instructions.iter().take(FUNCTIONS_MAX / 2) {
        writeln!(f, "| {count:.2} | `{function}` |")?;
    }
    Ok(())
}
