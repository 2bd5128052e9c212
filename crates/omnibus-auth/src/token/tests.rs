//! Are tokens read as the vectors of `spec/tokens.json` say, and as they can't say?

use serde_json::Value;

use super::*;

const VECTORS: &str = include_str!("../../../../spec/tokens.json");

/// A secret that has signed none of the vectors.
const OTHER: &str = "signs nothing that is replayed here";

fn vectors(group: &str) -> Vec<Value> {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = vectors[group].as_array().unwrap().clone();
    assert!(!vectors.is_empty(), "no vectors in {group}");
    vectors
}

fn text<'a>(vector: &'a Value, key: &str) -> &'a str {
    vector[key].as_str().unwrap()
}

fn keys(present: &str) -> Keys {
    Keys {
        present: present.into(),
        previous: None,
        original_tokens: false,
    }
}

#[test]
fn every_signed_vector_is_believed_until_the_second_of_its_expiry() {
    for vector in vectors("signed") {
        let keys = keys(text(&vector, "secret"));
        let expiry = vector["expiry"].as_u64().unwrap();
        let check = |now| keys.check(text(&vector, "user"), text(&vector, "token"), now);
        let claims = Claims {
            expiry: Some(expiry),
            read_only: text(&vector, "flags") == "r",
        };
        assert_eq!(check(0), Ok(claims), "{vector}");
        assert_eq!(check(expiry - 1), Ok(claims), "{vector}");
        assert_eq!(check(expiry), Err(Refusal::RunOut), "{vector}");
    }
}

#[test]
fn no_refused_vector_is_believed() {
    for vector in vectors("refused") {
        let mut keys = keys(text(&vector, "secret"));
        for original_tokens in [false, true] {
            keys.original_tokens = original_tokens;
            let refusal = keys.check(text(&vector, "user"), text(&vector, "token"), 0);
            assert!(
                matches!(refusal, Err(Refusal::Malformed | Refusal::Forged)),
                "{vector}: {refusal:?}"
            );
        }
    }
}

#[test]
fn original_tokens_are_believed_only_where_they_are_asked_for() {
    for vector in vectors("original") {
        let mut keys = keys(text(&vector, "secret"));
        let (user, token) = (text(&vector, "user"), text(&vector, "token"));
        assert_eq!(keys.check(user, token, 0), Err(Refusal::Original));
        keys.original_tokens = true;
        let never_ends = Claims {
            expiry: None,
            read_only: false,
        };
        assert_eq!(keys.check(user, token, u64::MAX), Ok(never_ends));
        assert_eq!(keys.check("2", token, 0), Err(Refusal::Forged));
        assert_eq!(
            keys.check(user, &token.to_uppercase(), 0),
            Err(Refusal::Malformed),
            "U05h"
        );
    }
}

#[test]
fn secret_before_the_present_one_still_counts_and_no_third() {
    let vector = &vectors("signed")[0];
    let (user, token) = (text(vector, "user"), text(vector, "token"));
    let mut keys = keys(OTHER);
    assert_eq!(keys.check(user, token, 0), Err(Refusal::Forged));
    keys.previous = Some(text(vector, "secret").into());
    assert!(keys.check(user, token, 0).is_ok());
    keys.previous = Some("neither has this one".into());
    assert_eq!(keys.check(user, token, 0), Err(Refusal::Forged));
}

#[test]
fn token_with_any_byte_changed_is_refused() {
    let vector = &vectors("signed")[1];
    let keys = keys(text(vector, "secret"));
    let (user, token) = (text(vector, "user"), text(vector, "token"));
    for at in 0..token.len() {
        for other in ['0', '1', 'f', 'F', '.', ' ', '-', 'r', 'z', 'é'] {
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            if changed != token {
                assert!(keys.check(user, &changed, 0).is_err(), "{changed}");
            }
        }
    }
}
