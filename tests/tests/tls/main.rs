//! Is what a node serves by TLS what it serves without, whoever the client is?
//!
//! The other side is never ours: OpenSSL (by itself, below Python, below curl) and Chromium.

mod clients;
mod hostile;
mod mistakes;
mod server;
mod traffic;
mod windows;
