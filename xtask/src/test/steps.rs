//! Which steps does the test command take, in which order.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::error::Error;
use crate::program::Program;
use crate::setup::{self, Peers};
use crate::workspace::Workspace;
use crate::{fuzz, tidy};

use super::counts::Counts;

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
pub(super) const STEPS: [Step; 8] = [
    ("setup", setup),
    ("format", format),
    ("tidy", tidy),
    ("clippy", clippy),
    ("docs", docs),
    ("build", build),
    ("tests", tests),
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
    let mut program = cargo(context, &["test", "--workspace", "--no-fail-fast"])
        .env("OMNIBUS_TEST_BINARIES", binaries(context.workspace)?);
    for (name, path) in context.peers.iter().flat_map(Peers::variables) {
        program = program.env(name, path);
    }
    let counts = &mut context.counts;
    program.watch(|line| counts.hear(line))?;
    if *counts == Counts::default() {
        return Err(Error::malformed("cargo test", "ran no test at all"));
    }
    Ok(())
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
    let program = context.workspace.cargo(arguments);
    match context.limit {
        Some(limit) => program.limited(limit),
        None => program,
    }
}
