//! Which hot path is walked, and how often?
//!
//! `omnibus-instructions PATH few` and `omnibus-instructions PATH many` do the same, the second more
//! often, and print how many operations they did. What callgrind counts of the one is subtracted
//! from what it counts of the other, so that start and end fall out: `cargo xtask instructions`.
//!
//! Nothing here depends on time or on what else the machine does. What a shard does, it is asked to
//! do by a peer of its own, turn by turn; sockets are read by a process that nobody counts.

mod codecs;
mod fan_out;
mod path;
mod publish;
mod reader;

use std::env;
use std::io;
use std::process::ExitCode;

use path::{Amount, PATHS};

const USAGE: &str = "usage: omnibus-instructions paths | PATH few|many";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("omnibus-instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> io::Result<()> {
    match words {
        ["paths"] => {
            PATHS.iter().for_each(|path| println!("{}", path.name));
            Ok(())
        }
        [reader::COMMAND, arguments @ ..] => reader::run(arguments),
        [name, amount] => {
            let amount = Amount::parse(amount).ok_or_else(usage)?;
            let path = PATHS.iter().find(|path| path.name == *name).ok_or_else(usage)?;
            println!("{}", (path.walk)(path.repetitions(amount))?);
            Ok(())
        }
        _ => Err(usage()),
    }
}

fn usage() -> io::Error {
    io::Error::other(USAGE)
}
