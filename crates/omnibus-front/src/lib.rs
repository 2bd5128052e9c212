//! How do browsers get in?
//!
//! A connection begins at the front door, which reads one request after the other and either
//! answers it, puts a WebSocket peer in its own place, or takes the socket to the SockJS session
//! that it is for. What a client says there is judged by `omnibus-session`; what it gets comes from
//! the hub, in the encoding of its transport ([`Dialects`]).
#![forbid(unsafe_code)]

pub mod compression;
pub mod config;
pub mod dialects;
pub mod listener;

mod address;
mod answers;
mod chunked;
mod client;
mod door;
mod encoding;
mod http;
mod login;
mod origin;
mod respond;
mod routing;
mod script;
mod sessions;
mod shared;
mod sockjs;
mod websocket;
mod witness;

pub use config::{Compression, Config, SockJs};
pub use dialects::Dialects;
pub use listener::{BindError, Front};
pub use omnibus_sockjs::Transport;
