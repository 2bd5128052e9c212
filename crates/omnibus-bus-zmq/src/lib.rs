//! How do nodes and backends meet over ZeroMQ?
#![forbid(unsafe_code)]

pub mod address;
pub mod config;

pub use address::{Address, AddressError, Host};
pub use config::{Config, Interest, Role, WhileDown};
