//! Is omnibusd a SockJS server, as the protocol's public suite asks, and does a session keep what
//! a WebSocket keeps?
//!
//! The rules are those of sockjs-protocol, in tests of our own; `cargo xtask conformance --sockjs`
//! runs the suite itself.

mod hostile;
mod rules;
mod sessions;
mod table;
mod websockets;
