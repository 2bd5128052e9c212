//! Is this a host name, and which one does a URL name? (RFC 9112 §3.2, RFC 3986 §3.2)

/// The schemes under which this server can be meant.
const SCHEMES: [&str; 4] = ["http", "https", "ws", "wss"];

/// Splits a URL into its authority and what follows; `None` if `target` is not an HTTP or WebSocket URL.
pub(crate) fn split_url(target: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = target.split_once("://")?;
    if !SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    Some(rest.split_at(end))
}

/// Whether `value` is `host` or `host:port`, the host a name, an IPv4 address or an IPv6 address in
/// brackets.
pub(crate) fn is_host_and_port(value: &str) -> bool {
    let (host_is_valid, rest) = match value.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, rest)) => (address.parse::<std::net::Ipv6Addr>().is_ok(), rest),
        None => {
            let (name, rest) = value.split_at(value.find(':').unwrap_or(value.len()));
            (!name.is_empty() && name.bytes().all(is_name_byte), rest)
        }
    };
    let port_is_valid = match rest.strip_prefix(':') {
        Some(port) => port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit()),
        None => rest.is_empty(),
    };
    host_is_valid && port_is_valid
}

/// The bytes of a registered name (RFC 3986 §3.2.2).
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for host in [
            "a",
            "example.org",
            "example.org:4242",
            "127.0.0.1:1",
            "[::1]",
            "[2001:db8::1]:65535",
            "a:",
        ] {
            assert!(is_host_and_port(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "a b",
            "a/b",
            "user@host",
            "a:b",
            "a:123456",
            "[::1",
            "[zz]",
            "[::1]x",
            "a,b c",
            "::1",
        ] {
            assert!(!is_host_and_port(host), "{host}");
        }
    }

    #[test]
    fn only_urls_that_can_mean_this_server_are_split() {
        assert_eq!(split_url("http://a:1/ec?x"), Some(("a:1", "/ec?x")));
        assert_eq!(split_url("WSS://a"), Some(("a", "")));
        assert_eq!(split_url("ws://a?x"), Some(("a", "?x")));
        assert_eq!(split_url("ftp://a/"), None);
        assert_eq!(split_url("/ec?next=http://b/"), None);
    }
}
