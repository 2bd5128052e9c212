//! How do clients come, publish and listen?

mod client;
mod room;
mod script;

pub(crate) use room::{IN_FLIGHT_MAX, Room, Until};
pub(crate) use script::BODY_BYTES;
