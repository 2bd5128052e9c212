//! Who does this client say it is, and is it believed?
//!
//! The argument of `!authenticate` is `identifier` or
//! `identifier:<proof>`, where the proof is whatever the authenticator
//! understands. Reading it ([`Credentials`]), judging it ([`Authenticator`])
//! and acting on the judgement (`Session::on_authentication`) are
//! three steps, so that a judgement may come later and from elsewhere.

use std::time::Instant;

use omnibus_protocol::{Identifier, NameError};

use crate::standing::Standing;

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
        grant: Grant,
    },
    /// It is not believed; an identity it had before is gone.
    Refused,
}

/// What a client was let in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What is known of it.
    pub standing: Standing,
    /// Whether it may read only, whatever its standing.
    pub read_only: bool,
    /// When it has to prove itself anew, if ever.
    pub expires_at: Option<Instant>,
}

impl Grant {
    /// A client that has proved nothing, and need not.
    pub const ANYONE: Self = Self {
        standing: Standing::Anyone,
        read_only: false,
        expires_at: None,
    };
}

/// Who decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authenticator {
    /// Believes everyone and looks at no proof (N01–N04).
    #[default]
    NoOp,
    /// Lets everyone in as nobody in particular, and has proofs judged elsewhere (U01, U02).
    User,
}

/// What can be said of credentials at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement<'a> {
    /// Everything.
    Now(Outcome<'a>),
    /// That somebody else has to judge them.
    Later,
}

impl Authenticator {
    /// Judges credentials, as far as that can be done at once.
    #[must_use]
    pub fn judge<'a>(self, credentials: Credentials<'a>) -> Judgement<'a> {
        match (self, credentials.proof) {
            (Self::User, Some(_)) => Judgement::Later,
            (Self::NoOp, _) | (Self::User, None) => Judgement::Now(Outcome::Granted {
                identifier: credentials.identifier,
                grant: Grant::ANYONE,
            }),
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
