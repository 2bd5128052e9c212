//! What is measured?

pub(crate) mod bus;
pub(crate) mod compression;
pub(crate) mod conditions;
pub(crate) mod connect;
pub(crate) mod cost;
pub(crate) mod fan_out;
pub(crate) mod flood;
pub(crate) mod forms;
pub(crate) mod idle_memory;
pub(crate) mod instructions;
pub(crate) mod latency;
pub(crate) mod profile;
pub(crate) mod rooms;
pub(crate) mod shards;
pub(crate) mod turns;
