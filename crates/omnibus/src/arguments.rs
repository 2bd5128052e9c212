//! What does the command line say?

use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use omnibus_protocol::{ChannelName, ChannelNameBuf, Identifier};
use omnibus_settings::units;

use crate::bench::Bench;
use crate::envelope::Payload;
use crate::target::{BusAddress, Url};

const EXIT_CODES: &str = "\
Exit codes:
   0  done
   1  refused, or sent but not confirmed: the message may have arrived
   2  the command line is wrong; nothing was sent
  69  the server can't be reached, or the connection was lost
  75  timed out: nothing was sent, or not so many messages came

Data goes to standard output, words for people to standard error.";

/// Publishes, listens and measures on an Omnibus server.
#[derive(Debug, Parser)]
#[command(name = "omnibus", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Publish(Publish),
    Subscribe(Subscribe),
    Ping(Ping),
    Bench(Bench),
}

/// Publishes one message, and waits until it is confirmed.
///
/// Over WebSocket it is confirmed when it comes back through its channel; over the bus, when the
/// bus has taken it. Nothing is sent before the connection carries.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Publish {
    /// The channel.
    #[arg(value_parser = channel)]
    pub(crate) channel: ChannelNameBuf,
    /// The type of the message.
    #[arg(value_name = "TYPE")]
    pub(crate) kind: String,
    /// The payload, a JSON object.
    #[arg(value_name = "JSON", default_value = "{}", value_parser = Payload::parse)]
    pub(crate) payload: Payload,
    /// Publish at a bus's publisher address instead, such as tcp://127.0.0.1:4244.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "url")]
    pub(crate) bus: Option<BusAddress>,
    /// Who is said to have sent it; over WebSocket by default a random name, over the bus null.
    #[arg(long, value_name = "NAME", value_parser = sender)]
    pub(crate) sender: Option<String>,
    /// How long all of it may take.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// Prints the messages of channels, one line each.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Subscribe {
    /// The channels.
    #[arg(required = true, value_name = "CHANNEL", value_parser = channel)]
    pub(crate) channels: Vec<ChannelNameBuf>,
    /// Listen at a bus's subscriber address instead, such as tcp://127.0.0.1:4243.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "url")]
    pub(crate) bus: Option<BusAddress>,
    /// End after so many messages.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// End after this time: with --count, 75 if fewer messages came by then.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// Measures how long a server takes to connect, for a WebSocket ping and for a command.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Ping {
    /// How long all of it may take.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// What all commands take.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The server's WebSocket; else OMNIBUS_URL, else ws://127.0.0.1:4242/ec.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<Url>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

fn channel(name: &str) -> Result<ChannelNameBuf, String> {
    ChannelName::parse(name)
        .map(ChannelName::to_buf)
        .map_err(|error| error.to_string())
}

fn sender(name: &str) -> Result<String, String> {
    let identifier = Identifier::parse(name).map_err(|error| error.to_string())?;
    Ok(identifier.as_str().to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    units::duration(text)
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "no time above zero; write it like this: 500ms, 5s, 2m, 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_makes_sense_to_its_parser() {
        Arguments::command().debug_assert();
    }
}
