//! What is the benchmark asked to do?

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures omnibusd against other servers and writes docs/performance.md.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// How often everything is measured; each round starts its servers anew.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// How long each measurement lasts, after a warm-up.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..))]
    millis: u64,
    /// Measures this alone, and prints the sections without writing them. May be given repeatedly.
    #[arg(long, value_name = "CASE")]
    only: Vec<Case>,
    /// Measures ours beside this server alone. May be given repeatedly.
    #[arg(long, value_name = "SERVER", requires_if("sockudo", "all"))]
    against: Vec<Peer>,
    /// Measures Sockudo too, which is built first: that takes many minutes.
    #[arg(long)]
    all: bool,
    /// The subscribers of the fan-out, instead of those of the page.
    #[arg(long, value_delimiter = ',', value_parser = subscribers)]
    pub(crate) subscribers: Vec<usize>,
    /// Puts the sections of these things into the page, and leaves the others as they are.
    #[arg(long, requires = "only")]
    pub(crate) write: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// How long each measurement lasts.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_millis(self.millis)
    }

    /// Whether this is to be measured.
    pub(crate) fn wants(&self, case: Case) -> bool {
        self.only.is_empty() || self.only.contains(&case)
    }

    /// Whether ours is compared with this one.
    pub(crate) fn is_against(&self, peer: Peer) -> bool {
        let is_asked_for = self.against.is_empty() || self.against.contains(&peer);
        is_asked_for && (self.all || peer != Peer::Sockudo)
    }

    /// Whether everything is measured, so that the page says nothing else.
    pub(crate) fn is_whole(&self) -> bool {
        self.only.is_empty() && self.against.is_empty() && self.subscribers.is_empty()
    }
}

/// One thing to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Case {
    Bus,
    Conditions,
    FanOut,
    Flood,
    Rooms,
    Memory,
    Connect,
    Latency,
    Shards,
    Instructions,
    #[value(name = "sockjs")]
    SockJs,
    Compression,
    Tls,
}

/// A server beside ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    #[value(name = "uwebsockets")]
    UWebSockets,
    Nchan,
    Nats,
    Mosquitto,
    Original,
    /// Only with `--all`.
    Sockudo,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Drives an omnibusd that runs already, for profilers.
    Load(Load),
    /// Looks where a delivery's time goes, and writes docs/profile.md.
    Profile,
    /// Drives a relay of ZeroMQ that runs already, for profilers.
    LoadBus(LoadBus),
    /// Is the relay that copies bytes and knows no messages.
    #[command(name = COPY_BYTES, hide = true)]
    CopyBytes(CopyBytes),
}

/// The command by which this program starts itself as a relay.
pub(crate) const COPY_BYTES: &str = "copy-bytes";

#[derive(Debug, Args)]
pub(crate) struct CopyBytes {
    pub(crate) publishers: SocketAddr,
    pub(crate) subscribers: SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct LoadBus {
    /// Where publishers come.
    pub(crate) publishers: SocketAddr,
    /// Where subscribers come.
    pub(crate) subscribers: SocketAddr,
    /// How many subscribers there are.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) count: u16,
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 2_000)]
    pub(crate) millis: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Beside the publisher, in each room.
    #[arg(long, default_value_t = 1_000, value_parser = subscribers)]
    pub(crate) subscribers: usize,
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) rooms: u16,
    /// Publications of a room that may be under way at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=64))]
    pub(crate) in_flight: u64,
    /// Publications to each room.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) messages: u64,
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u16).range(100..))]
    pub(crate) body_bytes: u16,
}

/// What fits into a process's descriptors on most machines.
fn subscribers(text: &str) -> Result<usize, String> {
    const MAX: usize = 100_000;
    match text.parse() {
        Ok(number) if (1..MAX).contains(&number) => Ok(number),
        _ => Err(format!("1 to {MAX}")),
    }
}
