//! How do nodes and backends meet over ZeroMQ?
//!
//! A node binds two addresses: at one come those who subscribe, at the other those who publish,
//! be they legacy sockets or nodes below (`below`). A node that is not the director holds one
//! link to the node above it, made of two connections: the downlink brings what is published,
//! the uplink takes up what is published here. The connector makes both, again
//! and again. All of them are peers in the hub's shards; [`Bus`] puts them together.
#![forbid(unsafe_code)]

pub mod address;
pub mod bus;
pub mod config;
pub mod error;
#[cfg(fuzzing)]
pub mod fuzzing;

mod below;
mod bind;
mod connector;
mod control;
mod downlink;
mod encoding;
mod engine;
mod header;
mod interest;
mod link;
mod node;
mod pipe;
mod queue;
mod uplink;
mod wire;

pub use address::{Address, AddressError, Host};
pub use bus::{Bus, Running};
pub use config::{Config, Interest, Role, WhileDown};
pub use error::Error;
