//! What do clients of Sockudo say, in the protocol of Pusher?

use std::fmt::Write as _;
use std::net::SocketAddr;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::super::frame::{self, TEXT};
use super::super::walk::{Answer, Step};
use super::Dialect;

pub(crate) const PUSHER: &dyn Dialect = &Pusher;

/// Events as JSON. Clients may publish to private channels only, which they join with a signature
/// over what the server calls their connection; what they publish does not come back to them.
#[derive(Debug)]
struct Pusher;

/// The application of `bench/peers/sockudo.toml`.
const KEY: &str = "bench-key";
const SECRET: &[u8] = b"bench-secret";

const ESTABLISHED: &str = "pusher:connection_established";
const SUBSCRIBED: &[u8] = b"pusher_internal:subscription_succeeded";

impl Dialect for Pusher {
    fn steps(&self, address: SocketAddr, _client: &str, channel: &str) -> Vec<Step> {
        let mut upgrade = Step::upgrade(address, &format!("/app/{KEY}?protocol=7&client=bench&version=1"), None);
        upgrade.hear.extend([
            Answer::Challenge {
                part: ESTABLISHED.into(),
                about: private(channel),
                respond: subscribe,
            },
            Answer::Frame(SUBSCRIBED.to_vec()),
        ]);
        vec![upgrade]
    }

    fn publish(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        frame::of_client(TEXT, event(channel, body).as_bytes(), out);
    }

    fn received(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        frame::of_server(TEXT, event(channel, body).as_bytes(), out);
    }

    fn comes_back(&self) -> bool {
        false
    }
}

fn private(channel: &str) -> String {
    format!("private-{channel}")
}

/// What a client publishes, and all others get.
fn event(channel: &str, body: &str) -> String {
    // Of what JSON escapes, messages have quotes only.
    let quoted = body.replace('"', r#"\""#);
    format!(
        r#"{{"event":"client-tick","channel":"{}","data":"{quoted}"}}"#,
        private(channel)
    )
}

/// What subscribes to a channel once the server has named the connection.
fn subscribe(established: &[u8], channel: &str) -> Option<Vec<u8>> {
    let event: Value = serde_json::from_slice(established).ok()?;
    // What an event carries is a text, which is JSON once more.
    let data: Value = serde_json::from_str(event["data"].as_str()?).ok()?;
    let signature = sign(&format!("{}:{channel}", data["socket_id"].as_str()?));
    let text = format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}","auth":"{KEY}:{signature}"}}}}"#);
    let mut words = Vec::new();
    frame::of_client(TEXT, text.as_bytes(), &mut words);
    Some(words)
}

fn sign(text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("a key may have any length");
    mac.update(text.as_bytes());
    let mut digits = String::new();
    for byte in mac.finalize().into_bytes() {
        write!(digits, "{byte:02x}").expect("a string takes all that is written");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscription_is_signed_with_the_name_of_the_connection() {
        let established =
            br#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"12.34\",\"activity_timeout\":120}"}"#;
        let words = subscribe(established, "private-bench-000").unwrap();
        let signature = sign("12.34:private-bench-000");
        let text = format!(
            r#"{{"event":"pusher:subscribe","data":{{"channel":"private-bench-000","auth":"bench-key:{signature}"}}}}"#
        );
        let mut expected = Vec::new();
        frame::of_client(TEXT, text.as_bytes(), &mut expected);
        assert_eq!(words, expected);
        assert_eq!(subscribe(b"{}", "private-bench-000"), None);
    }

    #[test]
    fn signature_is_that_of_openssl() {
        // printf 12.34:private-bench-000 | openssl dgst -sha256 -hmac bench-secret
        assert_eq!(
            sign("12.34:private-bench-000"),
            "b77b2c13ff88c815688d4b520fc84ea77eeb2ec7a10a270b13b3497fa43ccf57"
        );
    }
}
