//! Would two listeners want the same port?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use omnibus_bus_zmq::{Address, Host};

use super::{DIRECTOR, FORWARDER, Found, own};
use crate::draft::Draft;

const LISTEN: &str = "server.listen";
const PORT: &str = "server.port";
const API: &str = "api.listen";

const OTHER_PORT: &str = "give one of them another port; browsers have 4242 by default, the bus 4243 and 4244";

/// Finds listeners that would take each other's port. The two bus addresses may be the same one.
pub(super) fn check(draft: &Draft, found: &mut Found<'_>) {
    let listeners = draft.listeners();
    for (index, one) in listeners.iter().enumerate() {
        if let Some(other) = listeners[..index].iter().find(|other| overlap(**other, *one)) {
            found.conflict(
                LISTEN,
                &[PORT],
                format!("{other} and {one} both want port {}", one.port()),
                "remove one of them, or give it another port",
            );
        }
    }
    for (index, one) in draft.api.listen.iter().enumerate() {
        let own = draft.api.listen[..index].iter().find(|other| overlap(**other, *one));
        if let Some(other) = own {
            found.conflict(
                API,
                &[],
                format!("{other} and {one} both want port {}", one.port()),
                "remove one of them, or give it another port",
            );
        }
        if let Some(listener) = listeners.iter().find(|listener| overlap(**listener, *one)) {
            found.conflict(
                API,
                &[LISTEN, PORT],
                format!("server.listen serves browsers on {listener}, which wants the same port"),
                OTHER_PORT,
            );
        }
    }
    if !draft.binds_bus() {
        return;
    }
    let bus = own(draft);
    for (key, address) in bus {
        let Some(bound) = bound(address) else { continue };
        if let Some(listener) = listeners.iter().find(|listener| overlap(**listener, bound)) {
            found.conflict(
                key,
                &[LISTEN, PORT, DIRECTOR, FORWARDER],
                format!("server.listen serves browsers on {listener}, which wants the same port"),
                OTHER_PORT,
            );
        }
        if let Some(operators) = draft.api.listen.iter().find(|listener| overlap(**listener, bound)) {
            found.conflict(
                API,
                &[key, DIRECTOR, FORWARDER],
                format!("{operators} wants the same port as {key}, which is {address}"),
                OTHER_PORT,
            );
        }
    }
    let [(subscriber, one), (publisher, other)] = bus;
    let both = bound(one).zip(bound(other));
    if one != other && both.is_some_and(|(one, other)| overlap(one, other)) {
        found.conflict(
            publisher,
            &[subscriber, DIRECTOR, FORWARDER],
            format!("{subscriber} is {one}, which wants the same port on other terms"),
            "write exactly the same address for both, or give one of them another port",
        );
    }
}

/// Where a bus address listens, if that can be told from here.
fn bound(address: &Address) -> Option<SocketAddr> {
    match address {
        Address::Tcp { host, port } => {
            let ip = match host {
                Host::Any => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                Host::Ip(ip) => *ip,
                Host::Name(name) if name == "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
                Host::Name(_) => return None,
            };
            Some(SocketAddr::new(ip, *port))
        }
        Address::Ipc { .. } | Address::Inproc { .. } => None,
    }
}

/// Says whether the system would refuse the second of two listeners.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip(), other.ip());
    let any = |ip| ip == IpAddr::V4(Ipv4Addr::UNSPECIFIED) || ip == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let same_host = a.is_ipv4() == b.is_ipv4() && (a == b || any(a) || any(b));
    // Port 0 is another one each time.
    one.port() == other.port() && one.port() != 0 && same_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_overlap_where_the_system_says_so() {
        for (one, other, expected) in [
            ("0.0.0.0:1", "[::]:1", false),
            ("0.0.0.0:1", "127.0.0.1:1", true),
            ("127.0.0.1:1", "127.0.0.2:1", false),
            ("127.0.0.1:1", "127.0.0.1:2", false),
            ("[::]:1", "[::1]:1", true),
            ("[::1]:1", "[::1]:1", true),
            ("127.0.0.1:0", "127.0.0.1:0", false),
        ] {
            assert_eq!(
                overlap(one.parse().unwrap(), other.parse().unwrap()),
                expected,
                "{one} {other}"
            );
        }
    }
}
