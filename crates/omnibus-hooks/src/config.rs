//! Which choices do hooks have?

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Url;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::event::Kind;

/// The choices of hooks.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where events go.
    pub url: ReceiverUrl,
    /// What requests are signed with.
    pub secret: Secret,
    /// Which events are told.
    pub events: EventSet,
    /// Events that may wait; past it new ones are dropped and counted.
    pub queue_events_max: usize,
    /// Bytes of events that may wait.
    pub queue_bytes_max: usize,
    /// How long a request may take until its status is there.
    pub request_time_max: Duration,
    /// How long a request is tried again before its events are dropped and counted.
    pub retry_time_max: Duration,
}

impl Config {
    /// The specification's times and the default bounds, for this receiver.
    #[must_use]
    pub fn new(url: ReceiverUrl, secret: Secret) -> Self {
        Self {
            url,
            secret,
            events: EventSet::ALL,
            queue_events_max: 100_000,
            queue_bytes_max: 32 << 20,
            request_time_max: Duration::from_secs(5),
            retry_time_max: Duration::from_secs(60),
        }
    }
}

/// Who tells: a node at one of its starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The node's name, the same at each start.
    pub name: String,
    /// A number that is larger for a later start.
    pub incarnation: u64,
}

impl Node {
    /// The node of this name, which starts now.
    #[must_use]
    pub fn starting(name: String) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            name,
            // Milliseconds, because every JSON parser keeps so large a number exactly.
            incarnation: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// An `http` or `https` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverUrl(Url);

/// Why a text is no URL of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadUrl {
    /// It can't be read.
    #[error("is no URL")]
    Malformed,
    /// It is of another scheme.
    #[error("is neither http nor https")]
    Scheme,
    /// It carries a name or password, which would stand in logs.
    #[error("carries a user name or a password, which a log would show")]
    Credentials,
}

impl ReceiverUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// It is none, or none that events could go to.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let url = Url::parse(text).map_err(|_| BadUrl::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadUrl::Scheme);
        }
        if !url.has_host() {
            return Err(BadUrl::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl::Credentials);
        }
        Ok(Self(url))
    }

    /// Whether what is sent there can be read and changed on its way by others.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let is_local = match self.0.host_str() {
            Some("localhost") => true,
            Some(host) => host
                .trim_matches(['[', ']'])
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
            None => false,
        };
        self.0.scheme() == "http" && !is_local
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ReceiverUrl {
    /// The URL without its query, in which a key may stand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        shown.set_query(None);
        shown.set_fragment(None);
        shown.fmt(f)
    }
}

/// What requests are signed with. It shows itself nowhere, and is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// Bytes that a secret should have at least: as many as its digest.
    pub const BYTES_MIN: usize = 32;

    /// Takes a secret.
    #[must_use]
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self(Zeroizing::new(bytes.as_ref().into()))
    }

    /// Whether it can be guessed more easily than a digest made with it.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.len() < Self::BYTES_MIN
    }

    pub(crate) fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Some of the kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSet(u8);

impl EventSet {
    /// No event.
    pub const NONE: Self = Self(0);

    /// Every event.
    pub const ALL: Self = Self(0b1111);

    /// The same and this kind.
    #[must_use]
    pub const fn with(self, kind: Kind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// Whether this kind is among them.
    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

impl Default for EventSet {
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_the_kinds_that_were_put_into_it() {
        let all = Kind::ALL.into_iter().fold(EventSet::NONE, EventSet::with);
        assert_eq!(all, EventSet::ALL);
        let one = EventSet::NONE.with(Kind::Disconnect);
        assert!(one.contains(Kind::Disconnect) && !one.contains(Kind::Connect));
    }

    #[test]
    fn a_url_that_events_can_not_go_to_is_refused() {
        for (text, expected) in [
            ("http://127.0.0.1:8000/omnibus/hooks/", None),
            ("https://app.example", None),
            ("app.example/hooks", Some(BadUrl::Malformed)),
            ("ftp://app.example/", Some(BadUrl::Scheme)),
            ("http://", Some(BadUrl::Malformed)),
            ("https://u:p@app.example/", Some(BadUrl::Credentials)),
        ] {
            assert_eq!(ReceiverUrl::parse(text).err(), expected, "{text}");
        }
    }

    #[test]
    fn a_url_is_shown_without_its_query_and_a_secret_not_at_all() {
        let url = ReceiverUrl::parse("https://app.example/hooks?key=hunter2#x").unwrap();
        assert_eq!(url.to_string(), "https://app.example/hooks");
        let config = Config::new(ReceiverUrl::parse("http://a/").unwrap(), Secret::new("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn only_what_stays_on_the_machine_or_is_encrypted_is_not_open() {
        for (text, open) in [
            ("http://127.0.0.1:8000/", false),
            ("http://[::1]/", false),
            ("http://localhost/", false),
            ("https://app.example/", false),
            ("http://10.0.0.7/", true),
        ] {
            assert_eq!(ReceiverUrl::parse(text).unwrap().is_open(), open, "{text}");
        }
    }
}
