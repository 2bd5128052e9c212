//! What do clients of omnibusd and of the original say on a WebSocket?

use std::net::SocketAddr;
use std::time::Duration;

use crate::error::Error;

use super::super::connection::Connection;
use super::super::frame::{self, TEXT};
use super::super::walk::{Answer, Step, wrong};
use super::Dialect;

pub(crate) const OMNIBUS: &dyn Dialect = &PLAIN;
pub(crate) const OMNIBUS_DEFLATE: &dyn Dialect = &Omnibus {
    is_compressed: true,
    ..PLAIN
};
pub(crate) const OMNIBUS_TLS: &dyn Dialect = &Omnibus {
    is_encrypted: true,
    ..PLAIN
};

const PLAIN: Omnibus = Omnibus {
    is_compressed: false,
    is_encrypted: false,
};

/// Commands and publications are texts, `!command:argument` and `channel:body`.
#[derive(Debug)]
struct Omnibus {
    /// Whether subscribers ask for compression. What they say is never compressed.
    is_compressed: bool,
    is_encrypted: bool,
}

/// Before anything is measured the publisher finds out that what it publishes arrives: the
/// original loses the first publication of a process.
const PROBE_CHANNEL: &str = "probe";
const PROBES_MAX: usize = 50;
const PROBE_TIME: Duration = Duration::from_millis(200);

/// Compression of each message by itself (RFC 7692 §7.1.1).
const DEFLATE: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// What the answer to a command says that has succeeded.
const SUCCESS: &str = r#""success": true"#;

impl Dialect for Omnibus {
    /// Says at once who it is and what it wants, and waits for both answers.
    fn steps(&self, address: SocketAddr, client: &str, channel: &str) -> Vec<Step> {
        let commands = [format!("!authenticate:{client}"), format!("!subscribe:{channel}")];
        let upgrade = Step::upgrade(address, "/ec", None);
        let upgrade = if self.is_compressed {
            upgrade.with_extension(DEFLATE)
        } else {
            upgrade
        };
        vec![upgrade, ask(&commands)]
    }

    fn publish(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        frame::of_client(TEXT, format!("{channel}:{body}").as_bytes(), out);
    }

    fn received(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        let text = format!("{channel}:{body}");
        if self.is_compressed {
            out.extend_from_slice(text.as_bytes());
        } else {
            frame::of_server(TEXT, text.as_bytes(), out);
        }
    }

    fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// Publishes into another channel until something arrives.
    fn prove(&self, publisher: &mut Connection, client: &str) -> Result<(), Error> {
        publisher.walk(vec![ask(&[format!("!subscribe:{PROBE_CHANNEL}")])])?;
        for number in 0..PROBES_MAX {
            let body = format!(r#"{{"type":"probe","sender":"{client}","payload":{{"number":{number}}}}}"#);
            let (mut said, mut heard) = (Vec::new(), Vec::new());
            self.publish(PROBE_CHANNEL, &body, &mut said);
            self.received(PROBE_CHANNEL, &body, &mut heard);
            publisher.write(&said)?;
            if publisher.hears(&heard, PROBE_TIME)? {
                return publisher.walk(vec![ask(&[format!("!unsubscribe:{PROBE_CHANNEL}")])]);
            }
        }
        Err(wrong(b"nothing", "what was published"))
    }
}

/// Gives commands and waits until all have succeeded.
fn ask(commands: &[String]) -> Step {
    let mut say = Vec::new();
    for command in commands {
        frame::of_client(TEXT, command.as_bytes(), &mut say);
    }
    Step {
        say,
        hear: vec![Answer::Frame(SUCCESS.into()); commands.len()],
    }
}
