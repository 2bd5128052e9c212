//! Does the crate do what ZMTP 3.1 (RFC 37) says, seen from outside?
//!
//! Bytes are written by hand or as libzmq 4.3.5 sent them; the clock is virtual.

mod handshake;
mod heartbeats;
mod limits;
mod pairs;
mod splits;
mod support;
mod traffic;
