//! What does the page say of clients that behave badly?

use std::fmt::{self, Write as _};

use crate::cases::conditions::{DISTURBANCES, Endured, MESSAGES_PER_SECOND, SUBSCRIBERS, TIMES_AS_LONG};
use crate::cases::cost::quotients;
use crate::cases::turns::Rounds;

use super::figures::{shown, with_commas};
use super::results::Results;

/// What the allocator may keep of what a disturbance took, beside its share of all.
pub(super) const SLACK_BYTES: u64 = 1 << 20;

/// Writes the section.
pub(super) fn write(results: &Results, rounds: &Rounds<Endured>, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## Bad conditions\n\n\
         `omnibus bench latency` with {} subscribers of one channel and {MESSAGES_PER_SECOND} messages of \
         128 bytes a second, first undisturbed, then with each disturbance, a server started anew for \
         each; {} s each, since messages are few. Milliseconds from when a message was due until an \
         undisturbed client has read it; ratios are those of one round. *Faults* are deliveries to \
         undisturbed clients that were lost, doubled or out of order, and undisturbed clients that did \
         not get in or did not stay: the sum of all rounds. *Closed* are clients that the server ended \
         because they read too slowly, and *dropped* deliveries that it kept from those that stayed, as \
         its metrics say. The server has one core; all clients, those that disturb too, share the other, \
         and their part is in the latency.\n\n\
         | disturbance | of it | p50 | p99 | ÷ none | p99.9 | ÷ none | faults | closed | dropped | server's cores | clients' cores |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        with_commas(SUBSCRIBERS.into()),
        (results.time * TIMES_AS_LONG).as_secs_f64(),
    )?;
    for (disturbance, endured) in DISTURBANCES.iter().zip(rounds) {
        let of_all = |figure: fn(&Endured) -> f64| shown(endured.iter().map(figure));
        let ratio = |figure: fn(&Endured) -> f64| shown(quotients(endured, &rounds[0], figure));
        let extent = match disturbance.extent {
            Some((_, unit)) => format!("{} {unit}", of_all(|endured| endured.extent)),
            None => "–".to_owned(),
        };
        writeln!(
            f,
            "| {} | {extent} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            disturbance.name,
            of_all(|endured| endured.p50),
            of_all(|endured| endured.p99),
            ratio(|endured| endured.p99),
            of_all(|endured| endured.p999),
            ratio(|endured| endured.p999),
            faults(endured),
            of_all(|endured| endured.closed_slow),
            of_all(|endured| endured.dropped),
            of_all(|endured| endured.server_cores),
            of_all(|endured| endured.client_cores),
        )?;
    }
    memory(rounds, f)
}

fn memory(rounds: &Rounds<Endured>, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\nAt this rate the kernel takes what a client does not read for minutes: up to \
         `net.ipv4.tcp_wmem` and `tcp_rmem` for each. Only the last row brings so much that \
         `client.outbox_bytes_max` is passed.\n\n\
         The server's memory (`RssAnon`, KiB): before anyone came, at the height, and a second after \
         all clients were gone. What is left is compared with what the undisturbed run left, because an \
         allocator keeps some of what 1,000 clients took; {} KiB more may be kept beside a tenth. \
         Why, and what was tried: [tried.md](tried.md).\n\n\
         | disturbance | before | height | after | after ÷ none |\n|---|---:|---:|---:|---:|",
        with_commas(SLACK_BYTES >> 10)
    )?;
    for (disturbance, endured) in DISTURBANCES.iter().zip(rounds) {
        let kibibytes =
            |bytes: fn(&Endured) -> u64| shown(endured.iter().map(|endured| bytes(endured) as f64 / 1024.0));
        writeln!(
            f,
            "| {} | {} | {} | {} | {} |",
            disturbance.name,
            kibibytes(|endured| endured.before),
            kibibytes(|endured| endured.height),
            kibibytes(|endured| endured.after),
            shown(quotients(endured, &rounds[0], |endured| endured.after as f64)),
        )?;
    }
    Ok(())
}

/// All of them, of all rounds.
pub(super) fn faults(rounds: &[Endured]) -> f64 {
    rounds.iter().map(|endured| endured.faults).sum()
}

/// What is kept beyond the slack, of what the undisturbed run of the same round has left; by round.
pub(super) fn kept(rounds: &[Endured], undisturbed: &[Endured]) -> Vec<f64> {
    let pairs = rounds.iter().zip(undisturbed);
    pairs
        .map(|(endured, undisturbed)| endured.after.saturating_sub(SLACK_BYTES) as f64 / undisturbed.after as f64)
        .collect()
}
