//! What does a bus address name?

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// A ZeroMQ address: `tcp://host:port`, `ipc://path` or `inproc://name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A TCP port.
    Tcp {
        /// Where.
        host: Host,
        /// The port; 0 lets the system choose, for tests.
        port: u16,
    },
    /// A Unix socket.
    Ipc {
        /// Its file.
        path: PathBuf,
    },
    /// No address outside this process: nothing is bound.
    Inproc {
        /// The name, which means nothing here.
        name: String,
    },
}

/// A host in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// `*`: every address of this machine.
    Any,
    /// An IP address.
    Ip(IpAddr),
    /// A name, resolved when it is used.
    Name(String),
}

/// Why an address can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("bus address \"{address}\" {problem}; write tcp://host:port, ipc://path or inproc://name")]
pub struct AddressError {
    /// What was given.
    pub address: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Address {
    /// A TCP port of this machine alone.
    #[must_use]
    pub fn loopback(port: u16) -> Self {
        Self::Tcp {
            host: Host::Ip(Ipv4Addr::LOCALHOST.into()),
            port,
        }
    }

    /// Whether strangers from other machines may reach it. A name may: nobody knows where it
    /// leads until it is resolved, but for `localhost`.
    #[must_use]
    pub fn is_beyond_loopback(&self) -> bool {
        match self {
            Self::Tcp { host, .. } => match host {
                Host::Any => true,
                Host::Ip(ip) => !ip.is_loopback(),
                Host::Name(name) => name != "localhost",
            },
            Self::Ipc { .. } | Self::Inproc { .. } => false,
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(address: &str) -> Result<Self, AddressError> {
        let error = |problem| AddressError {
            address: address.to_owned(),
            problem,
        };
        let (scheme, rest) = address.split_once("://").ok_or_else(|| error("has no scheme"))?;
        if rest.is_empty() {
            return Err(error("names nothing behind the scheme"));
        }
        match scheme {
            "tcp" => {
                let (host, port) = rest.rsplit_once(':').ok_or_else(|| error("has no port"))?;
                let port = port
                    .parse()
                    .map_err(|_| error("has a port that is no number up to 65535"))?;
                let host = parse_host(host).ok_or_else(|| error("has no valid host"))?;
                Ok(Self::Tcp { host, port })
            }
            "ipc" => Ok(Self::Ipc { path: rest.into() }),
            "inproc" => Ok(Self::Inproc { name: rest.to_owned() }),
            _ => Err(error("has a scheme that is not tcp, ipc or inproc")),
        }
    }
}

fn parse_host(host: &str) -> Option<Host> {
    if host == "*" {
        return Some(Host::Any);
    }
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner.parse().ok().map(|ip| Host::Ip(IpAddr::V6(ip)));
    }
    if let Ok(ip) = host.parse() {
        return Some(Host::Ip(IpAddr::V4(ip)));
    }
    let is_name = !host.is_empty()
        && host.len() <= 253
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    // What looks like an IPv4 address and is none would only be looked up in vain.
    let is_number = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_name && !is_number).then(|| Host::Name(host.to_owned()))
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("*"),
            Self::Ip(IpAddr::V6(ip)) => write!(formatter, "[{ip}]"),
            Self::Ip(ip) => write!(formatter, "{ip}"),
            Self::Name(name) => formatter.write_str(name),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(formatter, "tcp://{host}:{port}"),
            Self::Ipc { path } => write!(formatter, "ipc://{}", path.display()),
            Self::Inproc { name } => write!(formatter, "inproc://{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_address_reads_back_as_it_was_written() {
        for address in [
            "tcp://127.0.0.1:4243",
            "tcp://[::1]:4243",
            "tcp://*:4243",
            "tcp://director.example:4243",
            "ipc:///run/omnibus/subscriber",
            "inproc://omnibus",
        ] {
            assert_eq!(address.parse::<Address>().unwrap().to_string(), address);
        }
    }

    #[test]
    fn a_bad_address_says_what_is_wrong_with_it() {
        for (address, problem) in [
            ("127.0.0.1:4243", "has no scheme"),
            ("tcp://127.0.0.1", "has no port"),
            ("tcp://127.0.0.1:99999", "has a port that is no number up to 65535"),
            ("tcp://:4243", "has no valid host"),
            ("tcp://300.1.1.1:4243", "has no valid host"),
            ("tcp://[zz]:1", "has no valid host"),
            ("udp://127.0.0.1:4243", "has a scheme that is not tcp, ipc or inproc"),
            ("ipc://", "names nothing behind the scheme"),
        ] {
            assert_eq!(address.parse::<Address>().unwrap_err().problem, problem, "{address}");
        }
    }

    #[test]
    fn only_loopback_and_local_sockets_are_out_of_strangers_reach() {
        for (address, beyond) in [
            ("tcp://127.0.0.1:1", false),
            ("tcp://[::1]:1", false),
            ("tcp://localhost:1", false),
            ("ipc://x", false),
            ("tcp://192.168.1.10:4243", true),
            ("tcp://*:1", true),
        ] {
            assert_eq!(
                address.parse::<Address>().unwrap().is_beyond_loopback(),
                beyond,
                "{address}"
            );
        }
    }
}
