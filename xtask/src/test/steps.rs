//! Which steps does the test command take, in which order.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::error::Error;
use crate::program::Program;
use crate::setup::{self, DJANGO_42, DJANGO_52, Peers};
use crate::workspace::Workspace;
use crate::{fuzz, tidy};

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
pub(super) const STEPS: [Step; 10] = [
    ("setup", setup),
    ("format", format),
    ("tidy", tidy),
    ("clippy", clippy),
    ("docs", docs),
    ("build", build),
    ("tests", tests),
    ("typescript", typescript),
    ("python", python),
    ("fuzz", fuzz),
];

fn setup(context: &mut Context<'_>) -> Result<(), Error> {
    context.peers = Some(setup::install(context.workspace)?);
    Ok(())
}

fn format(context: &mut Context<'_>) -> Result<(), Error> {
    cargo(context, &["fmt", "--all", "--check"]).run()?;
    if !context.workspace.path("fuzz/Cargo.toml").is_file() {
        return Ok(());
    }
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

/// The programs that tests start: `cargo test` alone builds no other package's binaries.
fn build(context: &mut Context<'_>) -> Result<(), Error> {
    cargo(context, &["build", "--workspace", "--bins"]).run()
}

/// All tests, by `cargo test` although nextest is quicker on many cores: it runs doc tests too,
/// it is there wherever the toolchain is, and with two cores the difference is small.
fn tests(context: &mut Context<'_>) -> Result<(), Error> {
    let program = cargo(context, &["test", "--workspace", "--no-fail-fast"]);
    counted(context, program, Runner::Libtest)
}

/// The JavaScript client: built, and then its own tests. omnibusd carries a copy of what is built,
/// so that it needs no Node itself; the build writes it.
fn typescript(context: &mut Context<'_>) -> Result<(), Error> {
    let home = context.workspace.path("clients/typescript");
    let npm = |script| Program::new("npm").args(["run", "--silent", script]).folder(&home);
    let copy = context.workspace.path("crates/omnibus-front/src/omnibus.js");
    let committed = fs::read(&copy).map_err(Error::file(&copy))?;
    with_peers(context, limited(context, npm("build")))?.run()?;
    if fs::read(&copy).map_err(Error::file(&copy))? != committed {
        let why = "it is not what its sources make; commit what the build has just written";
        return Err(Error::malformed(copy.display().to_string(), why));
    }
    counted(context, limited(context, npm("test")), Runner::NodeTest)
}

/// The Python package's tests, on the oldest and the newest Django.
fn python(context: &mut Context<'_>) -> Result<(), Error> {
    let home = context.workspace.path("clients/python");
    for django in [DJANGO_42, DJANGO_52] {
        let python = found(context)?.path(django)?.to_owned();
        let pytest = Program::new(python).args(["-m", "pytest", "-q", "tests"]).folder(&home);
        counted(context, limited(context, pytest), Runner::Pytest)?;
    }
    Ok(())
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

fn fuzz(context: &mut Context<'_>) -> Result<(), Error> {
    fuzz::run(
        context.workspace,
        None,
        Some(Duration::from_secs(FUZZ_SECONDS_PER_TARGET)),
    )
}

/// The folder that `build` puts the programs into.
fn binaries(workspace: &Workspace) -> Result<PathBuf, Error> {
    let text = workspace
        .cargo(&["metadata", "--format-version", "1", "--no-deps"])
        .output()?;
    let json: Value = serde_json::from_str(&text).map_err(|error| Error::malformed("cargo metadata", error))?;
    let folder = json.get("target_directory").and_then(Value::as_str);
    let folder = folder.ok_or_else(|| Error::malformed("cargo metadata", "no target_directory"))?;
    Ok(PathBuf::from(folder).join("debug"))
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
