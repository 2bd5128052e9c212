//! How is omnibusd started?

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::load::{Certificate, Dialect, EVENT_SOURCE, OMNIBUS, OMNIBUS_DEFLATE, OMNIBUS_TLS, XHR_STREAMING};
use crate::measure;

use super::{Contender, Site};

/// The release build of omnibusd, with settings beside its defaults.
#[derive(Debug, Clone)]
pub(crate) struct Ours {
    program: PathBuf,
    name: &'static str,
    arguments: Vec<&'static str>,
    subscriber: &'static dyn Dialect,
    is_pinned: bool,
}

/// What it serves with one shard, whatever else is set.
const ONE_SHARD: [&str; 2] = ["--shards", "1"];

/// What it takes to serve SockJS to so many clients of one address.
const SOCKJS: [&str; 6] = [
    "--server-webapp-factory",
    "sockjs",
    "--sockjs-sessions-per-address-max",
    "100000",
    // No stream comes to its end, so that none is asked for again meanwhile.
    "--sockjs-stream-bytes-max",
    "1 GiB",
];

/// What it takes to compress for those who ask for it.
const COMPRESSION: [&str; 2] = ["--websocket-compression", "true"];

impl Ours {
    /// Finds the one that was built together with this program.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn beside_this_program() -> Result<Self, Error> {
        let this = env::current_exe().map_err(Error::system("find this program"))?;
        let program = this.with_file_name("omnibusd");
        if program.is_file() {
            return Ok(Self {
                program,
                name: "omnibusd",
                arguments: ONE_SHARD.to_vec(),
                subscriber: OMNIBUS,
                is_pinned: true,
            });
        }
        Err(Error::Missing {
            what: "omnibusd, built for release,".to_owned(),
            hint: "run `cargo xtask bench`, which builds it",
        })
    }

    /// Where it is.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// The same with other settings, under another name.
    pub(crate) fn with(&self, name: &'static str, arguments: &[&'static str]) -> Self {
        Self {
            name,
            arguments: [&self.arguments, arguments].concat(),
            ..self.clone()
        }
    }

    /// The same with so many shards on all cores.
    pub(crate) fn unpinned(&self, name: &'static str, shards: &'static str) -> Self {
        Self {
            name,
            arguments: vec!["--shards", shards],
            is_pinned: false,
            ..self.clone()
        }
    }

    /// The same where it serves SockJS, to subscribers that receive by a WebSocket and by each of
    /// the two streams.
    pub(crate) fn with_sockjs(&self) -> [Self; 3] {
        [
            ("WebSocket", OMNIBUS),
            ("xhr_streaming", XHR_STREAMING),
            ("eventsource", EVENT_SOURCE),
        ]
        .map(|(name, subscriber)| Self {
            subscriber,
            ..self.with(name, &SOCKJS)
        })
    }
    /// The same where it compresses, to subscribers that don't ask for it and to those that do.
    pub(crate) fn with_compression(&self) -> [Self; 2] {
        [("plain", OMNIBUS), ("compressed", OMNIBUS_DEFLATE)].map(|(name, subscriber)| Self {
            subscriber,
            ..self.with(name, &COMPRESSION)
        })
    }

    /// The same without TLS and with it.
    pub(crate) fn with_tls(&self) -> [Self; 2] {
        [("plain", OMNIBUS), ("TLS", OMNIBUS_TLS)].map(|(name, subscriber)| Self {
            subscriber,
            ..self.with(name, &[])
        })
    }
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> Result<String, Error> {
        measure::said(Command::new(&self.program).arg("--version"))
    }

    fn command(&self, site: &Site) -> Result<Command, Error> {
        let mut command = Command::new(&self.program);
        site.set(&mut command);
        command
            .args(&self.arguments)
            .env("OMNIBUS_SERVER_LISTEN", "127.0.0.1")
            // Nobody pings as long as a measurement lasts.
            .env("OMNIBUS_SERVER_PING_INTERVAL", "1h")
            .env("OMNIBUS_LOG_LEVEL", "error");
        if self.subscriber.is_encrypted() {
            let certificate = Certificate::of_this_run();
            command
                .env(
                    "OMNIBUS_SERVER_TLS_CERTIFICATE",
                    site.write("certificate.pem", &certificate.certificate_pem)?,
                )
                .env("OMNIBUS_SERVER_TLS_KEY", site.write("key.pem", &certificate.key_pem)?);
        }
        Ok(command)
    }

    fn dialect(&self) -> &'static dyn Dialect {
        self.subscriber
    }

    fn publisher(&self) -> &'static dyn Dialect {
        // A listener speaks TLS to all or to nobody.
        if self.subscriber.is_encrypted() {
            self.subscriber
        } else {
            OMNIBUS
        }
    }

    fn is_pinned(&self) -> bool {
        self.is_pinned
    }
}
