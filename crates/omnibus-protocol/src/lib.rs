//! What do the words on the wire mean?
//!
//! Names, commands, replies, envelopes, close codes and limits of the client
//! protocol, as pure functions over borrowed bytes: no I/O, no clock, no
//! state. `spec/README.md` says the same in words.
//!
//! Ids such as N18 name a recording of the original server in
//! `spec/transcripts`.
#![forbid(unsafe_code)]

pub mod channel;
pub mod close;
pub mod command;
pub mod envelope;
pub mod json;
pub mod json_error;
pub mod json_string;
mod json_token;
pub mod limits;
pub mod reply;

pub use channel::{ChannelName, ChannelNameBuf, Identifier, IdentifierBuf, NameError};
pub use close::Close;
pub use command::{ClientText, Command};
pub use envelope::{BodyError, BodyPolicy, check_client_frame, split_frame};
pub use json_error::ScanError;
pub use limits::Limits;
pub use reply::{Payload, Reply};
