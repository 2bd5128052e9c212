//! Which commands does the project have of its own?
//!
//! `cargo xtask COMMAND` works from any folder of the project. Each command is one module; this
//! file only chooses among them and turns an error into an exit code.

mod bench;
mod cache;
mod conformance;
mod error;
mod example;
mod fuzz;
mod instructions;
mod program;
mod setup;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use error::Error;
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup [--print-env]            installs what the tests need; prints the variables that name it
  test                           all that must hold before a change lands, setup included
  tidy                           checks the project's own rules
  conformance [--all]            runs Autobahn's cases and writes docs/conformance.md
  conformance --sockjs PATH      runs SockJS's own suite, a checkout of it, and writes there too
  fuzz [--seconds N] [TARGET]    runs one fuzz target or all
  bench [ARGUMENT...]            runs the benchmarks and writes docs/performance.md
  instructions [--accept]        counts the instructions of the hot paths
  example NAME [--django]        runs an example: mice, files, map or chat
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command that the arguments name.
fn dispatch(arguments: &[String]) -> Result<ExitCode, Error> {
    let workspace = Workspace::find();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match command {
        "setup" => setup::command(&workspace, rest)?,
        "test" => return test::command(&workspace, rest),
        "fuzz" => fuzz::command(&workspace, rest)?,
        "bench" => bench::command(&workspace, rest)?,
        "instructions" => instructions::command(&workspace, rest)?,
        "example" => example::command(&workspace, rest)?,
        "conformance" => conformance::command(&workspace, rest)?,
        "tidy" => tidy::command(&workspace, rest)?,
        "help" | "--help" | "-h" => print!("{USAGE}"),
        _ => return Err(Error::usage(command, USAGE)),
    }
    Ok(ExitCode::SUCCESS)
}
