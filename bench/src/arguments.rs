//! What is the benchmark asked to do?

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures omnibusd against other servers and writes docs/performance.md.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// How often everything is measured; each round starts its servers anew.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// How long each measurement of the fan-out lasts, after a warm-up.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 2_000)]
    millis: u64,
    /// Measures one thing only, and prints the report without writing it.
    #[arg(long)]
    pub(crate) only: Option<Case>,
    /// Puts the section of this one thing into the page, and leaves the others as they are.
    #[arg(long, requires = "only")]
    pub(crate) write: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// How long each measurement of the fan-out lasts.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_millis(self.millis)
    }
}

/// One thing to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Case {
    Bus,
    FanOut,
    Memory,
    Instructions,
    #[value(name = "sockjs")]
    SockJs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Drives a server that runs already, for profilers.
    Load(Load),
    /// Drives a relay of ZeroMQ that runs already, for profilers.
    LoadBus(LoadBus),
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
    #[arg(long, default_value_t = 1_000)]
    pub(crate) subscribers: usize,
    /// Publications that may be under way at once.
    #[arg(long, default_value_t = 16, value_parser = in_flight)]
    pub(crate) in_flight: u64,
    #[arg(long, default_value_t = 10_000)]
    pub(crate) messages: u64,
}

fn in_flight(text: &str) -> Result<u64, String> {
    let max = crate::load::IN_FLIGHT_MAX;
    match text.parse() {
        Ok(number) if (1..=max).contains(&number) => Ok(number),
        _ => Err(format!("1 to {max}")),
    }
}
