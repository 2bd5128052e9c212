//! How do browsers get in?
//!
//! A connection begins at the front door, which reads one request head and then either
//! answers it or puts a WebSocket peer in its own place. What a client says there is
//! judged by `omnibus-session`; what it gets comes from the hub, in the encoding `ws`.
#![forbid(unsafe_code)]

pub mod config;
pub mod encoding;
pub mod listener;

mod address;
mod answers;
mod client;
mod door;
mod login;
mod origin;
mod respond;
mod script;
mod shared;
mod websocket;
mod witness;

pub use config::Config;
pub use encoding::WebSocketText;
pub use listener::{BindError, Front};
