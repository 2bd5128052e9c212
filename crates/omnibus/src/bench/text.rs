//! What has a run shown, for people?

use std::fmt::Write as _;

use super::figures::{Counts, Figures, Received, Times};
use super::plan::Pace;
use super::report::{Run, millis, seconds};

/// The generator may be the limit where it keeps more than this of its threads busy.
const BUSY: f64 = 0.9;

/// Writes the report.
pub(crate) fn of(run: &Run<'_>) -> String {
    let mut out = String::new();
    head(run, &mut out);
    joining(run, &mut out);
    if run.plan.passengers.is_some() {
        visits(run, &mut out);
    }
    if !matches!(run.plan.pace, Pace::Silent) {
        messages(run, &mut out);
    }
    disturbed(run, &mut out);
    let all = run.figures.undisturbed();
    if !all.closed.is_empty() {
        line(&mut out, "closed", &listed(&all.closed));
    }
    generator(run, &mut out);
    let verdict = if run.figures.is_clean() {
        "nothing was lost, doubled, out of order, closed or refused".to_owned()
    } else {
        faults(run.figures)
    };
    line(&mut out, "verdict", &verdict);
    out.trim_end().to_owned()
}

fn line(out: &mut String, name: &str, text: &str) {
    let _infallible = writeln!(out, "{name:<12} {text}");
}

fn head(run: &Run<'_>, out: &mut String) {
    let plan = run.plan;
    let urls: Vec<&str> = plan.targets.iter().map(|target| target.url.as_str()).collect();
    line(out, run.mode, &urls.join(" "));
    let pace = match plan.pace {
        Pace::Silent => String::new(),
        Pace::Rate(rate) => format!(", {rate} messages/s of {} bytes", plan.body_bytes),
        Pace::InFlight(count) => format!(", {count} messages of {} bytes in flight each", plan.body_bytes),
    };
    let crowd = &plan.crowd;
    let rooms = match crowd.rooms {
        0 | 1 => String::new(),
        rooms => format!(" in {} rooms", number(u64::from(rooms))),
    };
    let crowd = match (plan.passengers, crowd.clients()) {
        (Some(passengers), 0) => format!("up to {} clients at once", number(u64::from(passengers.at_once))),
        (_, clients) => format!(
            "{} clients{rooms}, {} of them publish{pace}",
            number(u64::from(clients)),
            number(u64::from(crowd.all_publishers()))
        ),
    };
    let (duration, warmup) = (seconds(plan.duration), seconds(plan.warmup));
    line(out, "", &format!("{crowd}; {duration} s after {warmup} s of warm-up"));
}

fn joining(run: &Run<'_>, out: &mut String) {
    let joining = &run.figures.joining;
    if joining.attempted == 0 {
        return;
    }
    let text = format!(
        "{} of {} in {} s, {}/s",
        number(joining.joined),
        number(joining.attempted),
        seconds(run.joining_time()),
        number(run.joined_per_second() as u64)
    );
    line(out, "connected", &text);
    times(out, "  each took", &joining.times);
    if !joining.failed.is_empty() {
        line(out, "  failed", &listed(&joining.failed));
    }
}

fn visits(run: &Run<'_>, out: &mut String) {
    let visits = &run.figures.passengers;
    let text = format!(
        "{} of {} connected, subscribed and left; {}/s measured",
        number(visits.joined),
        number(visits.attempted),
        number(run.per_second(visits.times.count()) as u64)
    );
    line(out, "visits", &text);
    times(out, "  each took", &visits.times);
    if visits.skipped > 0 {
        line(
            out,
            "  skipped",
            &format!("{} since too many were there", number(visits.skipped)),
        );
    }
    if !visits.failed.is_empty() {
        line(out, "  failed", &listed(&visits.failed));
    }
}

