//! What does `cargo xtask tidy` run and print?

use crate::error::Error;
use crate::workspace::Workspace;

use super::finding::Finding;
use super::project::Project;
use super::{bare_roots, circles, licences, named_files, openings, ranks, registry, unsafe_code};

const USAGE: &str = "usage: cargo xtask tidy";

/// One rule: its name in the output, and the check.
type Rule = (&'static str, fn(&Project) -> Vec<Finding>);

const RULES: [Rule; 8] = [
    ("crates import downward only", ranks::check),
    ("modules have no circles", circles::check),
    ("licences are allowed", licences::check),
    ("dependencies come from the registry", registry::check),
    ("files open with their question", openings::check),
    ("lib.rs and mod.rs hold no logic", bare_roots::check),
    ("unsafe code is listed", unsafe_code::check),
    ("what ARCHITECTURE.md names is there", named_files::check),
];

/// Runs every rule and prints all findings.
///
/// # Errors
/// Where there is a finding, or the project cannot be read.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<(), Error> {
    if let Some(argument) = arguments.first() {
        return Err(Error::usage(argument, USAGE));
    }
    let project = Project::read(workspace)?;
    let mut count = 0;
    for (rule, check) in RULES {
        let findings = check(&project);
        println!("tidy: {rule}: {}", if findings.is_empty() { "yes" } else { "NO" });
        for finding in &findings {
            println!("  {finding}");
        }
        count += findings.len();
    }
    if count == 0 {
        return Ok(());
    }
    Err(Error::malformed(
        "tidy",
        format!("{count} findings, each with its mend above"),
    ))
}
