//! Which security mechanisms are there, and what do they put into the greeting?

use crate::error::Error;

/// Names a security mechanism; both ends must have the same (RFC 37, "Authentication and
/// Confidentiality").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// No authentication, no secrecy (RFC 37, "The NULL Security Mechanism").
    Null,
}

impl Mechanism {
    /// Gives the name as the greeting carries it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "NULL",
        }
    }

    /// Says whether our greeting claims the server's role; NULL has none.
    pub(crate) fn claims_server(self) -> bool {
        match self {
            Self::Null => false,
        }
    }

    /// Checks the as-server field of the peer's greeting.
    pub(crate) fn check_peers_role(self, value: u8) -> Result<(), Error> {
        let needed = match self {
            Self::Null => 0,
        };
        if value == needed {
            return Ok(());
        }
        Err(Error::AsServerMismatch {
            value,
            mechanism: self.name(),
            needed,
        })
    }
}
