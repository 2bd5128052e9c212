//! Where is a client?

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use omnibus_websocket::RequestHead;

/// Finds the address of the client that sent a request.
///
/// It is the connection's own, unless that is a listed proxy's: then `X-Forwarded-For` is walked
/// from the right, where the nearest proxy wrote, up to the first address that is no listed
/// proxy's. What stands left of that one is the client's own claim.
pub(crate) fn of_client(peer: IpAddr, head: &RequestHead<'_>, trusted_proxies: &[IpNet]) -> IpAddr {
    let forwarded: Vec<&str> = match is_trusted(peer, trusted_proxies) {
        true => head.list("x-forwarded-for").collect(),
        false => return peer,
    };
    let mut client = peer;
    for entry in forwarded.iter().rev() {
        match read(entry) {
            Some(address) => client = address.to_canonical(),
            // Whoever wrote that is the last that is known.
            None => break,
        }
        if !is_trusted(client, trusted_proxies) {
            break;
        }
    }
    client
}

fn is_trusted(address: IpAddr, trusted_proxies: &[IpNet]) -> bool {
    trusted_proxies.iter().any(|network| network.contains(&address))
}

/// Reads an address; some proxies add the port.
fn read(entry: &str) -> Option<IpAddr> {
    let bare = entry.trim().trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok();
    address.or_else(|| entry.trim().parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use omnibus_websocket::{HeadLimits, parse_head};

    use super::*;

    fn of(peer: &str, headers: &str, trusted: &[&str]) -> String {
        let text = format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        let (head, _) = parse_head(text.as_bytes(), &HeadLimits::default()).unwrap().unwrap();
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        of_client(peer.parse().unwrap(), &head, &trusted).to_string()
    }

    #[test]
    fn nobody_but_a_listed_proxy_is_believed() {
        let claim = "X-Forwarded-For: 198.51.100.7\r\n";
        assert_eq!(of("192.0.2.1", claim, &[]), "192.0.2.1");
        assert_eq!(of("192.0.2.1", claim, &["192.0.2.2/32"]), "192.0.2.1");
        assert_eq!(of("192.0.2.1", claim, &["192.0.2.0/24"]), "198.51.100.7");
        assert_eq!(of("192.0.2.1", "", &["192.0.2.0/24"]), "192.0.2.1");
    }

    #[test]
    fn what_a_client_claims_stands_left_of_what_its_proxy_says() {
        let forged = "X-Forwarded-For: 10.0.0.1, 203.0.113.9\r\nX-Forwarded-For: 198.51.100.7, 10.0.0.2\r\n";
        assert_eq!(of("10.0.0.3", forged, &["10.0.0.0/8"]), "198.51.100.7");
        let garbage = "X-Forwarded-For: 203.0.113.9, unknown, 10.0.0.2\r\n";
        assert_eq!(of("10.0.0.3", garbage, &["10.0.0.0/8"]), "10.0.0.2");
        let all_listed = "X-Forwarded-For: 10.0.0.9\r\n";
        assert_eq!(of("10.0.0.3", all_listed, &["10.0.0.0/8"]), "10.0.0.9");
    }

    #[test]
    fn addresses_come_in_several_forms() {
        for (entry, address) in [
            ("198.51.100.7:1234", "198.51.100.7"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
        ] {
            let header = format!("X-Forwarded-For: {entry}\r\n");
            assert_eq!(of("::1", &header, &["::1/128"]), address);
        }
    }
}
