//! How do nodes and backends meet over ZeroMQ?
//!
//! A node binds two addresses: at one come those who subscribe, at the other those who publish,
//! be they legacy sockets or nodes below. A node that is not the director holds one link to the
//! node above it, made of two connections: the downlink brings what is published, the uplink takes
//! up what is published here. The connector makes both, again and again. All of them are peers in
//! the hub's shards; [`Bus`] puts them together.
//!
//! From a connection's bytes to a publication, and up and down again:
//!
//! | question | where |
//! |---|---|
//! | which addresses are there, and how are they bound? | [`address`], `bind` |
//! | how do bytes become events, on every connection? | `pipe`, as `wire` presents this node |
//! | what does a peer at this node's addresses say? | `below`; of nodes, `below/from_node` and `below/to_node` |
//! | in which form does it get publications? | `encoding` |
//! | how do nodes know each other, and what do they say? | `node`, `header`, `control` |
//! | where does a publication of a forwarder go? | `engine`, `link`, `queue`, `uplink` |
//! | what comes down to it? | `interest`, `downlink` |
//! | who keeps the link? | `connector` |
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
