//! What may this client do now?
//!
//! The rules of one connected client, without a socket, a clock or a channel
//! index: it is told a text and the time and answers with a [`Decision`],
//! which the caller carries out. One [`Session`] lives per connection; the
//! [`Rules`] are shared by all.
//!
//! Ids such as N18 name a recording of the original server in
//! `spec/transcripts`.
#![forbid(unsafe_code)]

pub mod authentication;
pub mod decision;
pub mod namespace;
pub mod pattern;
pub mod rules;
pub mod session;
pub mod standing;

pub use authentication::{Authenticator, Credentials, Grant, Judgement, Outcome};
pub use decision::{Decision, Reason};
pub use namespace::{Namespace, Namespaces};
pub use pattern::Pattern;
pub use rules::Rules;
pub use session::Session;
pub use standing::{Audience, Standing};
