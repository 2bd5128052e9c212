//! Which texts are good ones?

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;
use omnibus_auth::Table;
use omnibus_front::Transport;
use omnibus_hooks::{BadUrl, Kind, ReceiverUrl};

use crate::draft::Listen;
use crate::fault::Fault;
use crate::nearest::nearest;

fn malformed(problem: &str, mend: &str) -> Fault {
    Fault::Malformed {
        problem: problem.to_owned(),
        mend: mend.to_owned(),
    }
}

/// Reads an address to listen on: an IP address, IPv6 ones also in brackets, with or without a port.
pub(crate) fn listen(text: &str) -> Result<Listen, Fault> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(Listen {
            ip: address.ip(),
            port: Some(address.port()),
        });
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let ip = match bare {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse::<IpAddr>().ok(),
    };
    ip.map(|ip| Listen { ip, port: None }).ok_or_else(|| {
        let text = crate::shown::text(text);
        malformed(
            &format!("\"{text}\" is no IP address"),
            "write IP addresses, with a port where it is not server.port: 127.0.0.1, [::1]:8080; \
             0.0.0.0 and [::] are all addresses",
        )
    })
}

/// Checks an address to listen on that has no port but its own.
pub(crate) fn socket_address(text: &str) -> Result<(), Fault> {
    match text.parse::<SocketAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(malformed(
            &format!("\"{}\" is no IP address with a port", crate::shown::text(text)),
            "write it like this: 127.0.0.1:4245, [::1]:4245",
        )),
    }
}

/// Checks the path of the WebSocket: what RFC 3986 allows in a path, since it is taken literally.
pub(crate) fn base_url(path: &str) -> Result<(), Fault> {
    if !path.starts_with('/') {
        return Err(malformed("does not start with /", "write a path such as /ec"));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte);
    match path.bytes().find(|byte| !allowed(*byte)) {
        None => Ok(()),
        Some(byte) => Err(malformed(
            &format!("has {:?}, which a path can't hold", char::from(byte)),
            "write the path as it stands in the request, without query or fragment; it is no regular expression",
        )),
    }
}

/// Checks the name of a SockJS transport that receives.
pub(crate) fn transport(name: &str) -> Result<(), Fault> {
    let mut receiving = Transport::ALL.into_iter().filter(|transport| !transport.is_sending());
    match receiving.any(|transport| transport.name() == name) {
        true => Ok(()),
        false => Err(malformed(
            &format!("\"{}\" is no transport", crate::shown::text(name)),
            "write websocket, xhr_streaming, eventsource, xhr, htmlfile or jsonp, with commas between them",
        )),
    }
}

/// Checks the URL of a script, as it stands in a page.
pub(crate) fn script_url(url: &str) -> Result<(), Fault> {
    let is_url = ["/", "http://", "https://"].iter().any(|start| url.starts_with(start));
    match is_url && url.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(()),
        false => Err(malformed(
            "is no URL of a script",
            "write an http:// or https:// URL, or a path from /",
        )),
    }
}

/// Checks an origin as browsers send it: a scheme, a host, a port that is not the scheme's own.
pub(crate) fn origin(origin: &str) -> Result<(), Fault> {
    if origin == "*" {
        return Ok(());
    }
    let shown = crate::shown::text(origin);
    let wrong = |problem: &str, mend: String| {
        Err(Fault::Malformed {
            problem: format!("\"{shown}\" {problem}"),
            mend,
        })
    };
    let as_sent = "write it as browsers send it: https://example.org, with a port only where it is not \
                   the scheme's own; * allows all"
        .to_owned();
    let Some((scheme, authority)) = origin.split_once("://") else {
        return wrong("has no scheme", as_sent);
    };
    if authority.is_empty() || scheme.is_empty() {
        return wrong("names no host", as_sent);
    }
    if authority.contains(['/', '?', '#', '@', '*']) || authority.contains(char::is_whitespace) {
        return wrong("is more than scheme, host and port, or has a pattern", as_sent);
    }
    let own_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return Ok(()),
    };
    match authority.strip_suffix(own_port) {
        Some(host) => wrong(
            "names the scheme's own port, which browsers leave out",
            format!("write {scheme}://{}", crate::shown::text(host)),
        ),
        None => Ok(()),
    }
}

/// Checks a host of a printed URL: a name or an IP address, IPv6 ones in brackets.
pub(crate) fn host(host: &str) -> Result<(), Fault> {
    let good = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    if good {
        return Ok(());
    }
    Err(malformed(
        "is no host name",
        "write a name or an IP address without scheme and port, IPv6 ones in brackets",
    ))
}

/// Checks a filter of the log: levels, alone or behind `module=`, with commas between them.
pub(crate) fn log_level(filter: &str) -> Result<(), Fault> {
    for directive in filter.split(',') {
        let (target, level) = match directive.split_once('=') {
            Some((target, level)) => (target.trim(), level.trim()),
            None => ("omnibus", directive.trim()),
        };
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        let is_level = levels.iter().any(|known| known.eq_ignore_ascii_case(level));
        let is_module = !target.is_empty() && target.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:-".contains(&b));
        if !is_level || !is_module {
            return Err(malformed(
                &format!("\"{}\" is no level", crate::shown::text(directive.trim())),
                "write off, error, warn, info, debug or trace, alone or behind module=: info,omnibus_hub=debug",
            ));
        }
    }
    Ok(())
}

