//! How is it counted what was done, dropped and refused?
//!
//! A crate names its counters once, with [`counters!`]: from the one list come the enum that code
//! counts by, the keys that the log prints, and the names and texts of metrics.

#![forbid(unsafe_code)]

mod counters;
mod define;

pub use counters::{Countable, Counters};
