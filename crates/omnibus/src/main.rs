//! How does somebody publish, listen and measure from a command line?
#![forbid(unsafe_code)]

mod arguments;
mod bench;
mod bus;
mod deadline;
mod envelope;
mod error;
mod json_text;
mod output;
mod ping;
mod publish;
mod socket;
mod subscribe;
mod target;
mod websocket;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Publish(publish) => publish::run(publish),
        Command::Subscribe(subscribe) => subscribe::run(subscribe),
        Command::Ping(ping) => ping::run(ping),
        Command::Bench(bench) => bench::run(bench),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(&format!("omnibus: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}
