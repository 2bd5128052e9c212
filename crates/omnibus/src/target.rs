//! Where does a command go?

use std::env::VarError;
use std::str::FromStr;

use omnibus_bus_zmq::{Address, Host};
use tungstenite::http::Uri;

use crate::error::Error;

/// The variable that names the server where `--url` does not.
pub(crate) const URL_VARIABLE: &str = "OMNIBUS_URL";

/// Where a server is unless told otherwise.
pub(crate) const URL_DEFAULT: &str = "ws://127.0.0.1:4242/ec";

/// A host and a port, ready to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort {
    /// Without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The URL of a server's WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) uri: Uri,
    pub(crate) at: HostPort,
}

/// A bus address that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BusAddress {
    pub(crate) text: String,
    pub(crate) at: HostPort,
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text
            .parse()
            .map_err(|error| format!("no URL: {error}; write {URL_DEFAULT}"))?;
        match uri.scheme_str() {
            Some("ws") => {}
            Some("wss") => {
                let mend = "name a ws:// address of the node, or of what stands behind the proxy";
                return Err(format!("wss://, and this client speaks no TLS; {mend}"));
            }
            _ => return Err(format!("no WebSocket URL; write {URL_DEFAULT}")),
        }
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("without a host; write {URL_DEFAULT}"))?;
        let at = HostPort {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: uri.port_u16().unwrap_or(80),
        };
        Ok(Self { uri, at })
    }
}

impl Url {
    /// Gives what was asked for, else what the environment says, else the default.
    ///
    /// # Errors
    /// [`Error::BadVariable`].
    pub(crate) fn or_environment(asked: Option<Self>) -> Result<Self, Error> {
        if let Some(url) = asked {
            return Ok(url);
        }
        let bad = |problem| Error::BadVariable {
            name: URL_VARIABLE,
            problem,
        };
        match std::env::var(URL_VARIABLE) {
            Ok(text) if !text.is_empty() => text.parse().map_err(bad),
            Err(VarError::NotUnicode(_)) => Err(bad("not UTF-8; write it in UTF-8".to_owned())),
            _ => URL_DEFAULT.parse().map_err(bad),
        }
    }
}

impl FromStr for BusAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let host = match text
            .parse()
            .map_err(|error: omnibus_bus_zmq::AddressError| error.to_string())?
        {
            Address::Tcp { host: Host::Any, .. } => return Err("* is no host to connect to; name one".to_owned()),
            Address::Tcp { port: 0, .. } => return Err("0 is no port to connect to; name one".to_owned()),
            Address::Tcp { host, port } => match host {
                Host::Ip(ip) => HostPort {
                    host: ip.to_string(),
                    port,
                },
                host => HostPort {
                    host: host.to_string(),
                    port,
                },
            },
            Address::Ipc { .. } | Address::Inproc { .. } => {
                return Err("only tcp:// can be connected to from here; write tcp://host:port".to_owned());
            }
        };
        Ok(Self {
            text: text.to_owned(),
            at: host,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_host_and_a_port() {
        for (text, host, port) in [
            ("ws://127.0.0.1:4242/ec", "127.0.0.1", 4_242),
            ("ws://example.org/ec", "example.org", 80),
            ("ws://[::1]:1/", "::1", 1),
        ] {
            let url: Url = text.parse().unwrap();
            assert_eq!((url.at.host.as_str(), url.at.port), (host, port), "{text}");
        }
        for text in ["", "http://x/ec", "wss://x/ec", "127.0.0.1:4242", "/ec"] {
            assert!(text.parse::<Url>().unwrap_err().contains("; "), "{text}");
        }
        let encrypted = "wss://x/ec".parse::<Url>().unwrap_err();
        assert!(encrypted.contains("speaks no TLS; name a ws:// address"), "{encrypted}");
    }

    #[test]
    fn a_bus_address_must_lead_somewhere() {
        let address: BusAddress = "tcp://[::1]:4244".parse().unwrap();
        assert_eq!(address.at.host, "::1");
        for text in [
            "tcp://*:4244",
            "tcp://127.0.0.1:0",
            "inproc://x",
            "ipc://x",
            "127.0.0.1:4244",
        ] {
            assert!(text.parse::<BusAddress>().unwrap_err().contains("; "), "{text}");
        }
    }
}
