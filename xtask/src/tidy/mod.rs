//! Which rules of the project can a program check?
//!
//! Each rule is one file here, a function from the project's files to findings, with tests that
//! show it go red. `project` reads the files once, `code` tells code from comments and strings.

mod bare_roots;
mod circles;
mod code;
mod command;
mod finding;
mod licences;
mod metadata;
mod named_files;
mod openings;
mod paths;
mod project;
mod ranks;
mod registry;
mod unsafe_code;

pub(crate) use command::command;
