//! What does the page say of floods, of many rooms, and of clients that come?

use std::fmt::{self, Write as _};

use crate::cases::connect::{CLIENTS, Connects};
use crate::cases::cost::Cost;
use crate::cases::fan_out::THOUSAND;
use crate::cases::flood::{IN_FLIGHT_MAX, MESSAGES_PER_SECOND};
use crate::cases::rooms::{MEMBERS, ROOMS};
use crate::cases::turns::Rounds;
use crate::load::AT_ONCE;

use super::figures::{Spread, with_commas};
use super::results::Results;
use super::table::{self, Column};

/// How busy a core is that has no time left.
const FULL: f64 = 0.95;

/// Writes what happens where too much is published.
pub(super) fn flood(results: &Results, costs: &Rounds<Cost>, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## A flood\n\n\
         {} messages a second are published to {} subscribers for {} s, whatever comes back: more \
         than any of them brings. At most {} messages are under way. Counted is what has come while \
         the flood lasts; what each client has got by then is compared as ever.",
        with_commas(MESSAGES_PER_SECOND as u64),
        with_commas(THOUSAND.subscribers as u64),
        results.time.as_secs_f64(),
        with_commas(IN_FLIGHT_MAX as u64)
    )?;
    table::write(results, &[cost(costs), rate(costs)], f)
}

/// Writes what many small rooms cost.
pub(super) fn rooms(results: &Results, costs: &Rounds<Cost>, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## Many rooms\n\n\
         {ROOMS} rooms of {MEMBERS} clients. In each room one message is under way; when all its \
         members have it, the next member publishes the next one."
    )?;
    table::write(results, &[cost(costs), rate(costs)], f)
}

/// Writes what it costs to let clients in.
pub(super) fn connect(results: &Results, connects: &Rounds<Connects>, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## Clients that come\n\n\
         {} clients connect, say who they are where the server asks for that, and subscribe; {AT_ONCE} are \
         on their way at once, and those who have come stay. The core that was busy all the time has \
         set the rate.",
        with_commas(CLIENTS as u64)
    )?;
    let column = |head, figure, is_compared| Column {
        head,
        rounds: connects,
        figure,
        is_compared,
    };
    table::write(
        results,
        &[
            column("CPU ms each", &Connects::cpu_millis, true),
            column("clients a second", &Connects::per_second, false),
            column("server busy", &|connects: &Connects| connects.busy()[0], false),
            column("clients busy", &|connects: &Connects| connects.busy()[1], false),
        ],
        f,
    )?;
    let busy = |number: usize, core: usize| Spread::of(connects[number].iter().map(|round| round.busy()[core]));
    let limits = results.contenders.iter().enumerate().filter_map(|(number, name)| {
        let (server, clients) = (busy(number, 0)?.median, busy(number, 1)?.median);
        let limit = match (server >= FULL, clients >= FULL) {
            (true, false) => "the server",
            (false, true) => "the clients",
            (true, true) => "both",
            (false, false) => "waiting",
        };
        Some(format!("{name}: {limit}"))
    });
    writeln!(f, "\nWhat limited the rate: {}.", limits.collect::<Vec<_>>().join("; "))
}

fn cost(costs: &Rounds<Cost>) -> Column<'_, Cost> {
    Column {
        head: "CPU s per million deliveries",
        rounds: costs,
        figure: &Cost::cpu_seconds_per_million,
        is_compared: true,
    }
}

fn rate(costs: &Rounds<Cost>) -> Column<'_, Cost> {
    Column {
        head: "deliveries a second",
        rounds: costs,
        figure: &Cost::deliveries_per_second,
        is_compared: false,
    }
}
