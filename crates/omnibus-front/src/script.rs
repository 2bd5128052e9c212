//! How do pages get the JavaScript client?
//!
//! From the server that they talk to, at `<base url>/omnibus.js`: the file that
//! `clients/typescript` builds, kept beside this one so that a server is built without Node. A
//! browser asks each time whether its copy is still good, unless the page names the content
//! (`omnibus.js?v=<tag>`, the tag as in `ETag`): what it has then can never be stale.

use omnibus_websocket::RequestHead;

use crate::http::Response;

/// What a page loads.
const SCRIPT: &str = include_str!("omnibus.js");

/// Names the content: two builds that differ have different tags.
const TAG: u64 = fnv_1a(SCRIPT.as_bytes());

/// Whether this is where the client lies.
pub(crate) fn is_at(path: &str, base_url: &str) -> bool {
    path.strip_prefix(base_url.trim_end_matches('/')) == Some("/omnibus.js")
}

/// Answers GET and HEAD for it.
pub(crate) fn answer(head: &RequestHead<'_>) -> Response {
    let tag = format!("\"{TAG:016x}\"");
    let is_named = query(head).any(|pair| pair.strip_prefix("v=") == Some(tag.trim_matches('"')));
    let is_known = head.headers("if-none-match").any(|known| names(known, &tag));
    let response = Response::new(if is_known { 304 } else { 200 })
        .header("Content-Type", "text/javascript; charset=UTF-8")
        .body(SCRIPT)
        .header("ETag", &tag)
        .header(
            "Cache-Control",
            if is_named {
                "public, max-age=31536000, immutable"
            } else {
                "public, no-cache"
            },
        )
        // Pages of all origins may load it, and check its integrity.
        .header("Access-Control-Allow-Origin", "*")
        .header("Cross-Origin-Resource-Policy", "cross-origin")
        .header("X-Content-Type-Options", "nosniff");
    if is_known { response.without_body() } else { response }
}

fn query<'a>(head: &RequestHead<'a>) -> impl Iterator<Item = &'a str> {
    let query = head.target.split_once('?').map_or("", |(_, query)| query);
    query.split('&')
}

/// Whether a list of tags names this one (RFC 9110 section 13.1.2); weak ones are as good here.
fn names(list: &str, tag: &str) -> bool {
    let mut known = list.split(',').map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// FNV-1a of 64 bits, which a compiler can work out.
const fn fnv_1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_is_the_hash_that_others_know() {
        assert_eq!(fnv_1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn list_of_tags_is_searched() {
        assert!(names("\"a\"", "\"a\""));
        assert!(names("\"b\", W/\"a\"", "\"a\""));
        assert!(names("*", "\"a\""));
        assert!(!names("\"ab\", a", "\"a\""));
    }

    #[test]
    fn it_lies_below_the_base_url() {
        assert!(is_at("/ec/omnibus.js", "/ec"));
        assert!(is_at("/omnibus.js", "/"));
        assert!(!is_at("/omnibus.js", "/ec"));
        assert!(!is_at("/ec/omnibus.jsx", "/ec"));
        assert!(!is_at("/ecx/omnibus.js", "/ec"));
    }
}
