//! Why can't the bus start?

use std::io;

use thiserror::Error;

use crate::address::Address;

/// Why a node has no bus.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// An address can't be bound.
    #[error(
        "cannot bind the bus address {address}: {source}; stop the program that uses it, or set {setting} to another"
    )]
    Bind {
        /// Which one.
        address: Address,
        /// The setting that names it.
        setting: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A host name leads nowhere.
    #[error(
        "the host of the bus address {address} is not known: {source}; set {setting} to a name or an address of this machine"
    )]
    Resolve {
        /// Which one.
        address: Address,
        /// The setting that names it.
        setting: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Strangers could reach the bus, and the settings forbid it.
    #[error(
        "the bus address {address} can be reached from other machines, and bus.require_auth is on, but peers cannot authenticate yet; use loopback addresses, or set bus.require_auth to false in a network of your own"
    )]
    Open {
        /// Which one.
        address: Address,
    },
}
