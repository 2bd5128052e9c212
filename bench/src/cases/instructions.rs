//! How many instructions does a delivery take outside the kernel?

use crate::error::Error;
use crate::load::{Room, Until};
use crate::measure::{Callgrind, Cores};
use crate::server::{Contender, Ports, Process};

use super::fan_out::SIXTEEN;

pub(crate) const SUBSCRIBERS: usize = 100;
/// Two runs differ in the number of messages alone, so that start and stop cancel out.
pub(crate) const MESSAGES: [u64; 2] = [160, 2_160];

/// Instructions per delivery, by round.
///
/// # Errors
/// The server fails, or valgrind is not there.
pub(crate) fn run(contender: &dyn Contender, cores: &Cores, rounds: u32) -> Result<Vec<f64>, Error> {
    let deliveries = (MESSAGES[1] - MESSAGES[0]) * (SUBSCRIBERS as u64 + 1);
    (1..=rounds)
        .map(|round| {
            eprintln!("instructions: round {round}, {}", contender.name());
            let few = count(contender, cores, MESSAGES[0])?;
            let many = count(contender, cores, MESSAGES[1])?;
            Ok(many.saturating_sub(few) as f64 / deliveries as f64)
        })
        .collect()
}

/// Counts the instructions of a whole run.
fn count(contender: &dyn Contender, cores: &Cores, messages: u64) -> Result<u64, Error> {
    let callgrind = Callgrind::new();
    let ports = Ports::free()?;
    let command = callgrind.wrap(&contender.command(&ports));
    let server = Process::start(contender.name(), command, &ports, cores)?;
    let mut room = Room::join(server.address(), contender.transport(), SUBSCRIBERS)?;
    room.publish(SIXTEEN.in_flight, Until::Messages(messages))?;
    drop(room);
    server.stop()?;
    callgrind.instructions()
}
