//! How does a receiver know that a request is from its own server?
//!
//! `spec/hooks.md`, "Signature".

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Secret;

/// The header that carries the time and the signature.
pub const HEADER: &str = "Omnibus-Signature";

/// What is signed, and as which version.
const PURPOSE: &[u8] = b"omnibus-hook-v1";

/// The value of [`HEADER`] for a body that is sent at `unix_seconds`.
#[must_use]
pub fn header(secret: &Secret, unix_seconds: u64, body: &[u8]) -> String {
    let mut value = format!("t={unix_seconds},v1=");
    for byte in digest(secret, unix_seconds, body) {
        value.push(char::from_digit(u32::from(byte >> 4), 16).expect("it is below sixteen"));
        value.push(char::from_digit(u32::from(byte & 0xf), 16).expect("it is below sixteen"));
    }
    value
}

/// HMAC-SHA256 of three netstrings: purpose, time, body.
fn digest(secret: &Secret, unix_seconds: u64, body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal()).expect("HMAC takes keys of any length");
    for part in [PURPOSE, unix_seconds.to_string().as_bytes(), body] {
        mac.update(part.len().to_string().as_bytes());
        mac.update(b":");
        mac.update(part);
        mac.update(b",");
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vector_of_the_specification_is_signed_as_it_says() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../spec/hooks.json")).expect("it is JSON");
        let signed = vectors["signed"].as_array().expect("there are vectors");
        assert!(signed.len() >= 3);
        for vector in signed {
            let text = |key: &str| vector[key].as_str().expect(key);
            let t = vector["t"].as_u64().expect("t");
            assert_eq!(
                header(&Secret::new(text("secret")), t, text("body").as_bytes()),
                format!("t={t},v1={}", text("v1"))
            );
        }
    }
}
