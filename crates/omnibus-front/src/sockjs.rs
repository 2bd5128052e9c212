//! What does a request below the base URL want of SockJS?

mod asking;
mod receiving;
mod sending;
mod session;

pub(crate) use asking::{Asked, ask};
pub(crate) use receiving::Receive;
pub(crate) use sending::{Batch, Incoming, Sending, Taken, frame_bytes_max};
pub(crate) use session::SockSession;
