//! What is measured?

pub(crate) mod bus;
pub(crate) mod fan_out;
pub(crate) mod idle_memory;
pub(crate) mod instructions;
pub(crate) mod sockjs;
