//! What does the command line of `omnibus bench` say?

use std::time::Duration;

use clap::{Args, Subcommand};
use omnibus_protocol::{ChannelName, ChannelNameBuf};
use omnibus_settings::units;

use crate::target::Url;

use super::message::BODY_BYTES_MIN;
use super::placement::{PROCESSES_MAX, THREADS_MAX};
use super::sources::Sources;

const EXIT_CODES: &str = "\
Exit codes:
   0  every undisturbed client got in, stayed, and got everything once and in order
   1  refused
   2  the command line is wrong; nothing was measured
   3  measured, but something was lost, doubled, out of order, closed or refused
  69  the server can't be reached, or the connection was lost
  71  the generator itself failed
  75  timed out before anything was measured

The report goes to standard output; docs/bench.md explains each figure.";

/// The most clients, and the most of other things that are counted one by one.
const COUNT_MAX: i64 = 1_000_000;

/// The largest rate per second.
const RATE_MAX: f64 = 10_000_000.0;

/// The largest body: what a server takes by default, with room for the channel.
const BODY_BYTES_MAX: u64 = (1 << 20) - 512;

/// The longest channel name that leaves room for the numbers behind it.
const CHANNEL_BYTES_MAX: usize = 200;

/// Measures what a server carries: how many clients, how fast, and how late.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Bench {
    #[command(subcommand)]
    pub(crate) mode: Mode,
}

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Mode {
    Idle(Idle),
    Fanout(Fanout),
    Rooms(Rooms),
    Latency(Latency),
    Connect(Connect),
    Publish(Publish),
    Cluster(Cluster),
    /// What this program runs where one process is not enough.
    #[command(hide = true)]
    Worker,
}

/// Lets clients connect, subscribe and stay.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Idle {
    /// Clients.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = count)]
    pub(crate) clients: u32,
    /// Channels that each subscribes.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = channels)]
    pub(crate) channels: u32,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Publishes in one channel that all have subscribed, as fast as they take it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Fanout {
    #[command(flatten)]
    pub(crate) room: Room,
    /// Messages that each publisher has under way; 16 unless there is a --rate.
    #[arg(long, value_name = "K", conflicts_with = "rate", value_parser = in_flight)]
    pub(crate) in_flight: Option<u32>,
    /// Messages per second, of all publishers together, whatever becomes of them.
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    #[command(flatten)]
    pub(crate) run: Run,
}

/// Lets the members of many small rooms publish.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Rooms {
    /// Rooms, each a channel of its own.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
    pub(crate) rooms: u32,
    /// Clients in each room.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = count)]
    pub(crate) members: u32,
    /// How many of them publish; all unless set.
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) publishers: Option<u32>,
    /// Messages that each publisher has under way, instead of a rate.
    #[arg(long, value_name = "K", conflicts_with = "rate", value_parser = in_flight)]
    pub(crate) in_flight: Option<u32>,
    /// Messages per second, of all publishers together; one for each unless set.
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    #[command(flatten)]
    pub(crate) run: Run,
}

/// Measures how late messages come at a rate, from the moment at which each was due.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Latency {
    #[command(flatten)]
    pub(crate) room: Room,
    /// Messages per second, of all publishers together.
    #[arg(long, value_name = "PER_SECOND", default_value = "50", value_parser = rate)]
    pub(crate) rate: f64,
    #[command(flatten)]
    pub(crate) run: Run,
}

/// Lets clients connect, subscribe and leave, again and again.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Connect {
    /// Clients that are there at once, at most.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
    pub(crate) clients: u32,
    /// Clients that come in a second; unless set, the next comes when one has left.
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// How long each stays.
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = any_time)]
    pub(crate) hold: Duration,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Measures how many messages publishers get through, each in a channel of its own.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Publish {
    /// Publishers.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count)]
    pub(crate) publishers: u32,
    /// Messages that each has under way; 64 unless there is a --rate.
    #[arg(long, value_name = "K", conflicts_with = "rate", value_parser = in_flight)]
    pub(crate) in_flight: Option<u32>,
    /// Messages per second, of all publishers together.
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    #[command(flatten)]
    pub(crate) run: Run,
}

/// Spreads clients over several servers, publishes at the first, and tells when the last had it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Cluster {
    /// Subscribers at all servers together, beside the publisher.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = count)]
    pub(crate) clients: u32,
    /// Messages per second.
    #[arg(long, value_name = "PER_SECOND", default_value = "1", value_parser = rate)]
    pub(crate) rate: f64,
    #[command(flatten)]
    pub(crate) run: Run,
}

/// Who is in the one channel of a run.
#[derive(Debug, Args)]
pub(crate) struct Room {
    /// Subscribers, beside the publishers.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = count)]
    pub(crate) clients: u32,
    /// Publishers; they have subscribed the channel, too.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count)]
    pub(crate) publishers: u32,
}

/// What every run takes in which messages are published.
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) messages: Messages,
    #[command(flatten)]
    pub(crate) disturbances: Disturbances,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What is published.
