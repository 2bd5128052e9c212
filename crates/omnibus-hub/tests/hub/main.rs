//! Does the hub keep its promises, seen from outside?
//!
//! A node of some shards over real loopback TCP, with peers that understand lines of text
//! ([`support::Lines`]) and an engine that confirms a subscription when the test says so.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod bounds;
mod ending;
mod faults;
mod input;
mod joins;
mod moving;
mod order;
mod slow;
mod support;
mod time;
mod topics;
