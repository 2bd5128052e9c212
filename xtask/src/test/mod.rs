//! What must hold before a change lands?

mod command;
mod counts;
mod steps;

pub(crate) use command::command;
