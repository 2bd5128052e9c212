//! What does a server cost?

mod callgrind;
mod cores;
mod cpu;
mod family;
mod machine;
mod memory;
mod metrics;
mod program;
mod watched;

pub(crate) use callgrind::Callgrind;
pub(crate) use cores::Cores;
pub(crate) use cpu::cpu_time;
pub(crate) use family::family;
pub(crate) use machine::{Machine, raise_descriptor_limit};
pub(crate) use memory::memory_bytes;
pub(crate) use metrics::Metrics;
pub(crate) use program::said;
pub(crate) use watched::annotated;
