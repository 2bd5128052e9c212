//! How are the messages of channels printed as they come?

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;

use omnibus_protocol::split_frame;
use omnibus_zmtp::SocketType;

use crate::arguments::Subscribe;
use crate::bus::{Bus, Did};
use crate::deadline::{Awaited, Deadline};
use crate::envelope::Line;
use crate::error::Error;
use crate::output;
use crate::publish::random_identifier;
use crate::target::{BusAddress, Url};
use crate::websocket::{Client, Said};

/// How long connecting and subscribing may take where listening may take for ever.
const SETUP_TIME_MAX: Duration = Duration::from_secs(10);

const SUBSCRIBING: Awaited = Awaited {
    what: "subscribing",
    mend: "look into the server's log",
};

const MESSAGES: Awaited = Awaited {
    what: "waiting for messages",
    mend: "fewer came than --count says",
};

/// Prints what comes and counts it.
struct Printer {
    line: Line,
    left: Option<u64>,
}

impl Printer {
    fn print(&mut self, frame: &[u8]) -> Result<(), Error> {
        if self.is_done() {
            return Ok(());
        }
        output::print(&self.line.of(frame))?;
        self.left = self.left.map(|left| left - 1);
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.left == Some(0)
    }
}

/// Prints messages until there are enough, or the time is over.
///
/// # Errors
/// An [`Error`] if too few came or the connection was lost.
pub(crate) fn run(subscribe: Subscribe) -> Result<(), Error> {
    let deadline = Deadline::after(subscribe.timeout);
    // A channel that is named twice is subscribed once.
    let channels: BTreeSet<String> = subscribe
        .channels
        .iter()
        .map(|channel| channel.as_str().to_owned())
        .collect();
    let mut printer = Printer {
        line: if subscribe.server.json { Line::Json } else { Line::Text },
        left: subscribe.count,
    };
    let outcome = match subscribe.bus {
        Some(address) => from_bus(&address, &channels, deadline, &mut printer),
        None => {
            let url = Url::or_environment(subscribe.server.url)?;
            from_websocket(&url, &channels, deadline, &mut printer)
        }
    };
    match outcome {
        // Listening for a while was all that was asked for.
        Err(Error::TimedOut { what, .. }) if what == MESSAGES.what && subscribe.count.is_none() => Ok(()),
        // Whoever reads has read enough: `omnibus subscribe news | head -1`.
        Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

fn from_websocket(
    url: &Url,
    channels: &BTreeSet<String>,
    deadline: Deadline,
    printer: &mut Printer,
) -> Result<(), Error> {
    let setup = deadline.or_after(SETUP_TIME_MAX);
    let mut client = Client::connect(url, setup)?;
    client.authenticate(&random_identifier(), setup)?;
    for channel in channels {
        client.subscribe(channel, setup, |text| printer.print(text.as_bytes()))?;
    }
    subscribed(channels);
    while !printer.is_done() {
        match client.next(deadline, MESSAGES)? {
            // The original's subscriptions are prefixes; nobody asked for those channels.
            Said::Message(text) if is_wanted(text.as_bytes(), channels) => printer.print(text.as_bytes())?,
            Said::Message(_) | Said::Answer { .. } | Said::Pong(_) => {}
        }
    }
    client.close();
    Ok(())
}

fn from_bus(
    address: &BusAddress,
    channels: &BTreeSet<String>,
    deadline: Deadline,
    printer: &mut Printer,
) -> Result<(), Error> {
    let setup = deadline.or_after(SETUP_TIME_MAX);
    let mut bus = Bus::connect(address, SocketType::Sub, setup)?;
    for channel in channels {
        bus.subscribe(format!("{channel}:").as_bytes(), setup, SUBSCRIBING)?;
    }
    subscribed(channels);
    while !printer.is_done() {
        match bus.next(deadline, MESSAGES)? {
            Did::Message(frame) if is_wanted(&frame, channels) => printer.print(&frame)?,
            _ => {}
        }
    }
    Ok(())
}

fn subscribed(channels: &BTreeSet<String>) {
    let names: Vec<&str> = channels.iter().map(String::as_str).collect();
    output::say(&format!("subscribed to {}", names.join(", ")));
}

fn is_wanted(frame: &[u8], channels: &BTreeSet<String>) -> bool {
    split_frame(frame)
        .and_then(|(channel, _)| std::str::from_utf8(channel).ok())
        .is_some_and(|channel| channels.contains(channel))
}
