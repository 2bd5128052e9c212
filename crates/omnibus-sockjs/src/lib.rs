//! How does SockJS carry messages? Protocol 0.3, server side, without I/O.
//!
//! ```text
//! path ──route──▶ Route: greeting, info, iframe, or a session and its transport
//! body ──Messages::check──▶ Messages, the texts that a client sends
//! text ──message, heartbeat, close …──▶ a frame ──Wrap──▶ the bytes of one transport
//! ```
//!
//! The crate is told bytes and returns bytes: sessions, their time and their sockets are the
//! caller's. Nothing here recurses, and nothing keeps more than it was given.
#![forbid(unsafe_code)]

mod callback;
mod chunk;
mod escape;
mod form;
mod frame;
mod iframe;
mod info;
mod messages;
mod parked;
mod route;
mod wrap;

pub use callback::{CALLBACK_BYTES_MAX, Callback, CallbackError};
pub use form::form_payload;
pub use frame::{append_close, append_heartbeat, append_message, append_open};
pub use iframe::Iframe;
pub use info::Info;
pub use messages::{Messages, MessagesError};
pub use parked::{append_parked, drain_parked};
pub use route::{Route, SessionRoute, Transport, route};
pub use wrap::{Framing, Wrap};
