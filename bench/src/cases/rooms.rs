//! What does a delivery cost where many small channels are alive at once?

use crate::error::Error;
use crate::load::{BODY_BYTES, Crowd, Fill, Guests, Pace, Speaker, Until};
use crate::server::{Contender, Process};

use super::cost::Cost;
use super::turns::{Rounds, Setting, takes};

pub(crate) const ROOMS: usize = 500;
pub(crate) const MEMBERS: usize = 10;

/// Measures the contenders in turn. In each room one message is under way; who has said the last
/// one leaves the next to the next member.
///
/// # Errors
/// A server fails, or does not deliver every message once and in order.
pub(crate) fn run(setting: &Setting, contenders: &[&dyn Contender]) -> Result<Rounds<Cost>, Error> {
    let what = format!("{ROOMS} rooms of {MEMBERS}");
    setting.in_turn(&what, takes(ROOMS * MEMBERS), contenders, |_, contender| {
        measure(setting, contender)
    })
}

fn measure(setting: &Setting, contender: &dyn Contender) -> Result<Cost, Error> {
    let server = Process::start(contender, &setting.cores)?;
    let guests = Guests {
        publisher: contender.publisher(),
        subscriber: contender.dialect(),
        rooms: ROOMS,
        clients: MEMBERS,
        body_bytes: BODY_BYTES,
        fill: Fill::Dots,
        in_flight_max: 4,
    };
    let mut crowd = Crowd::join(server.address(), guests)?;
    let pace = |time| Pace {
        in_flight: 1,
        speaker: Speaker::EachInTurn,
        until: Until::Elapsed(time),
    };
    crowd.converse(pace(setting.time / 4))?;
    let cost = Cost::of(&server, || crowd.converse(pace(setting.time)))?;
    drop(crowd);
    server.stop()?;
    Ok(cost)
}