#[derive(Debug, Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct Messages {
    /// The bytes of a message behind its channel, such as 128 or 64KiB.
    #[arg(long, value_name = "BYTES", default_value = "128", value_parser = body)]
    pub(crate) payload: usize,
    /// The bytes of some larger messages.
    #[arg(long, value_name = "BYTES", value_parser = body)]
    pub(crate) large_payload: Option<usize>,
    /// One of so many messages of each publisher is larger.
    #[arg(long, value_name = "N", default_value_t = 100, requires = "large_payload", value_parser = count)]
    pub(crate) large_every: u32,
}

/// Who is there to disturb; latencies and losses are told without them.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Disturbances")]
pub(crate) struct Disturbances {
    /// Subscribers that never read.
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) never_read: f64,
    /// Subscribers that read slowly.
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) slow_read: f64,
    /// Bytes that each of these reads in a second.
    #[arg(long, value_name = "BYTES", default_value = "10000", value_parser = bytes)]
    pub(crate) slow_read_bytes: u64,
    /// Clients that connect, subscribe and leave in a second.
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    pub(crate) churn: Option<f64>,
    /// Channels that are made and left in a second.
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    pub(crate) channel_churn: Option<f64>,
}

/// What all modes take.
#[derive(Debug, Args)]
#[command(next_help_heading = "The run")]
pub(crate) struct Common {
    /// The servers' WebSockets; else OMNIBUS_URL, else ws://127.0.0.1:4242/ec.
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) url: Vec<Url>,
    /// The user and the token that all clients show, `user:token` as a Django site prints it.
    #[arg(long, value_name = "USER:TOKEN", env = "OMNIBUS_AUTH_TOKEN", hide_env_values = true, value_parser = token)]
    pub(crate) auth_token: Option<String>,
    /// How long is measured.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    pub(crate) duration: Duration,
    /// How long it runs before it is measured.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = any_time)]
    pub(crate) warmup: Duration,
    /// How long what is under way may take at the end, before it is lost.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    pub(crate) drain: Duration,
    /// Clients that begin to connect in a second.
    #[arg(long, value_name = "PER_SECOND", default_value = "5000", value_parser = rate)]
    pub(crate) connect_rate: f64,
    /// How long a client may take to get in.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub(crate) connect_timeout: Duration,
    /// The channel, or what channels' names begin with; a random name unless set.
    #[arg(long, value_name = "NAME", value_parser = channel)]
    pub(crate) channel: Option<ChannelNameBuf>,
    /// Addresses to connect from: 127.0.0.1-127.0.0.20, 127.0.0.0/28. Unless set, the system
    /// chooses; past 10,000 clients of a server on a loopback, as many as they need.
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    pub(crate) source: Vec<Sources>,
    /// Threads of each process; half of the cores unless set, so that the server has the others.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(THREADS_MAX)))]
    pub(crate) threads: Option<u32>,
    /// Child processes; as many as the limit of open files makes necessary, unless set.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(PROCESSES_MAX)))]
    pub(crate) processes: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

fn within(text: &str, max: i64) -> Result<u32, String> {
    let number = text.parse::<i64>().ok().filter(|number| (1..=max).contains(number));
    let number = number.ok_or_else(|| format!("no number from 1 to {max}"))?;
    u32::try_from(number).map_err(|error| error.to_string())
}

fn count(text: &str) -> Result<u32, String> {
    within(text, COUNT_MAX)
}

fn channels(text: &str) -> Result<u32, String> {
    within(text, 10_000)
}

fn in_flight(text: &str) -> Result<u32, String> {
    within(text, 10_000)
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok();
    rate.filter(|rate| *rate >= 0.001 && *rate <= RATE_MAX)
        .ok_or_else(|| format!("no rate from 0.001 to {RATE_MAX} per second"))
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').parse::<f64>().ok();
    percent
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "no percentage from 0 to 100".to_owned())
}

fn bytes(text: &str) -> Result<u64, String> {
    units::bytes(text)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "no number of bytes; write it like this: 10000, 64KiB".to_owned())
}

fn body(text: &str) -> Result<usize, String> {
    let min = BODY_BYTES_MIN as u64;
    let body = bytes(text)?;
    if !(min..=BODY_BYTES_MAX).contains(&body) {
        return Err(format!("a message has {min} to {BODY_BYTES_MAX} bytes"));
    }
    usize::try_from(body).map_err(|error| error.to_string())
}

fn any_time(text: &str) -> Result<Duration, String> {
    units::duration(text).ok_or_else(|| "no time; write it like this: 500ms, 5s, 2m, 1h".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    any_time(text).and_then(|time| match time {
        Duration::ZERO => Err("no time above zero; write it like this: 500ms, 5s, 2m, 1h".to_owned()),
        time => Ok(time),
    })
}

fn channel(name: &str) -> Result<ChannelNameBuf, String> {
    if name.len() > CHANNEL_BYTES_MAX {
        return Err(format!(
            "longer than {CHANNEL_BYTES_MAX} bytes; numbers are put behind it"
        ));
    }
    let name = ChannelName::parse(name).map_err(|error| error.to_string())?;
    Ok(name.to_buf())
}

fn token(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some((user, token)) if !user.is_empty() && !token.is_empty() => Ok(text.to_owned()),
        _ => Err("no user and token; write user:token, as the site prints it".to_owned()),
    }
}
