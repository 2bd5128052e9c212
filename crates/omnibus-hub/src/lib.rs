//! Who gets what, in which order?
//!
//! A [`Hub`] owns the [shards](shard): threads with a plain event loop each, which hold the
//! connections ([`Peer`]s), the index of their subscriptions and their outboxes. Whatever is
//! published goes through the [`Engine`] to the [sequencer](sequencer), which gives a channel its
//! one order and hands the [`Publication`] to the shards that have subscribers of it.
//!
//! This crate knows neither WebSocket nor ZeroMQ: it moves bytes that [encoders](Encode) made for
//! peers that explain themselves through the [`Peer`] trait.

pub mod config;
pub mod counters;
pub mod encoding;
pub mod engine;
pub mod hub;
pub mod peer;
pub mod publication;
pub mod stream;
pub mod topic;

mod connection;
mod ids;
mod inbox;
mod index;
mod outbox;
mod prefixes;
mod sequencer;
mod shard;
mod turn;
mod wheel;

pub use config::Config;
pub use counters::{Counter, Counters};
pub use encoding::{Encode, EncodingId, Encodings};
pub use engine::{Engine, Join, Refused, Source, Standalone};
pub use hub::{Accept, Hub, Running};
pub use peer::{Overflow, Peer, PeerId};
pub use publication::Publication;
pub use shard::context::{Context, Subscribed};
pub use stream::{Listener, Stream};
pub use topic::Topic;
