//! Did the site sign this, and for how long does it hold?
//!
//! `spec/tokens.md` says what a token looks like, `spec/tokens.json` holds vectors.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::secret::Secret;

mod form;

use form::{Form, Signed, is_user};

/// The secrets that sign, and what is taken beside them.
#[derive(Clone)]
pub struct Keys {
    /// What the site signs with now.
    pub present: Secret,
    /// What it signed with before, while tokens of that time are still about.
    pub previous: Option<Secret>,
    /// Whether the original's tokens, which never end, are taken too.
    pub original_tokens: bool,
}

/// What a genuine token says beside its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The Unix second at which it ends; the original's never does.
    pub expiry: Option<u64>,
    /// Whether its user may read only, whatever they may else.
    pub read_only: bool,
}

/// Why a token is not believed. It carries nothing of the token, so that it is safe in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It has not the form of a token.
    #[error("the token has no known form")]
    Malformed,
    /// It is the original's, which is not asked for.
    #[error("the token has the original's form; set auth.original_tokens to take those")]
    Original,
    /// No secret of ours has signed it for this user.
    #[error("the token is not signed by the site")]
    Forged,
    /// It was genuine once.
    #[error("the token has run out")]
    RunOut,
}

impl Keys {
    /// Says what `token` tells about `user`, at the Unix second `now`.
    ///
    /// The comparison takes the same time wherever two digests differ. A token is asked for its
    /// end only after its signature, so that nobody learns ends of tokens that they made up.
    ///
    /// # Errors
    /// The token is not to be believed, or not any more.
    pub fn check(&self, user: &str, token: &str, now: u64) -> Result<Claims, Refusal> {
        if !is_user(user) {
            return Err(Refusal::Malformed);
        }
        match Form::read(token).ok_or(Refusal::Malformed)? {
            Form::Signed(signed) => self.check_signed(user, &signed, now),
            Form::Original { .. } if !self.original_tokens => Err(Refusal::Original),
            Form::Original { mac } => self.check_original(user, &mac),
        }
    }

    fn check_signed(&self, user: &str, signed: &Signed<'_>, now: u64) -> Result<Claims, Refusal> {
        let text = signed.netstrings(user);
        if !self.any(|secret| bool::from(digest::<Hmac<Sha256>>(secret, &text).ct_eq(&signed.mac))) {
            return Err(Refusal::Forged);
        }
        if signed.expiry <= now {
            return Err(Refusal::RunOut);
        }
        Ok(Claims {
            expiry: Some(signed.expiry),
            read_only: signed.read_only,
        })
    }

    fn check_original(&self, user: &str, mac: &[u8]) -> Result<Claims, Refusal> {
        if self.any(|secret| bool::from(digest::<Hmac<Sha1>>(secret, user.as_bytes()).ct_eq(mac))) {
            return Ok(Claims {
                expiry: None,
                read_only: false,
            });
        }
        Err(Refusal::Forged)
    }

    fn any(&self, is_signer: impl Fn(&Secret) -> bool) -> bool {
        // Both are tried whatever the first says, so that time does not tell which one signed.
        let present = is_signer(&self.present);
        let previous = self.previous.as_ref().is_some_and(is_signer);
        present | previous
    }
}

fn digest<M: Mac + KeyInit>(secret: &Secret, text: &[u8]) -> Vec<u8> {
    let mac = <M as KeyInit>::new_from_slice(secret.reveal()).expect("HMAC takes a key of any length");
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests;
