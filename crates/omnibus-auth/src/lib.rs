//! Who is this user, and may they still?
//!
//! A page shows a token that its site signed; this crate judges it and keeps the judgement true.
#![forbid(unsafe_code)]

pub mod secret;
pub mod token;

pub use secret::Secret;
pub use token::{Claims, Keys, Refusal};
