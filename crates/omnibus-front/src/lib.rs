//! How do browsers get in?
//!
//! A connection begins at the front door, which reads one request after the other and either
//! answers it, puts a WebSocket peer in its own place, or takes the socket to the SockJS session
//! that it is for. What a client says there is judged by `omnibus-session`; what it gets comes from
//! the hub, in the encoding of its transport ([`Dialects`]).
//!
//! ```text
//! listener ─▶ door ─▶ routing ─┬─▶ websocket ───────┬─▶ client ─▶ what the session decides
//!                              ├─▶ sockjs/session ──┘
//!                              └─▶ respond, script: a response (http), and that is all
//! ```
#![forbid(unsafe_code)]

mod address;
mod answers;
mod chunked;
mod client;
mod compression;
mod config;
mod dialects;
mod door;
mod encoding;
mod http;
mod listener;
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

#[cfg(feature = "conformance")]
pub use config::Conformance;
pub use config::{Compression, Config, SockJs};
pub use dialects::Dialects;
pub use listener::{BindError, Front};
pub use omnibus_sockjs::Transport;
