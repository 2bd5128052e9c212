//! Which addresses do clients connect from?
//!
//! From one address to one address and port there are some 28,000 ports. Behind that, clients
//! need more addresses to come from; on a loopback all of 127.0.0.0/8 is there for the taking.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use ipnet::IpNet;

/// Connections from one address; the system's own range of ports has room for more.
pub(crate) const PER_SOURCE_MAX: u32 = 20_000;

/// Where the addresses are free, connections from each: fewer than half of the ports, so that the
/// system finds a free one at once.
const PER_FREE_SOURCE_MAX: u32 = 10_000;

/// Addresses in all.
const SOURCES_MAX: usize = 4_096;

/// A part of what `--source` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sources(Vec<IpAddr>);

impl FromStr for Sources {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let addresses: Vec<IpAddr> = if let Some((first, last)) = text.split_once('-') {
            let [first, last] = [first, last].map(|one| one.parse::<Ipv4Addr>().map(u32::from));
            let (first, last) = (first.map_err(wrong)?, last.map_err(wrong)?);
            let range = (first..=last).take(SOURCES_MAX + 1);
            range.map(|address| Ipv4Addr::from(address).into()).collect()
        } else if text.contains('/') {
            let net: IpNet = text.parse().map_err(wrong)?;
            net.hosts().take(SOURCES_MAX + 1).collect()
        } else {
            vec![text.parse().map_err(wrong)?]
        };
        match addresses.len() {
            0 => Err("no address at all; write the lower one first".to_owned()),
            count if count > SOURCES_MAX => Err(format!("more than {SOURCES_MAX} addresses; name fewer")),
            _ => Ok(Self(addresses)),
        }
    }
}

fn wrong(error: impl std::fmt::Display) -> String {
    format!("{error}; write 127.0.0.1, 127.0.0.1-127.0.0.20 or 127.0.0.0/28")
}

/// Gives the addresses that were named, else enough of the loopback's where that is where so many
/// clients of one server go; else none, which leaves it to the system.
pub(crate) fn choose(named: &[Sources], per_target: u32, targets: &[IpAddr]) -> Vec<IpAddr> {
    let named: Vec<IpAddr> = named.iter().flat_map(|sources| sources.0.iter().copied()).collect();
    let is_local = targets
        .iter()
        .all(|target| matches!(target, IpAddr::V4(v4) if v4.is_loopback()));
    if !named.is_empty() || per_target <= PER_FREE_SOURCE_MAX || !is_local {
        return named;
    }
    let connections = per_target * u32::try_from(targets.len()).unwrap_or(1);
    let first = u32::from(Ipv4Addr::LOCALHOST);
    let addresses = first..=first + connections / PER_FREE_SOURCE_MAX;
    addresses.map(|address| Ipv4Addr::from(address).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<String> {
        let Sources(sources) = text.parse().unwrap();
        sources.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_a_range_and_a_network_are_understood() {
        assert_eq!(parsed("127.0.0.9"), ["127.0.0.9"]);
        assert_eq!(
            parsed("127.0.0.255-127.0.1.1"),
            ["127.0.0.255", "127.0.1.0", "127.0.1.1"]
        );
        assert_eq!(parsed("10.0.0.0/30"), ["10.0.0.1", "10.0.0.2"]);
        for text in ["", "x", "127.0.0.2-127.0.0.1", "127.0.0.1/99", "10.0.0.0/8", "1-2"] {
            assert!(text.parse::<Sources>().unwrap_err().contains("; "), "{text}");
        }
    }

    #[test]
    fn loopback_clients_come_from_as_many_addresses_as_they_need() {
        let local: IpAddr = Ipv4Addr::LOCALHOST.into();
        assert_eq!(choose(&[], 10_000, &[local]).len(), 0);
        assert_eq!(choose(&[], 54_000, &[local]).len(), 6);
        assert_eq!(choose(&[], 54_000, &[local, local]).len(), 11);
        assert_eq!(choose(&[], 54_000, &["10.0.0.1".parse().unwrap()]).len(), 0);
        assert_eq!(choose(&["127.0.0.5".parse().unwrap()], 1, &[local]).len(), 1);
    }
}
