//! How is one server started, found and stopped?

mod contender;
mod original;
mod ours;
mod process;
mod relay;

pub(crate) use contender::{Contender, Ports};
pub(crate) use original::Original;
pub(crate) use ours::{Ours, OursBy};
pub(crate) use process::Process;
pub(crate) use relay::{Relay, Relaying, python};
