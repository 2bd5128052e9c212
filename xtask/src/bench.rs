//! How are the benchmarks run?

use crate::error::Error;
use crate::setup;
use crate::workspace::Workspace;

/// With this the benchmark measures what takes long to build, too.
const ALL: &str = "--all";

/// Builds omnibusd, the load tool and the program in `bench/` for release, and runs the program with
/// these arguments; it finds the foreign peers as the tests do, and its own beside them.
///
/// # Errors
/// Where a peer is missing, or the program fails.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<(), Error> {
    let peers = setup::install(workspace)?;
    let is_all = arguments.iter().any(|argument| argument == ALL);
    let rivals = setup::install_rivals(workspace, is_all)?;
    workspace
        .cargo_to_measure(&["build", "--release", "-p", "omnibusd", "-p", "omnibus"])
        .run()?;
    let mut program = workspace.cargo_to_measure(&["run", "--release", "-p", "omnibus-bench", "--"]);
    for (name, path) in peers.variables().chain(rivals.variables()) {
        program = program.env(name, path);
    }
    program.args(arguments).run()
}
