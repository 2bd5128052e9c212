//! Can users be told apart, and tokens not be guessed?

use omnibus_auth::{Database, Secret};
use omnibus_session::{Audience, Authenticator};

use super::Found;
use crate::draft::Draft;

const AUTHENTICATOR: &str = "auth.authenticator";
const SECRET: &str = "auth.secret_key";
const DATABASE: &str = "auth.database_url";

/// Finds what is missing where users are to be told apart.
pub(super) fn check(draft: &Draft, found: &mut Found<'_>) {
    if let Some(url) = &draft.auth.database_url {
        let problem = Database::parse(url.reveal_text().unwrap_or_default()).err();
        if let Some(problem) = problem {
            let problem = problem.to_string();
            let (problem, mend) = problem.split_once("; ").unwrap_or((&problem, "write another"));
            found.conflict(DATABASE, &[], problem, mend);
        }
    }
    if draft.front.rules.authenticator == Authenticator::NoOp {
        return;
    }
    if draft.auth.secret_key.is_none() {
        found.conflict(
            SECRET,
            &[AUTHENTICATOR],
            "auth.authenticator is django, and tokens can't be checked without the secret that signs them",
            "set OMNIBUS_SECRET_KEY to the site's SECRET_KEY, or auth.secret_key_file to a file that holds it",
        );
    }
    if draft.auth.database_url.is_none() {
        found.conflict(
            DATABASE,
            &[AUTHENTICATOR],
            "auth.authenticator is django, and users can't be looked up without the site's database",
            "set OMNIBUS_DATABASE_URL, for example to sqlite:///srv/site/db.sqlite3, or auth.database_url_file",
        );
    }
}

/// Finds what lets in more than it should, or nobody.
pub(super) fn warnings(draft: &Draft) -> Vec<String> {
    let mut warnings = Vec::new();
    let auth = &draft.auth;
    if draft.front.rules.authenticator == Authenticator::NoOp {
        let is_for_users =
            |audience: Option<Audience>| matches!(audience, Some(Audience::Identified | Audience::Staff));
        let in_vain = draft
            .namespaces
            .iter()
            .find(|namespace| is_for_users(namespace.subscribe) || is_for_users(namespace.publish));
        if let Some(namespace) = in_vain {
            warnings.push(format!(
                "namespace {:?} is for users, and auth.authenticator is noop, which knows none: nobody gets in",
                namespace.pattern
            ));
        }
        return warnings;
    }
    let secrets = [&auth.secret_key, &auth.previous_secret_key];
    if secrets.into_iter().flatten().any(Secret::is_short) {
        warnings.push(format!(
            "auth.secret_key has fewer than {} bytes: who sees one token may find the secret by trying, and be anybody",
            Secret::BYTES_MIN
        ));
    }
    if auth.original_tokens {
        warnings.push(
            "auth.original_tokens is on: tokens that never end are taken; turn it off when the last page that has \
             one is gone"
                .to_owned(),
        );
    }
    warnings
}
