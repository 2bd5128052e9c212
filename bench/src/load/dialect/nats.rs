//! What do clients of nats-server say on its WebSocket?

use std::net::SocketAddr;

use super::super::frame::{self, BINARY};
use super::super::walk::{Answer, Step};
use super::Dialect;

pub(crate) const NATS: &dyn Dialect = &Nats;

/// Lines of text, and bodies of a length that was told before. The server puts as many into a
/// frame as are waiting.
#[derive(Debug)]
struct Nats;

impl Dialect for Nats {
    fn steps(&self, address: SocketAddr, _client: &str, channel: &str) -> Vec<Step> {
        let mut upgrade = Step::upgrade(address, "/", None);
        upgrade.hear.push(Answer::Frame(b"INFO ".to_vec()));
        let lines = format!("CONNECT {{\"verbose\":false,\"pedantic\":false}}\r\nSUB {channel} 1\r\nPING\r\n");
        vec![upgrade, step(&lines, "PONG\r\n")]
    }

    fn publish(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        let line = format!("PUB {channel} {}\r\n{body}\r\n", body.len());
        frame::of_client(BINARY, line.as_bytes(), out);
    }

    fn received(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("MSG {channel} 1 {}\r\n{body}\r\n", body.len()).as_bytes());
    }

    fn frames_are_known(&self) -> bool {
        false
    }

    /// The server pings everybody once, some two seconds after they have come.
    fn settling(&self) -> Vec<Step> {
        let mut pinged = step("PONG\r\n", "");
        pinged.hear.clear();
        vec![
            Step {
                say: Vec::new(),
                hear: vec![Answer::Frame(b"PING\r\n".to_vec())],
            },
            pinged,
        ]
    }
}

fn step(say: &str, hear: &str) -> Step {
    let mut words = Vec::new();
    frame::of_client(BINARY, say.as_bytes(), &mut words);
    Step {
        say: words,
        hear: vec![Answer::Frame(hear.into())],
    }
}
