//! How many instructions does a delivery take outside the kernel?

use crate::error::Error;
use crate::load::{BODY_BYTES, Crowd, Until};
use crate::measure::Callgrind;
use crate::server::{Contender, Process};

use super::fan_out::{SIXTEEN, Size, guests, pace};
use super::turns::Setting;

pub(crate) const SUBSCRIBERS: usize = 100;
/// Two runs differ in the number of messages alone, so that start and stop cancel out.
pub(crate) const MESSAGES: [u64; 2] = [160, 2_160];

/// Instructions per delivery, by round.
///
/// # Errors
/// The server fails, or valgrind is not there.
pub(crate) fn run(setting: &Setting, contender: &dyn Contender) -> Result<Vec<f64>, Error> {
    let deliveries = (MESSAGES[1] - MESSAGES[0]) * (SUBSCRIBERS as u64 + 1);
    (1..=setting.rounds)
        .map(|round| {
            eprintln!("instructions, round {round}: {}", contender.name());
            let few = count(setting, contender, MESSAGES[0])?;
            let many = count(setting, contender, MESSAGES[1])?;
            Ok(many.saturating_sub(few) as f64 / deliveries as f64)
        })
        .collect()
}

/// Counts the instructions of a whole run.
fn count(setting: &Setting, contender: &dyn Contender, messages: u64) -> Result<u64, Error> {
    let callgrind = Callgrind::new();
    let server = Process::start_by(contender, &setting.cores, |command| callgrind.wrap(&command))?;
    let size = Size::of(SUBSCRIBERS, BODY_BYTES);
    let mut crowd = Crowd::join(server.address(), guests(contender, size))?;
    crowd.converse(pace(SIXTEEN, Until::Messages(messages)))?;
    drop(crowd);
    server.stop()?;
    callgrind.instructions()
}
