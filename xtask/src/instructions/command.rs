//! What does `cargo xtask instructions` do, and what does it say?

use std::fs;
use std::time::Duration;

use crate::error::Error;
use crate::program::Program;
use crate::workspace::Workspace;

use super::count;
use super::figures::{Figures, Tools};
use super::verdict::{Verdict, judge};

const USAGE: &str = "usage: cargo xtask instructions [--accept]";

/// Where the figures stand.
const FILE: &str = "bench/instructions/counts.toml";

/// Counts, and compares with the figures in the project or, with `--accept`, writes them.
///
/// # Errors
/// A path needs more than it may; see [`check`].
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<(), Error> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => check(workspace, None),
        ["--accept"] => accept(workspace),
        _ => Err(Error::usage(&arguments[0], USAGE)),
    }
}

/// Counts the instructions of every hot path, and compares them with the figures in the project.
///
/// # Errors
/// A path needs markedly more than its figure, or has none; or what is needed to count is missing.
pub(crate) fn check(workspace: &Workspace, limit: Option<Duration>) -> Result<(), Error> {
    let path = workspace.path(FILE);
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let figures = Figures::parse(&text).map_err(|problem| Error::malformed(FILE, problem))?;
    let counted = count::all(workspace, limit)?;
    let verdicts = judge(figures.known(), &counted);
    verdicts.iter().for_each(|verdict| println!("{verdict}"));
    let failed: Vec<String> = verdicts
        .iter()
        .filter(|verdict| verdict.is_failure())
        .map(Verdict::to_string)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let remark = figures
        .other_tools(&tools(workspace)?)
        .map_or_else(String::new, |other| format!("\n{other}"));
    let problem = format!(
        "hot paths cost more than they may\n{}{remark}\nmake them cheaper, or accept what they cost now: \
         cargo xtask instructions --accept",
        failed.join("\n")
    );
    Err(Error::malformed(FILE, problem))
}

fn accept(workspace: &Workspace) -> Result<(), Error> {
    let path = workspace.path(FILE);
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let mut figures = Figures::parse(&text).map_err(|problem| Error::malformed(FILE, problem))?;
    let counted = count::all(workspace, None)?;
    judge(figures.known(), &counted)
        .iter()
        .for_each(|verdict| println!("{verdict}"));
    figures.replace(&counted, &tools(workspace)?);
    fs::write(&path, figures.to_string()).map_err(Error::file(&path))?;
    println!("{FILE} is written");
    Ok(())
}

/// What counts, and what is counted beside our own code.
fn tools(workspace: &Workspace) -> Result<Tools, Error> {
    let first_line = |text: String| text.lines().next().unwrap_or_default().trim().to_owned();
    Ok(Tools {
        rustc: first_line(
            Program::new("rustc")
                .arg("--version")
                .folder(workspace.root())
                .output()?,
        ),
        libc: first_line(Program::new("getconf").arg("GNU_LIBC_VERSION").output()?),
        valgrind: first_line(count::valgrind()?.arg("--version").output()?),
    })
}
