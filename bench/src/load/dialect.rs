//! What do the clients of a server say, and what do they hear?

mod mqtt;
mod nats;
mod nchan;
mod omnibus;
mod pusher;
mod sockjs;
mod uwebsockets;

use std::fmt::Debug;
use std::net::SocketAddr;

use crate::error::Error;

use super::connection::Connection;
use super::walk::{Step, wrong};

pub(crate) use mqtt::MQTT;
pub(crate) use nats::NATS;
pub(crate) use nchan::NCHAN;
pub(crate) use omnibus::{OMNIBUS, OMNIBUS_DEFLATE, OMNIBUS_TLS};
pub(crate) use pusher::PUSHER;
pub(crate) use sockjs::{EVENT_SOURCE, XHR_STREAMING};
pub(crate) use uwebsockets::UWEBSOCKETS;

/// The protocol between a server and its clients, as far as they publish and subscribe.
pub(crate) trait Dialect: Debug + Sync {
    /// How a client gets in and joins a channel.
    fn steps(&self, address: SocketAddr, client: &str, channel: &str) -> Vec<Step>;

    /// Appends what a client sends to publish a body.
    fn publish(&self, channel: &str, body: &str, out: &mut Vec<u8>);

    /// Appends what a subscriber gets then, frames included where their borders are known.
    fn received(&self, channel: &str, body: &str, out: &mut Vec<u8>);

    /// Whether each message comes in a frame of its own, so that every byte of the stream is known.
    fn frames_are_known(&self) -> bool {
        true
    }

    /// Whether what a client publishes comes to itself too.
    fn comes_back(&self) -> bool {
        true
    }

    /// Whether what a subscriber gets is compressed before it is framed.
    fn is_compressed(&self) -> bool {
        false
    }

    /// Whether clients speak TLS.
    fn is_encrypted(&self) -> bool {
        false
    }

    /// Whether those steps are all that it takes.
    fn walks_alone(&self) -> bool {
        true
    }

    /// What the server still says unasked to those who have joined, and what is to be answered.
    fn settling(&self) -> Vec<Step> {
        Vec::new()
    }

    /// Joins and waits for it.
    ///
    /// # Errors
    /// The server refuses.
    fn join(&self, address: SocketAddr, client: &str, channel: &str, _aside: &mut Aside) -> Result<Connection, Error> {
        let mut connection = Connection::open(address, self.is_encrypted())?;
        connection.walk(self.steps(address, client, channel))?;
        Ok(connection)
    }

    /// Finds out that what a client publishes arrives, before anything counts.
    ///
    /// # Errors
    /// It does not.
    fn prove(&self, _publisher: &mut Connection, _client: &str) -> Result<(), Error> {
        Ok(())
    }
}

/// The connection on which all clients say what they can't say on their own.
pub(crate) type Aside = Option<Connection>;

/// How clients are called that have this number.
pub(super) fn client_name(number: usize) -> String {
    // All names have one length, so that all messages have.
    format!("client-{number:05}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::message::{BODY_BYTES, Fill, LARGE_BODY_BYTES, body};

    const ALL: [&dyn Dialect; 10] = [
        OMNIBUS,
        OMNIBUS_DEFLATE,
        OMNIBUS_TLS,
        UWEBSOCKETS,
        NCHAN,
        NATS,
        MQTT,
        PUSHER,
        XHR_STREAMING,
        EVENT_SOURCE,
    ];

    #[test]
    fn all_messages_of_a_dialect_have_one_length() {
        for dialect in ALL {
            for size in [BODY_BYTES, LARGE_BODY_BYTES] {
                let length = |number| {
                    let mut bytes = Vec::new();
                    dialect.received("bench", &body(number, "client-00000", size, Fill::Dots), &mut bytes);
                    assert!(bytes.len() > size);
                    bytes.len()
                };
                assert_eq!(length(0), length(999_999_999_999));
            }
        }
    }
}