fn messages(run: &Run<'_>, out: &mut String) {
    let (publishing, all) = (&run.figures.publishing, run.figures.undisturbed());
    let mut text = format!(
        "{}, {}/s measured",
        number(publishing.published),
        number(run.per_second(publishing.measured) as u64)
    );
    for (count, what) in [
        (publishing.large, "large"),
        (publishing.unsent, "unsent"),
        (publishing.stalled, "stalled"),
    ] {
        if count > 0 {
            let _infallible = write!(text, ", {} {what}", number(count));
        }
    }
    line(out, "published", &text);
    let text = format!(
        "{} of {}, {}/s measured",
        number(all.delivered),
        number(all.expected),
        number(run.per_second(all.measured) as u64)
    );
    line(out, "delivered", &text);
    times(out, "  latency", &all.latency);
    times(out, "  to last", &run.time_to_last());
    if run.plan.targets.len() > 1 {
        for (index, (target, node)) in run.plan.targets.iter().zip(&run.figures.nodes).enumerate() {
            let text = format!(
                "{}: {} clients got {} of {}",
                target.url,
                number(node.clients),
                number(node.delivered),
                number(node.expected)
            );
            line(out, "node", &text);
            times(out, "  latency", &node.latency);
            times(out, "  to last", &run.time_to_last_at(index));
        }
    }
    let text = format!(
        "{} lost, {} doubled, {} out of order, {} astray",
        number(all.lost),
        number(all.doubled),
        number(all.out_of_order),
        number(all.strays)
    );
    line(out, "faults", &text);
}

fn disturbed(run: &Run<'_>, out: &mut String) {
    let figures = run.figures;
    for (name, group) in [("never read", &figures.never_read), ("slow read", &figures.slow_read)] {
        if group.clients > 0 {
            line(out, name, &fared(group));
        }
    }
    let channels = &figures.channels;
    if run.plan.channel_churn > 0.0 {
        let text = format!(
            "{} made, {} left, {} refused, {} skipped",
            number(channels.made),
            number(channels.left),
            number(channels.refused),
            number(channels.skipped)
        );
        line(out, "channels", &text);
    }
}

fn fared(group: &Received) -> String {
    let closed = match group.closed.is_empty() {
        true => "none closed".to_owned(),
        false => format!("closed {}", listed(&group.closed)),
    };
    format!(
        "{} clients got {} of {}; {closed}",
        number(group.clients),
        number(group.delivered),
        number(group.expected)
    )
}

fn generator(run: &Run<'_>, out: &mut String) {
    let threads = run.placement.all_threads();
    let used = run.cores_used();
    let mut text = format!(
        "{used} cores used by {threads} threads in {} processes",
        run.placement.processes
    );
    if used > BUSY * f64::from(threads) {
        text.push_str(": it may be the limit, not the server");
    }
    line(out, "generator", &text);
    if run.figures.send_delay.count() > 0 && matches!(run.plan.pace, Pace::Rate(_)) {
        times(out, "  sent late", &run.figures.send_delay);
    }
}

fn times(out: &mut String, name: &str, times: &Times) {
    if times.count() == 0 {
        return;
    }
    let at = |percent| millis(times.percentile(percent));
    let text = format!(
        "p50 {}, p90 {}, p99 {}, p99.9 {}, max {} ms",
        at(50.0),
        at(90.0),
        at(99.0),
        at(99.9),
        millis(times.max())
    );
    line(out, name, &text);
}

/// Says what went wrong.
pub(crate) fn faults(figures: &Figures) -> String {
    let all = figures.undisturbed();
    let sum = |counts: &Counts| counts.values().sum::<u64>();
    let counts = [
        (all.lost, "messages lost"),
        (all.doubled, "doubled"),
        (all.out_of_order, "out of order"),
        (all.strays, "astray"),
        (figures.publishing.unsent, "not sent"),
        (sum(&all.closed), "clients closed"),
        (sum(&figures.joining.failed), "clients failed to get in"),
        (sum(&figures.passengers.failed), "visits failed"),
        (figures.channels.refused, "channels refused"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", number(*count)))
        .collect();
    told.join(", ")
}

fn listed(counts: &Counts) -> String {
    let listed: Vec<String> = counts
        .iter()
        .map(|(what, count)| format!("{what}: {}", number(*count)))
        .collect();
    listed.join(", ")
}

/// Writes a number in groups of three digits.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (plain, grouped) in [(0, "0"), (999, "999"), (1_000, "1,000"), (54_001_000, "54,001,000")] {
            assert_eq!(number(plain), grouped);
        }
    }
}
