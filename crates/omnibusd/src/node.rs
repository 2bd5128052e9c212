//! How does a node start, and how does it stop?

use std::io;
use std::process::ExitCode;

use omnibus_api::{Api, Process, Sources};
use omnibus_auth::Auth;
use omnibus_bus_zmq::Bus;
use omnibus_front::{Dialects, Front};
use omnibus_hooks::Hooks;
use omnibus_hub::{Encodings, Hub, start};
use omnibus_settings::Settings;
use rustix::system::uname;
use thiserror::Error;
use tracing::{error, info, warn};

use crate::banner::Banner;
use crate::runtime::Beside;
use crate::signals::{Signal, Signals};
use crate::{bad_settings, descriptors, key_file, logging};

/// Why a node can't run although its settings are good.
#[derive(Debug, Error)]
enum Error {
    #[error("{}", lines(.0))]
    Addresses(Vec<String>),
    #[error("the system gives no event loop or thread: {0}; free some memory or raise the limit of threads")]
    System(#[from] io::Error),
    #[error("{0}")]
    Hooks(#[from] omnibus_hooks::StartError),
}

/// Runs a node until it is told to stop.
pub(crate) fn run(settings: Settings) -> ExitCode {
    logging::start(&settings.log);
    for warning in &settings.warnings {
        warn!("{warning}");
    }
    settings.tls_key.as_deref().into_iter().for_each(key_file::look_at);
    match serve(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ Error::Addresses(_)) => {
            eprintln!("{error}");
            bad_settings()
        }
        Err(error) => {
            error!(%error, "the node can't run");
            ExitCode::FAILURE
        }
    }
}

fn serve(settings: Settings) -> Result<(), Error> {
    let process = Process::starting(env!("CARGO_PKG_VERSION"));
    let mut signals = Signals::listen()?;
    let hub_config = descriptors::fit(settings.hub.clone());

    let mut encodings = Encodings::default();
    let browsers = Dialects::register(&mut encodings, settings.front.compression);
    let mut beside = Beside::default();
    let hooks = start_hooks(&settings, &mut beside)?;
    let auth = start_auth(&settings, &mut beside)?;
    let front = omnibus_front::Config {
        auth: auth.clone(),
        hooks: hooks.as_ref().map(|running| running.hooks().clone()),
        ..settings.front.clone()
    };
    let (front, mut bus, api) = bind(front, &settings, &mut encodings)?;

    let banner = Banner {
        settings: &settings,
        hub: &hub_config,
        front: &front,
        bus: &bus,
        api: &api,
    }
    .to_string();
    let clients = front.into_listeners(browsers);
    let engine = bus.engine();
    let running = start(hub_config, encodings, &engine, clients, bus.listeners())?;
    let bus = bus.start(running.hub())?;
    let hub = running.hub().clone();
    let told = hooks.as_ref().map(|running| running.hooks().clone());
    let sources = Sources {
        hub: hub.clone(),
        engine,
        auth: auth.clone(),
        hooks: told.clone(),
        process,
    };
    let _operators = start_api(api, sources, &mut beside)?;
    print!("{banner}");

    while let Signal::Report = signals.wait() {
        report(&hub, auth.as_ref(), told.as_ref());
    }
    info!(grace = ?settings.stop_grace, connections = hub.connections(), "stopping; a second signal ends at once");
    if !running.stop(settings.stop_grace) {
        warn!(grace = ?settings.stop_grace, "some peers had not gone in time and were cut; raise stop.grace to give them longer");
    }
    bus.stop();
    if let Some(hooks) = hooks
        && !hooks.stop(settings.stop_grace)
    {
        warn!(grace = ?settings.stop_grace, "the application had not received all events in time; what was left is dropped");
    }
    report(&hub, auth.as_ref(), told.as_ref());
    Ok(())
}

/// Begins to look users up, if they are to be told apart.
fn start_auth(settings: &Settings, beside: &mut Beside) -> Result<Option<Auth>, Error> {
    let Some(config) = settings.auth.clone() else {
        return Ok(None);
    };
    Ok(Some(Auth::start(config, &beside.handle()?)))
}

/// Begins to tell the application what clients do, if it wants to be told.
fn start_hooks(settings: &Settings, beside: &mut Beside) -> Result<Option<omnibus_hooks::Running>, Error> {
    let Some(config) = settings.hooks.clone() else {
        return Ok(None);
    };
    let runtime = beside.handle()?;
    let node = omnibus_hooks::Node::starting(name(settings));
    Ok(Some(Hooks::start(config, &node, &runtime)?))
}

/// Begins to answer operators, if there is a place where they come in.
fn start_api(api: Api, sources: Sources, beside: &mut Beside) -> Result<Option<omnibus_api::Running>, Error> {
    if api.is_off() {
        return Ok(None);
    }
    Ok(Some(api.start(sources, &beside.handle()?)?))
}

/// What this node is called outside: its host, and the port that tells it from others there.
fn name(settings: &Settings) -> String {
    let system = uname();
    let host = system.nodename().to_string_lossy();
    match settings.front.listen.first() {
        Some(address) => format!("{host}:{}", address.port()),
        None => host.into_owned(),
    }
}

/// Binds every address, or says which can't be.
fn bind(
    front: omnibus_front::Config,
    settings: &Settings,
    encodings: &mut Encodings,
) -> Result<(Front, Bus, Api), Error> {
    let front = Front::bind(front);
    let bus = Bus::bind(settings.bus.clone(), encodings);
    let api = Api::bind(&settings.api);
    match (front, bus, api) {
        (Ok(front), Ok(bus), Ok(api)) => Ok((front, bus, api)),
        (front, bus, api) => {
            let problems = [
                front.err().map(|error| error.to_string()),
                bus.err().map(|error| error.to_string()),
                api.err().map(|error| error.to_string()),
            ];
            Err(Error::Addresses(problems.into_iter().flatten().collect()))
        }
    }
}

/// Logs what was done, dropped and refused.
fn report(hub: &Hub, auth: Option<&Auth>, hooks: Option<&Hooks>) {
    let judged = auth.into_iter().flat_map(|auth| auth.counters().nonzero());
    let told = hooks.into_iter().flat_map(|hooks| hooks.counters().nonzero());
    let counters: Vec<String> = hub
        .counters()
        .nonzero()
        .chain(judged)
        .chain(told)
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    info!(
        connections = hub.connections(),
        counters = counters.join(" "),
        "counters"
    );
}

fn lines(problems: &[String]) -> String {
    problems.join("\n")
}
