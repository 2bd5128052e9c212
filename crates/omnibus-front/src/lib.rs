//! How do browsers get in?
#![forbid(unsafe_code)]

pub mod config;

pub use config::Config;
