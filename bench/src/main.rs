//! What does the benchmark measure, and where does it say so?

mod arguments;
mod cases;
mod error;
mod load;
mod measure;
mod report;
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use clap::Parser as _;

use arguments::{Arguments, Case, Command, Load, LoadBus};
use cases::{bus, fan_out, idle_memory, instructions, sockjs};
use error::Error;
use load::{Belt, Room, Transport, Until};
use measure::{Cores, Machine};
use report::Results;
use server::{Contender, Original, Ours};

/// Where the report goes, below the root of the project.
const DOCUMENT: &str = "docs/performance.md";

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Error> {
    if cfg!(debug_assertions) {
        return Err(Error::DebugBuild);
    }
    // 10,000 clients live in this process, and servers inherit the limit.
    measure::raise_descriptor_limit();
    match &arguments.command {
        Some(Command::Load(load)) => drive(load),
        Some(Command::LoadBus(load)) => drive_bus(load),
        None => measure(arguments),
    }
}

/// Runs the cases and writes the report.
fn measure(arguments: &Arguments) -> Result<(), Error> {
    let root = root();
    let cores = Cores::choose()?;
    let ours = Ours::beside_this_program()?;
    let original = Original::of_environment(&root)?;
    let contenders: [&dyn Contender; 2] = [&ours, &original];
    let wants = |case| arguments.only.is_none_or(|only| only == case);

    let mut results = Results {
        machine: Machine::read(&root)?,
        contenders: contenders.iter().map(|contender| contender.name()).collect(),
        versions: contenders
            .iter()
            .map(|contender| contender.version())
            .collect::<Result<_, _>>()?,
        rounds: arguments.rounds,
        time: arguments.time(),
        ..Results::default()
    };
    if wants(Case::FanOut) {
        results.fan_out = fan_out::run(
            &contenders,
            &fan_out::SUBSCRIBERS,
            &cores,
            arguments.rounds,
            arguments.time(),
        )?;
    }
    if wants(Case::Memory) {
        results.idle_memory = idle_memory::run(&contenders, &cores, arguments.rounds)?;
    }
    if wants(Case::Instructions) {
        results.instructions = Some(instructions::run(&ours, &cores, arguments.rounds)?);
    }

    if wants(Case::SockJs) {
        results.sockjs = Some(sockjs::run(&ours, &cores, arguments.rounds, arguments.time())?);
    }

    if wants(Case::Bus) {
        results.bus = Some(bus::run(&ours, &root, &cores, arguments.rounds, arguments.time())?);
    }

    println!("{results}");
    let path = root.join(DOCUMENT);
    if arguments.only.is_none() {
        fs::write(&path, results.to_string()).map_err(Error::file(&path))?;
    } else if arguments.write {
        let page = fs::read_to_string(&path).map_err(Error::file(&path))?;
        fs::write(&path, results.put_into(&page)).map_err(Error::file(&path))?;
    }
    Ok(())
}

/// Drives a server that runs already.
fn drive(load: &Load) -> Result<(), Error> {
    let mut room = Room::join(load.address, Transport::WebSocket, load.subscribers)?;
    let run = room.publish(load.in_flight, Until::Messages(load.messages))?;
    println!("{} deliveries in {:.3} s", run.deliveries, run.elapsed.as_secs_f64());
    Ok(())
}

/// Drives a relay that runs already.
fn drive_bus(load: &LoadBus) -> Result<(), Error> {
    let mut belt = Belt::join(load.publishers, load.subscribers, load.count.into())?;
    let deliveries = belt.run(bus::IN_FLIGHT, Duration::from_millis(load.millis))?;
    println!("{deliveries} deliveries in {} ms", load.millis);
    Ok(())
}

/// The folder of the project. Cargo's variable at run time goes first: clones that share a target
/// folder share this program too.
fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_owned)
}
