//! How do clients come, publish and listen?

mod belt;
mod connection;
mod ring;
mod room;
mod script;
mod socket;
mod stream;
mod transport;

pub(crate) use belt::Belt;
pub(crate) use ring::IN_FLIGHT_MAX;
pub(crate) use room::{Room, Until};
pub(crate) use script::BODY_BYTES;
pub(crate) use transport::Transport;
