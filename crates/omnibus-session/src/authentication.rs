//! Who does this client say it is, and is it believed?
//!
//! The argument of `!authenticate` is `identifier` or
//! `identifier:<proof>`, where the proof is whatever the authenticator
//! understands. Reading it ([`Credentials`]), judging it ([`Authenticator`])
//! and acting on the judgement (`Session::on_authentication`) are
//! three steps, so that a judgement may come later and from elsewhere.

use omnibus_protocol::{Identifier, NameError};

use crate::rights::Rights;

/// What a client showed to be let in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// What it wants to be called: the argument up to the first colon. The
    /// original took the whole argument, and with it published the token
    /// inside `sender` (N03).
    pub identifier: Identifier<'a>,
    /// Everything behind that colon. A secret: never log it.
    pub proof: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Reads the argument of `!authenticate`.
    ///
    /// # Errors
    /// The identifier is no legal one; an empty one is (N02).
    pub fn parse(argument: &'a str) -> Result<Self, NameError> {
        let (identifier, proof) = match argument.split_once(':') {
            Some((identifier, proof)) => (identifier, Some(proof)),
            None => (argument, None),
        };
        Ok(Self {
            identifier: Identifier::parse(identifier)?,
            proof,
        })
    }
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("identifier", &self.identifier)
            .field("proof", &self.proof.map(|_| "(hidden)"))
            .finish()
    }
}

/// What an authenticator made of the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The client is who it says, and may do this.
    Granted {
        /// What it is called from now on.
        identifier: Identifier<'a>,
        /// What it may do.
        rights: Rights,
    },
    /// It is not believed; an identity it had before is gone.
    Refused,
}

/// Who decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authenticator {
    /// Believes everyone and looks at no proof (N01–N04).
    #[default]
    NoOp,
}

impl Authenticator {
    /// Judges credentials at once.
    #[must_use]
    pub fn judge<'a>(self, credentials: Credentials<'a>) -> Outcome<'a> {
        match self {
            Self::NoOp => Outcome::Granted {
                identifier: credentials.identifier,
                rights: Rights::ALL,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_never_reaches_a_log() {
        let credentials = Credentials::parse("uuid:1:5570b1b0").unwrap();
        assert_eq!(credentials.identifier.as_str(), "uuid");
        assert_eq!(credentials.proof, Some("1:5570b1b0"));
        let logged = format!("{credentials:?}");
        assert!(!logged.contains("5570b1b0"), "{logged}");
    }
}
