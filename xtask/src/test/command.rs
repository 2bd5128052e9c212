//! What does `cargo xtask test` print, and how does it end?
//!
//! It takes the steps in order, stops at the first that fails, tells how each of them went, and
//! closes with one line of counts, alone and last, for people and machines alike.

use std::env;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::workspace::Workspace;

use super::counts::Counts;
use super::steps::{Context, STEPS, Step};

const USAGE: &str = "usage: cargo xtask test";

/// With `CI` set nobody watches: a run that hangs ends after this time and says where it hung,
/// before the machine that runs it is taken away after 90 minutes.
const UNATTENDED_MAX: Duration = Duration::from_secs(80 * 60);

/// How one step went.
struct Outcome {
    name: &'static str,
    /// How long it took; nothing where it was not reached.
    took: Option<Duration>,
    error: Option<Error>,
}

/// Takes all steps.
///
/// # Errors
/// Only for arguments; a step that fails is told in the summary and by the exit code.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    if let Some(argument) = arguments.first() {
        return Err(Error::usage(argument, USAGE));
    }
    let mut context = Context {
        workspace,
        peers: None,
        limit: None,
        counts: Counts::default(),
    };
    let outcomes = take(&STEPS, &mut context);
    let failed = outcomes.iter().any(|outcome| outcome.error.is_some());
    if failed {
        // A step that no test program counted is a failure all the same.
        context.counts.failed = context.counts.failed.max(1);
    }
    println!("\n{}{}", table(&outcomes), context.counts);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn take(steps: &[Step], context: &mut Context<'_>) -> Vec<Outcome> {
    let start = Instant::now();
    let is_unattended = env::var_os("CI").is_some_and(|value| !value.is_empty());
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (name, run) in steps {
        let mut outcome = Outcome {
            name,
            took: None,
            error: None,
        };
        if outcomes.iter().all(|before| before.error.is_none()) {
            println!("\n==> {name}");
            let step_start = Instant::now();
            context.limit = is_unattended.then(|| remaining(start.elapsed()));
            outcome.error = run(context).err();
            outcome.took = Some(step_start.elapsed());
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// At least a second, since a limit of zero would be none.
fn remaining(elapsed: Duration) -> Duration {
    UNATTENDED_MAX.saturating_sub(elapsed).max(Duration::from_secs(1))
}

fn table(outcomes: &[Outcome]) -> String {
    let mut table = String::new();
    for outcome in outcomes {
        let written = match (&outcome.error, outcome.took) {
            (None, Some(took)) => {
                writeln!(table, "{:<12} ok       {:>6.1} s", outcome.name, took.as_secs_f64())
            }
            (Some(error), Some(took)) => {
                let seconds = took.as_secs_f64();
                writeln!(table, "{:<12} FAILED   {seconds:>6.1} s  {error}", outcome.name)
            }
            (_, None) => writeln!(table, "{:<12} not run", outcome.name),
        };
        written.expect("a string takes all that is written to it");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_failure_stops_the_run_and_is_told() {
        let workspace = Workspace::find();
        let mut context = Context {
            workspace: &workspace,
            peers: None,
            limit: None,
            counts: Counts::default(),
        };
        let steps: [Step; 3] = [
            ("good", |_| Ok(())),
            ("bad", |_| Err(Error::malformed("thing", "is broken"))),
            ("late", |_| panic!("must not run")),
        ];
        let table = table(&take(&steps, &mut context));
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[0].starts_with("good         ok"), "{table}");
        assert!(lines[1].starts_with("bad          FAILED"), "{table}");
        assert!(lines[1].ends_with("thing: is broken"), "{table}");
        assert_eq!(lines[2], "late         not run");
    }

    #[test]
    fn time_that_is_used_up_still_limits() {
        assert_eq!(remaining(UNATTENDED_MAX * 2), Duration::from_secs(1));
    }
}
