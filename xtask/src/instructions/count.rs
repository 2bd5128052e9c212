//! How many instructions does each hot path need?
//!
//! callgrind counts every instruction outside the kernel, whatever else the machine does. Each path
//! is walked twice, few and many times; what the two runs differ in is the path alone.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use std::{fs, io};

use crate::error::Error;
use crate::program::{self, Program};
use crate::workspace::Workspace;

/// The package, its only program, and the profile in which it is built.
const PACKAGE: &str = "omnibus-instructions";
const PROFILE: &str = "instructions";

/// Paths that are counted at once. Counts don't depend on it; each has a process that reads beside
/// the one that is counted.
const AT_ONCE: usize = 2;

/// What a path needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counted {
    pub(super) path: String,
    /// Instructions for each operation.
    pub(super) instructions: f64,
}

/// Counts all paths, in their order.
pub(super) fn all(workspace: &Workspace, limit: Option<Duration>) -> Result<Vec<Counted>, Error> {
    let limited = |program: Program| match limit {
        Some(limit) => program.limited(limit),
        None => program,
    };
    limited(workspace.cargo_to_measure(&["build", "--profile", PROFILE, "-p", PACKAGE])).run()?;
    let folder = workspace.target()?.join(PROFILE);
    let program = folder.join(PACKAGE);
    let paths = Program::new(&program).arg("paths").output()?;
    let paths: Vec<&str> = paths.lines().collect();
    let next = AtomicUsize::new(0);
    let counter = || {
        let mut counted = Vec::new();
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let count = |amount| run(&program, path, amount, &folder, &limited);
            counted.push((*path, difference(path, count("few")?, count("many")?)?));
        }
        Ok(counted)
    };
    let mut counted = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(counter)).collect();
        let outcomes = threads
            .into_iter()
            .map(|thread| thread.join().expect("counting does not panic"));
        outcomes.collect::<Result<Vec<Vec<_>>, Error>>()
    })?
    .concat();
    counted.sort_by_key(|(path, _)| paths.iter().position(|other| other == path));
    let named = counted.into_iter().map(|(path, instructions)| Counted {
        path: path.to_owned(),
        instructions,
    });
    Ok(named.collect())
}

/// One run: the instructions of the whole process, and the operations that it did.
#[derive(Debug, Clone, Copy)]
struct Run {
    instructions: u64,
    operations: u64,
}

fn run(
    program: &Path,
    path: &str,
    amount: &str,
    folder: &Path,
    limited: &impl Fn(Program) -> Program,
) -> Result<Run, Error> {
    let file: PathBuf = folder.join(format!("{path}-{amount}.callgrind"));
    let counting = valgrind()?
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(program)
        .args([path, amount]);
    let said = limited(counting).output()?;
    let operations = said
        .trim()
        .parse()
        .map_err(|_| Error::malformed(path, format!("said {said:?}")))?;
    let text = fs::read_to_string(&file).map_err(Error::file(&file))?;
    let instructions = total(&text).ok_or_else(|| Error::malformed(file.display().to_string(), "has no totals"))?;
    Ok(Run {
        instructions,
        operations,
    })
}

/// What an operation needs, by what two runs differ in.
fn difference(path: &str, few: Run, many: Run) -> Result<f64, Error> {
    match many.operations.checked_sub(few.operations) {
        Some(operations @ 1..) => Ok(many.instructions.saturating_sub(few.instructions) as f64 / operations as f64),
        _ => Err(Error::malformed(path, io::Error::other("many are no more than few"))),
    }
}

/// The instructions of a whole run, by the file that callgrind has written.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("totals: "))?;
    line.trim().parse().ok()
}

/// The program that counts.
pub(super) fn valgrind() -> Result<Program, Error> {
    match program::find("valgrind") {
        Some(path) => Ok(Program::new(path)),
        None => Err(Error::Missing {
            what: "valgrind".to_owned(),
            hint: "`cargo xtask setup` installs it".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_and_end_fall_out() {
        let run = |instructions, operations| Run {
            instructions,
            operations,
        };
        let of = |few, many| difference("path", few, many);
        assert_eq!(of(run(1_000_500, 5), run(1_002_500, 25)).unwrap(), 100.0);
        assert!(of(run(1, 5), run(2, 5)).is_err());
    }

    #[test]
    fn total_is_found_behind_the_functions() {
        assert_eq!(total("events: Ir\nfn=(1) main\n3 17\n\ntotals: 1234\n"), Some(1_234));
        assert_eq!(total("events: Ir\n"), None);
    }
}
