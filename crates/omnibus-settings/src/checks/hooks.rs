//! Can the application be told of events, and believe them?

use omnibus_hooks::{EventSet, Secret};

use super::Found;
use crate::draft::Draft;

const URL: &str = "hooks.url";
const SECRET: &str = "hooks.secret";
const EVENTS: &str = "hooks.events";

/// Finds what is missing where events are to be told.
pub(super) fn check(draft: &Draft, found: &mut Found<'_>) {
    if draft.hooks.url.is_none() {
        return;
    }
    if draft.hooks_secret().is_none() {
        found.conflict(
            SECRET,
            &[URL],
            "hooks.url is set, and requests without a signature could be anybody's",
            "set OMNIBUS_HOOKS_SECRET to 32 random characters or more, here and in the application; \
             auth.secret_key would do as well",
        );
    }
    if draft.hooks.events == EventSet::NONE {
        found.conflict(
            EVENTS,
            &[URL],
            "hooks.url is set, and no event is to be told",
            "name an event, or leave hooks.url empty",
        );
    }
}

/// Finds what others could read or forge.
pub(super) fn warnings(draft: &Draft) -> Vec<String> {
    let mut warnings = Vec::new();
    let Some(url) = &draft.hooks.url else { return warnings };
    if url.is_open() {
        warnings.push(format!(
            "hooks.url is {url}: who is connected, and where, crosses the network unencrypted; use https"
        ));
    }
    if draft.hooks_secret().is_some_and(|secret| secret.is_short()) {
        warnings.push(format!(
            "hooks.secret has fewer than {} bytes and may be guessed, by which anybody could tell the application of \
             clients that do not exist",
            Secret::BYTES_MIN
        ));
    }
    warnings
}
