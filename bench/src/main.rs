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

use arguments::{Arguments, Case, Command, Load, LoadBus, Peer};
use cases::fan_out::{self, SIZES, Size, THOUSAND};
use cases::turns::Setting;
use cases::{
    bus, compression, conditions, connect, flood, forms, idle_memory, instructions, latency, profile, rooms, shards,
};
use error::Error;
use load::{BODY_BYTES, Belt, Crowd, Fill, Guests, OMNIBUS, Pace, Speaker, Until};
use measure::{Cores, Machine};
use report::{Results, profile_page};
use server::{Contender, Original, Ours, Packaged, Sockudo, UWebSockets};

/// Where the report goes, below the root of the project.
const DOCUMENT: &str = "docs/performance.md";

/// Where the profile goes.
const PROFILE: &str = "docs/profile.md";

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
    // Up to 18,000 clients live in this process, and servers inherit the limit.
    measure::raise_descriptor_limit();
    match &arguments.command {
        Some(Command::Load(load)) => drive(load),
        Some(Command::LoadBus(load)) => drive_bus(load),
        Some(Command::CopyBytes(relay)) => server::copy_bytes(relay.publishers, relay.subscribers),
        Some(Command::Profile) => profile(arguments),
        None => measure(arguments),
    }
}

/// Runs the cases and writes the report.
fn measure(arguments: &Arguments) -> Result<(), Error> {
    let root = root();
    let setting = Setting {
        cores: Cores::choose()?,
        rounds: arguments.rounds,
        time: arguments.time(),
    };
    let ours = Ours::beside_this_program()?;
    let peers = peers(arguments, &root)?;
    let contenders: Vec<&dyn Contender> = [&ours as &dyn Contender]
        .into_iter()
        .chain(peers.iter().map(|peer| &**peer))
        .collect();
    let mut results = Results {
        machine: Machine::read(&root)?,
        contenders: contenders.iter().map(|contender| contender.name()).collect(),
        versions: contenders
            .iter()
            .map(|contender| contender.version())
            .collect::<Result<_, _>>()?,
        rounds: setting.rounds,
        time: setting.time,
        ..Results::default()
    };
    compare(arguments, &setting, &contenders, &mut results)?;
    look_at(arguments, &setting, &ours, &mut results)?;
    if arguments.wants(Case::Bus) {
        results.bus = Some(bus::run(&setting, &ours, &root)?);
    }

    publish(arguments, &root, &results)
}

/// Prints what was measured, and puts it where it belongs.
fn publish(arguments: &Arguments, root: &Path, results: &Results) -> Result<(), Error> {
    let path = root.join(DOCUMENT);
    let page = if arguments.is_whole() {
        report::page(results)
    } else {
        println!("{}", report::sections(results));
        if !arguments.write {
            return Ok(());
        }
        report::renewed(&fs::read_to_string(&path).map_err(Error::file(&path))?, results)
    };
    for (file, picture) in report::pictures(results) {
        let file = path.with_file_name(file);
        fs::write(&file, picture).map_err(Error::file(&file))?;
    }
    fs::write(&path, page).map_err(Error::file(&path))
}

/// The servers beside ours.
fn peers(arguments: &Arguments, root: &Path) -> Result<Vec<Box<dyn Contender>>, Error> {
    let mut peers: Vec<Box<dyn Contender>> = Vec::new();
    if arguments.is_against(Peer::UWebSockets) {
        peers.push(Box::new(UWebSockets::of_environment()?));
    }
    if arguments.is_against(Peer::Nchan) {
        peers.push(Box::new(Packaged::nchan(root)));
    }
    if arguments.is_against(Peer::Nats) {
        peers.push(Box::new(Packaged::nats(root)));
    }
    if arguments.is_against(Peer::Mosquitto) {
        peers.push(Box::new(Packaged::mosquitto(root)));
    }
    if arguments.is_against(Peer::Original) {
        peers.push(Box::new(Original::of_environment(root)?));
    }
    if arguments.is_against(Peer::Sockudo) {
        peers.push(Box::new(Sockudo::of_environment(root)?));
    }
    Ok(peers)
}

/// Measures ours beside its peers.
fn compare(
    arguments: &Arguments,
    setting: &Setting,
    contenders: &[&dyn Contender],
    results: &mut Results,
) -> Result<(), Error> {
    if arguments.wants(Case::FanOut) {
        let chosen = arguments.subscribers.iter().map(|&number| Size::of(number, BODY_BYTES));
        let chosen: Vec<Size> = chosen.collect();
        let sizes = if chosen.is_empty() { &SIZES[..] } else { &chosen };
        results.fan_out = fan_out::run(setting, contenders, sizes)?;
    }
    if arguments.wants(Case::Flood) {
        results.flood = Some(flood::run(setting, contenders)?);
    }
    if arguments.wants(Case::Rooms) {
        results.rooms = Some(rooms::run(setting, contenders)?);
    }
    if arguments.wants(Case::Memory) {
        let [first, more] = idle_memory::CONNECTIONS;
        results.idle_memory = idle_memory::run(setting, contenders, &[idle_memory::FEW, first, more])?;
    }
    if arguments.wants(Case::Connect) {
        results.connect = Some(connect::run(setting, contenders)?);
    }
    if arguments.wants(Case::Latency) {
        if results.carried().is_none() {
            results.fan_out.extend(fan_out::run(setting, contenders, &[THOUSAND])?);
        }
        let carried = results.carried().expect("it was measured above");
        results.latency = latency::run(setting, contenders, &carried)?;
    }
    Ok(())
}

/// Measures what only ours has.
fn look_at(arguments: &Arguments, setting: &Setting, ours: &Ours, results: &mut Results) -> Result<(), Error> {
    if arguments.wants(Case::Shards) {
        results.shards = shards::run(setting, ours)?;
    }
    if arguments.wants(Case::Instructions) {
        results.instructions = Some(instructions::run(setting, ours)?);
    }
    if arguments.wants(Case::SockJs) {
        results.sockjs = Some(forms::run(setting, &ours.with_sockjs())?);
    }
    if arguments.wants(Case::Compression) {
        results.compression = Some(compression::run(setting, ours)?);
    }
    if arguments.wants(Case::Tls) {
        results.tls = Some(forms::run(setting, &ours.with_tls())?);
    }
    if arguments.wants(Case::Conditions) {
        results.conditions = Some(conditions::run(setting, ours)?);
    }
    Ok(())
}

/// Drives a server that runs already.
fn drive(load: &Load) -> Result<(), Error> {
    let guests = Guests {
        publisher: OMNIBUS,
        subscriber: OMNIBUS,
        rooms: load.rooms.into(),
        clients: load.subscribers + 1,
        body_bytes: load.body_bytes.into(),
        fill: Fill::Dots,
        in_flight_max: 64,
    };
    let run = Crowd::join(load.address, guests)?.converse(Pace {
        in_flight: load.in_flight,
        speaker: Speaker::First,
        until: Until::Messages(load.messages),
    })?;
    println!("{} deliveries in {:.3} s", run.deliveries, run.elapsed.as_secs_f64());
    Ok(())
}

/// Looks where a delivery's time goes, and writes the page of that.
fn profile(arguments: &Arguments) -> Result<(), Error> {
    let root = root();
    let setting = Setting {
        cores: Cores::choose()?,
        rounds: 1,
        time: arguments.time(),
    };
    let profile = profile::run(&setting, &Ours::beside_this_program()?)?;
    let page = profile_page(&profile, &Machine::read(&root)?);
    println!("{page}");
    let path = root.join(PROFILE);
    fs::write(&path, page).map_err(Error::file(&path))
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
