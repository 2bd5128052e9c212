//! What can be set, and to what is it set?
//!
//! Each setting has one definition: its key, type, bounds, default, documentation and place.
//! Everything else derives from it: its flag, its name in the environment, the help, the
//! reference page and the example file.
//!
//! [`Settings::load`] reads defaults, file, environment and flags, later ones over earlier ones,
//! and gives either the configs of all parts of a node, or all [`Mistakes`] at once. Nothing is
//! guessed: a setting that is not supported yet, or that nobody knows, is a mistake.
//! [`Command`] is the whole command line of the server.
#![forbid(unsafe_code)]

pub mod command;
pub mod fault;
pub mod mistake;
pub mod settings;
pub mod source;
pub mod units;

mod arguments;
mod auth;
mod checks;
mod draft;
mod environment;
mod example;
mod file;
mod help;
mod kind;
mod listing;
mod load;
mod names;
mod namespaces;
mod nearest;
mod origins;
mod raw;
mod reading;
mod reference;
mod secret_files;
mod setting;
mod shown;
mod summary;
mod table;
mod texts;
mod tls_files;

pub use command::{CheckFormat, Command, SettingsFormat};
pub use fault::Fault;
pub use mistake::{Mistake, Mistakes};
pub use settings::{Changed, Endpoint, Log, LogFormat, Settings};
pub use source::Source;
