//! What does the WebSocket world's own suite say about our codec.

mod autobahn;
mod command;
mod document;
mod echo;
mod report;

pub(crate) use command::command;
