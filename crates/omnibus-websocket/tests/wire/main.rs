//! Does the crate keep RFC 6455 on the wire, whoever is at the other end?

mod client;
mod compression;
mod foreign;
mod heads;
mod limits;
mod rules;
mod streams;
