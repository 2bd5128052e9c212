//! Does a hot path need more instructions than it did?

mod command;
mod count;
mod figures;
mod verdict;

pub(crate) use command::{check, command};
