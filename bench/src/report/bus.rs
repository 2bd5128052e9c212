//! What does the page say of the bus?

use std::fmt::{self, Write as _};

use crate::cases::bus::{Bus, IN_FLIGHT, MANY, Nanos, RATE};
use crate::server::{Cluster, Relay};

use super::figures::{Spread, shown};

/// What the project promises, in nanoseconds of CPU for a delivery: to one, and to each of many.
const TARGETS: [f64; 2] = [150.0, 30.0];

/// Appends the section.
pub(super) fn write(bus: &Bus, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## Relaying on the bus\n\n\
         CPU time of the relay's process, kernel included, for a delivery of 128 bytes: a director \
         beside `zmq.proxy` of the libzmq that pyzmq carries, between an XSUB and an XPUB, and beside \
         what copies bytes from socket to socket, a `read` and a `write` for each subscriber, and \
         knows no messages. Each is bound to one core. *1 to 1*: a publisher and a subscriber of pyzmq, in one process. *1 to \
         {MANY}*: sockets of the benchmark that speak no more ZMTP than it takes, and compare all \
         that comes. The publisher is at most {IN_FLIGHT} messages ahead of the slowest \
         subscriber.\n"
    )?;
    let [ours, proxy, copier] = Relay::ALL.map(Relay::name);
    writeln!(
        f,
        "| | {ours}: ns | {proxy}: ns | {copier}: ns | {proxy} ÷ ours | ours ÷ {copier} | target |\n\
         |---|---:|---:|---:|---:|---:|---|"
    )?;
    let rows: [(String, &Nanos); 2] = [("1 to 1".to_owned(), &bus.pair), (format!("1 to {MANY}"), &bus.many)];
    for ((name, [ours, proxy, copier]), target) in rows.iter().zip(TARGETS) {
        let is_met = Spread::of(ours.iter().copied()).is_some_and(|ours| ours.median <= target);
        writeln!(
            f,
            "| {name} | {} | {} | {} | {} | {} | {target} ns: {} |",
            shown(ours.iter().copied()),
            shown(proxy.iter().copied()),
            shown(copier.iter().copied()),
            shown(ratios(proxy, ours)),
            shown(ratios(ours, copier)),
            if is_met { "met" } else { "not met" }
        )?;
    }
    crossings(bus, f)
}

/// Of each round, how many times as much it was.
fn ratios(these: &[f64], those: &[f64]) -> impl Iterator<Item = f64> {
    these.iter().zip(those).map(|(this, that)| this / that)
}

fn crossings(bus: &Bus, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\nFrom a client of one node to a client of another, both by WebSocket, {RATE} messages of 128 \
         bytes a second: microseconds from the publisher's write to the subscriber's read. Both nodes \
         share one core, and both clients another. nats-servers are routed as a cluster of two.\n\n\
         | | p50 | p99 |\n|---|---:|---:|"
    )?;
    for (cluster, rounds) in Cluster::ALL.iter().zip(&bus.crossings) {
        writeln!(
            f,
            "| {} | {} | {} |",
            cluster.name(),
            shown(rounds.iter().map(|round| round.p50)),
            shown(rounds.iter().map(|round| round.p99))
        )?;
    }
    Ok(())
}
