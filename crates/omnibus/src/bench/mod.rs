//! What will a machine carry? `omnibus bench` asks it.
//!
//! [`run`] is the parent: it makes the [`plan`], lets a [`crew`] of threads, and of child
//! processes where one process has not enough descriptors, connect, publish and listen, and
//! prints a [`report`]. Each thread is a [`swarm`]: one event loop and a slab of [`client`]s,
//! without a task or a timer of their own.

mod alarm;
mod arguments;
mod client;
mod clock;
mod conductor;
mod crew;
mod decoder;
mod figures;
mod frame;
mod handshake;
mod ledger;
mod message;
mod orders;
mod placement;
mod plan;
mod progress;
mod report;
mod schedule;
mod sequence;
mod setup;
mod sources;
mod swarm;
mod text;
mod window;
mod worker;

pub(crate) use arguments::Bench;
pub(crate) use conductor::run;
