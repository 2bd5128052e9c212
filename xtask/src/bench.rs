//! How are the benchmarks run.

use std::env;

use crate::error::Error;
use crate::workspace::Workspace;

/// Runs the program in `bench/`, built for release, with these arguments.
///
/// # Errors
/// Where it fails; a project without `bench/` has no benchmarks, and that is said.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<(), Error> {
    if !workspace.path("bench").is_dir() {
        println!("no benchmarks");
        return Ok(());
    }
    let mut program = workspace.cargo(&["run", "--release", "--manifest-path", "bench/Cargo.toml"]);
    if let Some(folder) = env::var_os("CARGO_TARGET_DIR") {
        // A workspace of its own builds beside the project's, never into it.
        program = program.env("CARGO_TARGET_DIR", workspace.root().join(folder).join("bench"));
    }
    program.arg("--").args(arguments).run()
}
