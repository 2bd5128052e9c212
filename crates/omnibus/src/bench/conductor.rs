//! How does a run go, from the command line to the report?

use std::sync::Arc;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::Error;
use crate::output;
use crate::websocket::Client;

use super::arguments::{Bench, Mode};
use super::clock::{self, SECOND};
use super::crew::Crew;
use super::figures::Figures;
use super::message;
use super::orders::{Order, Report};
use super::placement::{self, Placement, Wanted};
use super::plan::Plan;
use super::progress::Bar;
use super::report;
use super::setup::Setup;
use super::text;
use super::worker;

/// How much longer than planned a phase may take before the run is given up.
const SLACK: u64 = 60 * SECOND;

/// How often the parent looks whether a phase takes too long.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Runs a benchmark and prints what it has shown.
///
/// # Errors
/// [`Error::Unclean`] if anything was lost, or another [`Error`] if nothing was measured.
pub(crate) fn run(bench: Bench) -> Result<(), Error> {
    if matches!(bench.mode, Mode::Worker) {
        return worker::run();
    }
    let setup = Setup::of(bench.mode)?;
    let room = placement::raise_limit();
    let wanted = Wanted {
        connections: setup.connections,
        processes: setup.processes,
        threads: setup.threads,
    };
    let cores = std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
    let placement = Placement::find(wanted, room, cores)?;
    for url in &setup.urls {
        try_out(url, &setup)?;
    }
    if placement.processes > 1 && setup.processes.is_none() {
        output::say(&format!(
            "one process may hold {room} connections here: {} are spread over {} processes",
            setup.connections, placement.processes
        ));
    }
    let figures = conduct(&setup.plan, placement)?;
    let run = report::Run {
        mode: setup.mode,
        plan: &setup.plan,
        placement,
        figures: &figures,
    };
    output::print(&if setup.json {
        run.json().to_string()
    } else {
        text::of(&run)
    })?;
    if figures.is_clean() {
        return Ok(());
    }
    Err(Error::Unclean(text::faults(&figures)))
}

/// Lets one client in as all will be: what would stop all of them is told in plain words.
fn try_out(url: &crate::target::Url, setup: &Setup) -> Result<(), Error> {
    let plan = &setup.plan;
    let deadline = Deadline::after(Some(Duration::from_nanos(plan.connecting.timeout)));
    let mut client = Client::connect(url, deadline)?;
    let mut identifier = message::sender(0);
    if let Some(token) = &plan.token {
        identifier = format!("{identifier}:{token}");
    }
    client
        .authenticate(&identifier, deadline)
        .map_err(|error| match error {
            Error::Refused { .. } => Error::Refused {
                what: "a client".to_owned(),
                reason: match plan.token {
                    Some(_) => {
                        "the server does not believe the token; write --auth-token USER:TOKEN, one that has not run out"
                    }
                    None => "the server believes no one without a token; give one with --auth-token USER:TOKEN",
                }
                .to_owned(),
            },
            error => error,
        })?;
    client.subscribe(&plan.channel(0), deadline, |_| Ok(()))?;
    client.close();
    Ok(())
}

/// Takes all threads through the phases of a run.
fn conduct(plan: &Plan, placement: Placement) -> Result<Figures, Error> {
    let threads = placement.all_threads();
    let mut crew = if placement.processes == 1 {
        Crew::of_threads(&Arc::new(plan.clone()), 0, threads, threads)?
    } else {
        Crew::of_processes(plan, placement)?
    };
    let clients = u64::from(plan.crowd.clients());
    let mut bar = Bar::new(threads, clients);
    let begun = clock::now();
    let connecting = clients.saturating_mul(SECOND) / (plan.connecting.per_second as u64).max(1) * 4;
    let mut phase = Phase {
        crew: &mut crew,
        bar: &mut bar,
        threads,
        limit: begun + connecting + plan.connecting.timeout + SLACK,
    };
    phase.gather()?;
    phase.bar.then("running");
    let at = clock::now() + Plan::LEAD;
    phase.limit = plan.measured(at).end + plan.drain + SLACK;
    phase.crew.order(&Order::Start { at })?;
    let published = phase.sent(plan)?;
    phase.bar.then("settling");
    phase.limit = clock::now() + plan.drain + SLACK;
    phase.crew.order(&Order::Settle { published })?;
    let figures = phase.done()?;
    bar.clear();
    Ok(figures)
}

/// One phase: all threads must say something, within a limit.
struct Phase<'a> {
    crew: &'a mut Crew,
    bar: &'a mut Bar,
    threads: u32,
    limit: u64,
}

impl Phase<'_> {
    fn gather(&mut self) -> Result<(), Error> {
        let mut last = super::orders::Progress::default();
        self.each("connecting", |report, all| {
            let Report::Gathered(_) = report else { return false };
            last = all;
            true
        })?;
        if last.joined == 0 && last.failed > 0 {
            // The figures would only be about failures, but what kind they are is in them.
            output::say("no client got in; the report says why");
        }
        Ok(())
    }

    fn sent(&mut self, plan: &Plan) -> Result<Vec<u32>, Error> {
        let mut all = vec![0; plan.crowd.all_publishers() as usize];
        self.each("publishing", |report, _| {
            let Report::Sent { first, published } = report else {
                return false;
            };
            for (all, published) in all[first as usize..].iter_mut().zip(published) {
                *all = published;
            }
            true
        })?;
        Ok(all)
    }

    fn done(&mut self) -> Result<Figures, Error> {
        let mut sum = Figures::default();
        self.each("the end", |report, _| {
            let Report::Done(figures) = report else { return false };
            sum.add(*figures);
            true
        })?;
        Ok(sum)
    }

    /// Waits until each thread has said what `take` waits for.
    fn each(&mut self, what: &str, mut take: impl FnMut(Report, super::orders::Progress) -> bool) -> Result<(), Error> {
        let mut left = self.threads;
        let mut all = super::orders::Progress::default();
        while left > 0 {
            if clock::now() > self.limit {
                return Err(Error::Generator(format!(
                    "{left} of {} threads did not come to an end with {what}; ask for less, or give the machine more cores",
                    self.threads
                )));
            }
            let Some((thread, report)) = self.crew.report(LOOK_EVERY)? else {
                continue;
            };
            if let Report::Progress(progress) | Report::Gathered(progress) = &report {
                all = self.bar.show(thread, *progress);
            }
            left -= u32::from(take(report, all));
        }
        Ok(())
    }
}
