//! What does `cargo xtask conformance` do, from start to table?

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::cache;
use crate::error::Error;
use crate::program::Program;
use crate::workspace::Workspace;

use super::autobahn::{self, Autobahn};
use super::document::{self, AUTOBAHN, Versions};
use super::echo::Echo;
use super::judged;
use super::report::Report;
use super::sockjs;

const USAGE: &str = "usage: cargo xtask conformance [--all | --sockjs PATH]";

/// What compression is tested with: left out unless asked for, because each case sends a thousand
/// messages.
const COMPRESSION: [&str; 2] = ["12.*", "13.*"];

/// Runs Autobahn's cases against the echo example and writes the counts into the document.
///
/// # Errors
/// Where a case fails, or the suite cannot be run.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Result<(), Error> {
    let excluded: &[&str] = match arguments {
        [] => &COMPRESSION,
        [flag] if flag == "--all" => &[],
        [flag, path] if flag == "--sockjs" => return sockjs::judge(workspace, Path::new(path)),
        [argument, ..] => return Err(Error::usage(argument, USAGE)),
    };
    let cache = cache::folder()?;
    let suite = autobahn::install(workspace, &cache)?;
    let echo = Echo::start(workspace)?;
    let folder = cache.join("autobahn-report");
    let report = run(&suite, &echo, excluded, &folder)?;
    drop(echo);

    let versions = Versions {
        ours: judged::version(workspace, AGENT)?,
        suite: suite.version,
        command: format!("cargo xtask conformance {}", arguments.join(" "))
            .trim_end()
            .to_owned(),
    };
    let table = document::table(&report, &versions);
    document::write(&workspace.path("docs/conformance.md"), AUTOBAHN, &table)?;
    println!("{table}");
    println!("each case: {}", folder.join("index.html").display());
    let failed = report.failed();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Error::malformed(
        "Autobahn",
        format!("cases {} failed", failed.join(", ")),
    ))
}

/// Runs the suite as a client of the server.
fn run(suite: &Autobahn, echo: &Echo, excluded: &[&str], folder: &Path) -> Result<Report, Error> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::file(folder))?;
    }
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let specification = json!({
        "outdir": folder,
        "servers": [{ "agent": AGENT, "url": format!("ws://{}", echo.address()) }],
        "cases": ["*"],
        "exclude-cases": excluded,
        "exclude-agent-cases": {},
    });
    let file = folder.join("fuzzingclient.json");
    fs::write(&file, specification.to_string()).map_err(Error::file(&file))?;
    // Run as a module: the environment was renamed after it was made, its scripts do not work.
    Program::new(&suite.python)
        .args(["-W", "ignore", "-m", "autobahntestsuite.wstest"])
        .args(["--mode", "fuzzingclient", "--spec"])
        .arg(&file)
        .folder(folder)
        .run()?;
    let index = folder.join("index.json");
    let text = fs::read_to_string(&index).map_err(Error::file(&index))?;
    Report::parse(&text, AGENT)
}

/// What the suite calls us in its report.
const AGENT: &str = "omnibus-websocket";
