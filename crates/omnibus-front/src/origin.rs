//! May a page of this origin use this server?

use omnibus_websocket::RequestHead;
use tracing::debug;

/// The origin that a request comes from, as far as a browser says it. Scripts and frames of other
/// sites are fetched without an Origin, but what sends them may be told from their referrer.
pub(crate) fn of<'a>(head: &RequestHead<'a>) -> Option<&'a str> {
    let is_foreign = head.header("sec-fetch-site") == Some("cross-site");
    match head.header("origin") {
        None if is_foreign => Some(head.header("referer").map_or("null", origin_of_url)),
        origin => origin,
    }
}

fn origin_of_url(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    &url[..end]
}

/// Judges the `Origin` of a request against its `Host` and the list of allowed origins.
///
/// No origin is no browser, and passes. Otherwise the host names must be equal, whatever the
/// ports (a Django page on :8000, its sockets on :4242), or the origin must be in the list,
/// exactly; `*` in the list allows all. `null`, which any sandboxed page can send, names no host.
pub(crate) fn is_allowed(origin: Option<&str>, host: Option<&str>, allowed: &[String]) -> bool {
    let Some(origin) = origin else { return true };
    if allowed.iter().any(|entry| entry == "*" || entry == origin) {
        return true;
    }
    let Some((_, authority)) = origin.split_once("://") else {
        return false;
    };
    host.is_some_and(|host| host_name(authority).eq_ignore_ascii_case(host_name(host)))
}

/// Says in the log which origin was refused, and what lets it in.
pub(crate) fn log_refused(origin: Option<&str>) {
    debug!(
        origin = origin.map(|origin| origin.escape_debug().to_string()),
        "origin refused; add it to server.allowed_origins if its pages may use this server"
    );
}

/// The name in `name:port`; an IPv6 address keeps its brackets.
fn host_name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_needs_the_host_of_the_request_or_a_place_in_the_list() {
        let allowed = ["https://app.example".to_owned()];
        for (origin, host, expected) in [
            (None, "a.example:4242", true),
            (Some("http://a.example:8000"), "a.example:4242", true),
            (Some("https://A.example"), "a.example", true),
            (Some("http://[::1]:8000"), "[::1]:4242", true),
            (Some("http://[::1]"), "[::2]", false),
            (Some("https://app.example"), "a.example:4242", true),
            (Some("https://app.example:444"), "a.example:4242", false),
            (Some("http://evil.example"), "a.example:4242", false),
            (Some("http://a.example.evil.example"), "a.example", false),
            (Some("http://xa.example"), "a.example", false),
            (Some("null"), "a.example", false),
            (Some("null"), "null", false),
            (Some(""), "a.example", false),
        ] {
            assert_eq!(
                is_allowed(origin, Some(host), &allowed),
                expected,
                "{origin:?} at {host}"
            );
        }
    }

    #[test]
    fn a_star_allows_every_origin() {
        assert!(is_allowed(Some("null"), Some("a"), &["*".to_owned()]));
    }
}
