//! How does a node start, and how does it stop?

use std::io;
use std::process::ExitCode;

use omnibus_bus_zmq::Bus;
use omnibus_front::{Front, WebSocketText};
use omnibus_hub::{Config, Encodings, Hub, start};
use omnibus_settings::Settings;
use thiserror::Error;
use tracing::{error, info, warn};

use crate::banner::Banner;
use crate::signals::{Signal, Signals};
use crate::{bad_settings, descriptors, logging};

/// Why a node can't run although its settings are good.
#[derive(Debug, Error)]
enum Error {
    #[error("{}", lines(.0))]
    Addresses(Vec<String>),
    #[error("the system gives no event loop or thread: {0}; free some memory or raise the limit of threads")]
    System(#[from] io::Error),
}

/// Runs a node until it is told to stop.
pub(crate) fn run(settings: Settings) -> ExitCode {
    logging::start(&settings.log);
    for warning in &settings.warnings {
        warn!("{warning}");
    }
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
    let mut signals = Signals::listen()?;
    let descriptors = descriptors::raise();
    let hub_config = Config {
        connections_max: settings.hub.connections_max.min(descriptors),
        ..settings.hub.clone()
    };

    let mut encodings = Encodings::default();
    let browsers = encodings.register(WebSocketText);
    let (front, mut bus) = bind(&settings, &mut encodings)?;

    let banner = Banner {
        settings: &settings,
        hub: &hub_config,
        front: &front,
        bus: &bus,
    }
    .to_string();
    let mut listeners = front.into_listeners(browsers);
    listeners.extend(bus.listeners());
    let running = start(hub_config, encodings, &bus.engine(), listeners)?;
    let bus = bus.start(running.hub())?;
    let hub = running.hub().clone();
    print!("{banner}");

    while let Signal::Report = signals.wait() {
        report(&hub);
    }
    info!(grace = ?settings.stop_grace, connections = hub.connections(), "stopping; a second signal ends at once");
    if !running.stop(settings.stop_grace) {
        warn!(grace = ?settings.stop_grace, "some peers had not gone in time and were cut; raise stop.grace to give them longer");
    }
    bus.stop();
    report(&hub);
    Ok(())
}

/// Binds every address, or says which can't be.
fn bind(settings: &Settings, encodings: &mut Encodings) -> Result<(Front, Bus), Error> {
    let front = Front::bind(settings.front.clone());
    let bus = Bus::bind(settings.bus.clone(), encodings);
    match (front, bus) {
        (Ok(front), Ok(bus)) => Ok((front, bus)),
        (front, bus) => {
            let problems = [
                front.err().map(|error| error.to_string()),
                bus.err().map(|error| error.to_string()),
            ];
            Err(Error::Addresses(problems.into_iter().flatten().collect()))
        }
    }
}

/// Logs what was done, dropped and refused.
fn report(hub: &Hub) {
    let counters: Vec<String> = hub
        .counters()
        .nonzero()
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
