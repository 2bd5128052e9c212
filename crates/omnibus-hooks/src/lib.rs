//! What is the application told of its clients?
//!
//! Where a receiver is configured, whoever comes, goes, joins and leaves is told to it by `POST`,
//! as `spec/hooks.md` says. [`Hooks::send`] is called on shard threads and never waits: it writes
//! the event down, behind those of the same connection. Lanes of a tokio runtime take what has
//! gathered, sign it and send it, until it is received or a minute is over.
//!
//! ```text
//!   shard ─▶ send ─▶ ┌ lane 0 ┐ ─▶ batch ─▶ POST ─▶ 2xx: received
//!   shard ─▶ send ─▶ │  ...   │              ▲ │
//!   shard ─▶ send ─▶ └ lane 7 ┘              └─┴ else: a pause, and again
//! ```
#![forbid(unsafe_code)]

pub mod config;
pub mod counters;
pub mod event;
pub mod hooks;
pub mod signature;

mod batch;
mod lane;
mod pauses;
mod queue;
mod receiver;
mod request;

pub use config::{BadUrl, Config, EventSet, Node, ReceiverUrl, Secret};
pub use counters::{Counter, Counters};
pub use event::{Event, Kind};
pub use hooks::{Hooks, Running, StartError};