/// Checks the name of a table, or of a schema and a table.
pub(crate) fn user_table(name: &str) -> Result<(), Fault> {
    Table::named(name).map(|_| ()).map_err(name_fault)
}

/// Checks the name of a column.
pub(crate) fn column(name: &str) -> Result<(), Fault> {
    Table::default().with_key(name).map(|_| ()).map_err(name_fault)
}

fn name_fault(error: omnibus_auth::NameError) -> Fault {
    let text = error.to_string();
    let (problem, mend) = text.split_once("; ").unwrap_or((&text, "write a plain name"));
    malformed(problem, mend)
}

/// Reads the address of a proxy, or a network of them.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    let single = text.parse::<IpAddr>().ok().map(IpNet::from);
    single.or_else(|| text.parse().ok())
}

/// Checks the address of a proxy, or a network of them.
pub(crate) fn proxy(text: &str) -> Result<(), Fault> {
    network(text).map(|_| ()).ok_or_else(|| {
        malformed(
            &format!("\"{}\" is no IP address and no network", crate::shown::text(text)),
            "write addresses or networks such as 127.0.0.1, 10.0.0.0/8, 2001:db8::/32",
        )
    })
}

/// Checks where the application receives events.
pub(crate) fn receiver_url(url: &str) -> Result<(), Fault> {
    let Err(problem) = ReceiverUrl::parse(url) else {
        return Ok(());
    };
    let mend = match problem {
        BadUrl::Credentials => "write it without; requests are signed with hooks.secret",
        BadUrl::Malformed | BadUrl::Scheme => "write a whole URL: https://example.org/omnibus/hooks/",
    };
    Err(malformed(&problem.to_string(), mend))
}

/// Checks the name of an event.
pub(crate) fn hook_event(name: &str) -> Result<(), Fault> {
    if Kind::named(name).is_some() {
        return Ok(());
    }
    let names = Kind::ALL.map(Kind::name);
    Err(Fault::NotAChoice {
        words: names.join(", "),
        nearest: nearest(name, names).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_to_listen_on_may_leave_the_port_out() {
        for (text, ip, port) in [
            ("127.0.0.1", "127.0.0.1", None),
            ("127.0.0.1:80", "127.0.0.1", Some(80)),
            ("::1", "::1", None),
            ("[::]", "::", None),
            ("[::1]:8080", "::1", Some(8080)),
        ] {
            let ip = ip.parse().unwrap();
            assert_eq!(listen(text), Ok(Listen { ip, port }), "{text}");
        }
        for text in [
            "localhost",
            "*",
            "*:80",
            "[127.0.0.1]",
            "127.0.0.1:99999",
            "tcp://127.0.0.1:1",
        ] {
            assert!(listen(text).is_err(), "{text}");
        }
    }

    #[test]
    fn where_operators_come_in_has_a_port() {
        for good in ["127.0.0.1:4245", "[::1]:0", "0.0.0.0:80"] {
            assert_eq!(socket_address(good), Ok(()), "{good}");
        }
        for bad in ["127.0.0.1", "localhost:80", "::1:80", ":80", "127.0.0.1:99999"] {
            assert!(socket_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_is_taken_literally_and_an_expression_is_not_taken() {
        for path in ["/ec", "/", "/a.c", "/a/b-c~d", "/%20"] {
            assert_eq!(base_url(path), Ok(()), "{path}");
        }
        for path in ["ec", "/ec?x", "/ec#x", "/^ec", "/e c", "/[a]", "/é"] {
            assert!(base_url(path).is_err(), "{path}");
        }
    }

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for good in [
            "*",
            "https://example.org",
            "http://localhost:8000",
            "http://[::1]:1",
            "app://local",
        ] {
            assert_eq!(origin(good), Ok(()), "{good}");
        }
        for bad in [
            "null",
            "example.org",
            "https://",
            "https://example.org/",
            "https://*.example.org",
            "https://example.org:443",
            "http://example.org:80",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_log_filter_has_levels_only() {
        for good in [
            "info",
            "WARN",
            "info,omnibus_hub=debug",
            "off, omnibus_front::door=trace",
        ] {
            assert_eq!(log_level(good), Ok(()), "{good}");
        }
        for bad in ["loud", "info,", "omnibus_hub", "=debug", "a b=info"] {
            assert!(log_level(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn events_go_to_a_url_that_keeps_no_password() {
        assert_eq!(receiver_url("http://127.0.0.1:8000/omnibus/hooks/"), Ok(()));
        for bad in [
            "example.org",
            "ws://example.org/",
            "https://u:p@example.org/",
            "http://",
        ] {
            assert!(receiver_url(bad).is_err(), "{bad}");
        }
        assert_eq!(hook_event("subscribe"), Ok(()));
        assert_eq!(
            hook_event("conect").unwrap_err().mend(),
            "write connect, if that is what you mean"
        );
    }

    #[test]
    fn a_host_is_no_url() {
        for good in ["example.org", "127.0.0.1", "[::1]"] {
            assert_eq!(host(good), Ok(()), "{good}");
        }
        for bad in ["ws://example.org", "example.org:80", "::1", "[x]"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
