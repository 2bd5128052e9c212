//! What does a delivery cost where more is published than the server can bring?

use crate::error::Error;
use crate::load::{Crowd, End, Guests, Rate, Run};
use crate::server::{Contender, Process};

use super::cost::Cost;
use super::fan_out::{THOUSAND, guests};
use super::turns::{Rounds, Setting};

pub(crate) const MESSAGES_PER_SECOND: f64 = 10_000.0;

/// Messages that may be under way: beyond them the publisher waits, however much is due. All of
/// them together find room in what omnibusd keeps for a client that is slow, 1 MiB, so that none
/// is closed where the clients are slower than the server.
pub(crate) const IN_FLIGHT_MAX: usize = 7_168;

/// Measures the contenders in turn, from the first message on and as long as messages are due.
/// What has not come by then is not waited for.
///
/// # Errors
/// A server fails, or delivers something else than what is due.
pub(crate) fn run(setting: &Setting, contenders: &[&dyn Contender]) -> Result<Rounds<Cost>, Error> {
    setting.in_turn(
        "flood",
        |_, contender| contender.carries_much(),
        contenders,
        |_, contender| measure(setting, contender),
    )
}

fn measure(setting: &Setting, contender: &dyn Contender) -> Result<Cost, Error> {
    let server = Process::start(contender, &setting.cores)?;
    let guests = Guests {
        in_flight_max: IN_FLIGHT_MAX.min(contender.waiting_max()),
        ..guests(contender, THOUSAND)
    };
    let mut crowd = Crowd::join(server.address(), guests)?;
    let rate = Rate {
        messages_per_second: MESSAGES_PER_SECOND,
        time: setting.time,
        end: End::Leave,
    };
    let cost = Cost::of(&server, || {
        let outcome = crowd.broadcast(rate)?;
        Ok(Run {
            deliveries: outcome.deliveries,
            elapsed: outcome.elapsed,
        })
    })?;
    drop(crowd);
    server.stop()?;
    Ok(cost)
}
