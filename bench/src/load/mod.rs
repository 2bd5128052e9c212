//! How do clients come, publish and listen?

mod client;
mod ring;
mod room;
mod script;

pub(crate) use ring::IN_FLIGHT_MAX;
pub(crate) use room::{Room, Until};
pub(crate) use script::BODY_BYTES;
