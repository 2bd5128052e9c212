//! Who gets what, in which order?
//!
//! [`start`] runs the shards: threads with a plain event loop each, which hold the connections
//! ([`Peer`]s), the index of their subscriptions and their outboxes. Whatever is published goes
//! through the [`Engine`] to the sequencer, which gives a channel its one order and hands the
//! [`Publication`] to the shards that have subscribers of it. The [`Hub`] is the handle by which
//! everything else reaches them.
//!
//! This crate knows neither WebSocket nor ZeroMQ: it moves bytes that [encoders](Encode) made for
//! peers that explain themselves through the [`Peer`] trait.

#![forbid(unsafe_code)]

pub mod config;
pub mod counters;
pub mod encoding;
pub mod engine;
pub mod hub;
pub mod outcome;
pub mod peer;
pub mod publication;
pub mod running;
pub mod shard_name;
pub mod stats;
pub mod stream;
pub mod tls;
pub mod topic;

mod connection;
mod ids;
mod inbox;
mod index;
mod outbox;
mod prefixes;
mod sequencer;
mod shard;
mod shrink;
mod turn;
mod wheel;

pub use config::Config;
pub use counters::{Counter, Counters, NodeCounters};
pub use encoding::{Encode, EncodingId, Encodings};
pub use engine::{Engine, LinkFigures, Standalone};
pub use hub::Hub;
pub use outcome::{Join, Refused, Source, Subscribed};
pub use peer::{Context, Overflow, Peer, PeerId, Post, SocketEvent};
pub use publication::Publication;
pub use running::{Running, start};
pub use shard_name::ShardName;
pub use stats::{ShardFigures, TurnLengths};
pub use stream::{Accept, Listener, Stream};
pub use tls::{Tls, TlsError};
pub use topic::Topic;
