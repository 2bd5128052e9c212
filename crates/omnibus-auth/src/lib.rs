//! Who is this user, and may they still?
//!
//! A page shows a token that its site signed. [`Auth`] judges it, reads from the site's own user
//! table whether the user may log in and is staff, and goes on reading while they are connected.
#![forbid(unsafe_code)]

pub mod auth;
pub mod config;
pub mod counters;
pub mod secret;
pub mod token;
pub mod users;
pub mod watch;

mod attempts;
mod cache;
mod health;
mod logins;
mod readers;
mod state;

pub use auth::Auth;
pub use config::Config;
pub use counters::{Counter, Counters};
pub use secret::Secret;
pub use state::Request;
pub use token::{Claims, Keys, Refusal};
pub use users::{Database, DatabaseError, NameError, Status, Table};
pub use watch::{Grant, Listener, Told, Verdict, Watch};
