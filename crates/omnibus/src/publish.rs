//! How does one message get out, and how is that known?
//!
//! The original loses the first message of every connection, because it sends before anybody
//! listens. Here nothing is sent before the connection carries: over the bus until the listener
//! has said that it wants it, over WebSocket until the channel is subscribed.

use std::time::{Duration, Instant};

use omnibus_zmtp::SocketType;
use serde_json::json;

use crate::arguments::Publish;
use crate::bus::{Bus, Did};
use crate::deadline::{Awaited, Deadline};
use crate::envelope::Envelope;
use crate::error::Error;
use crate::output;
use crate::target::{BusAddress, Url};
use crate::websocket::{Client, Said};

const WANTED: Awaited = Awaited {
    what: "waiting until the bus wants the channel",
    mend: "check that this is its publisher address; nothing was sent",
};

const SENDING: Awaited = Awaited {
    what: "sending",
    mend: "look into the server's log",
};

/// Publishes one message and says so.
///
/// # Errors
/// An [`Error`] if it is not confirmed.
pub(crate) fn run(publish: Publish) -> Result<(), Error> {
    let start = Instant::now();
    let deadline = Deadline::after(Some(publish.timeout));
    let mut envelope = Envelope {
        channel: publish.channel,
        kind: publish.kind,
        payload: publish.payload,
        sender: publish.sender,
    };
    let by = match publish.bus {
        Some(address) => {
            over_bus(&address, &envelope, deadline)?;
            "bus"
        }
        None => {
            let url = Url::or_environment(publish.server.url)?;
            over_websocket(&url, &mut envelope, deadline)?;
            "websocket"
        }
    };
    confirmed(envelope.channel.as_str(), by, start.elapsed(), publish.server.json)
}

fn confirmed(channel: &str, by: &str, took: Duration, json: bool) -> Result<(), Error> {
    let took_ms = millis(took);
    if json {
        let line = json!({ "channel": channel, "confirmed": true, "by": by, "took_ms": took_ms });
        return output::print(&line.to_string());
    }
    output::say(&format!("published in {channel}, confirmed by {by} after {took_ms} ms"));
    Ok(())
}

/// Milliseconds with three places.
pub(crate) fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// Gives a name that nobody else has, so that an echo is known.
pub(crate) fn random_identifier() -> String {
    format!("omnibus-{:016x}", fastrand::u64(..))
}

fn over_websocket(url: &Url, envelope: &mut Envelope, deadline: Deadline) -> Result<(), Error> {
    let mut client = Client::connect(url, deadline)?;
    // A server puts the identifier in place of any other sender: sent at once, the message comes
    // back as it went.
    let identifier = envelope.sender.get_or_insert_with(random_identifier).clone();
    client.authenticate(&identifier, deadline)?;
    let channel = envelope.channel.as_str().to_owned();
    client.subscribe(&channel, deadline, |_| Ok(()))?;
    client.send(envelope.to_frame(), deadline, SENDING)?;
    loop {
        match client.next(deadline, SENDING) {
            Ok(Said::Message(text)) if envelope.is_echo(&text) => break,
            Ok(_) => {}
            Err(error) => return Err(after_sending(error)),
        }
    }
    // It is confirmed: what is left is courtesy.
    let _ = client.send(format!("!unsubscribe:{channel}"), deadline, SENDING);
    client.close();
    Ok(())
}

fn over_bus(address: &BusAddress, envelope: &Envelope, deadline: Deadline) -> Result<(), Error> {
    let mut bus = Bus::connect(address, SocketType::Pub, deadline)?;
    let frame = envelope.to_frame();
    loop {
        match bus.next(deadline, WANTED)? {
            Did::Subscribe(topic) if frame.as_bytes().starts_with(&topic) => break,
            _ => {}
        }
    }
    bus.send(frame.as_bytes(), deadline, SENDING)?;
    bus.confirm(deadline, SENDING).map_err(after_sending)
}

/// Once a message is out, whoever sends it again because of a time-out may send it twice.
fn after_sending(error: Error) -> Error {
    match error {
        Error::TimedOut { timeout, .. } => Error::NotConfirmed {
            timeout,
            reason: "it may have arrived, or the server may have dropped it; look into the server's log before you \
                     send it again",
        },
        error => error,
    }
}
