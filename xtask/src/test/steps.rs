//! Which steps does the test command take, in which order?

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;
use crate::program::Program;
use crate::setup::{self, DJANGO_42, DJANGO_52, Peers};
use crate::workspace::Workspace;
use crate::{fuzz, instructions, tidy};

use super::counts::{Counts, Runner};

/// Each fuzz target runs so long here; `cargo xtask fuzz` runs as long as one likes.
const FUZZ_SECONDS_PER_TARGET: u64 = 5;

/// What the steps share.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) workspace: &'a Workspace,
    /// Where the foreign peers are, once the first step has found them.
    pub(super) peers: Option<Peers>,
    /// How long the step may take, on a machine where nobody watches.
    pub(super) limit: Option<Duration>,
    /// What the test programs counted.
    pub(super) counts: Counts,
}

/// One step: its name in the summary, and what it does.
pub(super) type Step = (&'static str, fn(&mut Context<'_>) -> Result<(), Error>);

/// Quick answers first, as far as that is possible: what is cheap to see fails before what is
/// slow to build.
pub(super) const STEPS: [Step; 11] = [
    ("setup", setup),
    ("format", format),
    ("tidy", tidy),
    ("clippy", clippy),
    ("docs", docs),
    ("build", build),
    ("tests", tests),
    ("typescript", typescript),
    ("python", python),
    ("instructions", instructions),
    ("fuzz", fuzz),
];

fn setup(context: &mut Context<'_>) -> Result<(), Error> {
    context.peers = Some(setup::install(context.workspace)?);
    Ok(())
}

fn format(context: &mut Context<'_>) -> Result<(), Error> {
    cargo(context, &["fmt", "--all", "--check"]).run()?;
    cargo(
        context,
        &["fmt", "--all", "--check", "--manifest-path", "fuzz/Cargo.toml"],
    )
    .run()
}

fn tidy(context: &mut Context<'_>) -> Result<(), Error> {
    tidy::command(context.workspace, &[])
}

fn clippy(context: &mut Context<'_>) -> Result<(), Error> {
    cargo(context, &["clippy", "--workspace", "--all-targets", "--keep-going"])
        .args(["--", "-D", "warnings"])
        .run()
}

fn docs(context: &mut Context<'_>) -> Result<(), Error> {
    cargo(context, &["doc", "--workspace", "--no-deps", "--keep-going"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

/// What tests start and open: `cargo test` alone builds no other package's binaries, and pages want
/// the JavaScript client.
fn build(context: &mut Context<'_>) -> Result<(), Error> {
    cargo(context, &["build", "--workspace", "--bins"]).run()?;
    javascript_client(context)?;
    // Django finds it among the package's static files.
    let python = found(context)?.path(DJANGO_52)?.to_owned();
    let copy = Program::new(python).arg(context.workspace.path("clients/python/build/backend.py"));
    with_peers(context, limited(context, copy))?.run()
}

/// omnibusd carries a copy of the client, so that it needs no Node to be built; the client's own
/// build writes it.
fn javascript_client(context: &Context<'_>) -> Result<(), Error> {
    let copy = context.workspace.path("crates/omnibus-front/src/omnibus.js");
    let committed = fs::read(&copy).map_err(Error::file(&copy))?;
    with_peers(context, limited(context, npm(context, "build")))?.run()?;
    if fs::read(&copy).map_err(Error::file(&copy))? == committed {
        return Ok(());
    }
    let why = "it is not what its sources make; commit what the build has just written";
    Err(Error::malformed(copy.display().to_string(), why))
}

/// All tests, by `cargo test` although nextest is quicker on many cores: it runs doc tests too,
/// it is there wherever the toolchain is, and with two cores the difference is small.
fn tests(context: &mut Context<'_>) -> Result<(), Error> {
    let program = cargo(context, &["test", "--workspace", "--no-fail-fast"]);
    counted(context, program, Runner::Libtest)
}

/// The JavaScript client's own tests.
fn typescript(context: &mut Context<'_>) -> Result<(), Error> {
    counted(context, limited(context, npm(context, "test")), Runner::NodeTest)
}

/// The Python package's types, and its tests on the oldest and the newest Django.
fn python(context: &mut Context<'_>) -> Result<(), Error> {
    let home = context.workspace.path("clients/python");
    let mypy = Program::new(found(context)?.path(DJANGO_52)?)
        .args(["-m", "mypy"])
        .folder(&home);
    limited(context, mypy).run()?;
    for django in [DJANGO_42, DJANGO_52] {
        let python = found(context)?.path(django)?.to_owned();
        let pytest = Program::new(python).args(["-m", "pytest", "-q", "tests"]).folder(&home);
        counted(context, limited(context, pytest), Runner::Pytest)?;
    }
    Ok(())
}

fn npm(context: &Context<'_>, script: &str) -> Program {
    let home = context.workspace.path("clients/typescript");
    Program::new("npm").args(["run", "--silent", script]).folder(&home)
}

/// Runs a program that runs tests, and adds up what it says; one that runs none is a failure.
fn counted(context: &mut Context<'_>, program: Program, runner: Runner) -> Result<(), Error> {
    let program = with_peers(context, program)?;
    let what = program.to_string();
    let mut counts = Counts::default();
    let outcome = program.watch(|line| counts.hear(runner, line));
    context.counts += counts;
    outcome?;
    if counts == Counts::default() {
        return Err(Error::malformed(what, "ran no test at all"));
    }
    Ok(())
}

/// Tells a program where the foreign peers and our binaries are.
fn with_peers(context: &Context<'_>, program: Program) -> Result<Program, Error> {
    let mut program = program.env("OMNIBUS_TEST_BINARIES", binaries(context.workspace)?);
    for (name, path) in found(context)?.variables() {
        program = program.env(name, path);
    }
    Ok(program)
}

fn found<'a>(context: &'a Context<'_>) -> Result<&'a Peers, Error> {
    context.peers.as_ref().ok_or_else(|| Error::Missing {
        what: "the foreign peers".to_owned(),
        hint: "the step `setup` finds them; it comes first".to_owned(),
    })
}

/// What the hot paths cost, whatever else the machine does.
fn instructions(context: &mut Context<'_>) -> Result<(), Error> {
    instructions::check(context.workspace, context.limit)
}

fn fuzz(context: &mut Context<'_>) -> Result<(), Error> {
    fuzz::run(
        context.workspace,
        None,
        Some(Duration::from_secs(FUZZ_SECONDS_PER_TARGET)),
    )
}

/// The folder that `build` puts the programs into.
fn binaries(workspace: &Workspace) -> Result<PathBuf, Error> {
    Ok(workspace.target()?.join("debug"))
}

fn cargo(context: &Context<'_>, arguments: &[&str]) -> Program {
    limited(context, context.workspace.cargo(arguments))
}

fn limited(context: &Context<'_>, program: Program) -> Program {
    match context.limit {
        Some(limit) => program.limited(limit),
        None => program,
    }
}
