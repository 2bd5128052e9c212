//! How do operators see what a node does?
//!
//! [`Api`] is an HTTP listener of its own, apart from that of browsers, in the small runtime beside
//! the shards. It answers at `/metrics` with what the hub, logins and hooks count, in OpenMetrics
//! text. No shard is asked for it: everything is read from where it stands already.

#![forbid(unsafe_code)]

pub mod config;
pub mod listener;
pub mod process;
pub mod sources;

mod answers;
mod collector;
mod counted;
mod families;
mod family;
mod serving;

#[cfg(test)]
mod reference;

pub use config::Config;
pub use listener::{Api, BindError, Running};
pub use process::Process;
pub use sources::Sources;
