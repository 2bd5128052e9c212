//! What do the suites of the WebSocket and SockJS worlds say about our codec and transports?

mod autobahn;
mod command;
mod document;
mod echo;
mod judged;
mod python27;
mod report;
mod sockjs;

pub(crate) use command::command;
