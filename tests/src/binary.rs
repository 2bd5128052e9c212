//! Where are the programs of ours that the tests start?

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The folder with the programs, where the test command has built them already.
const FOLDER_VARIABLE: &str = "OMNIBUS_TEST_BINARIES";

/// The server, built if it is not there: once for each test program.
///
/// # Panics
/// If it does not compile.
#[must_use]
pub fn omnibusd() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| program("omnibusd"))
}

/// The command-line client; otherwise as [`omnibusd`].
///
/// # Panics
/// If it does not compile.
#[must_use]
pub fn omnibus() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| program("omnibus"))
}

/// The project's own commands; otherwise as [`omnibusd`].
///
/// # Panics
/// If they do not compile.
#[must_use]
pub fn xtask() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| program("xtask"))
}

/// A program that has its package's name.
fn program(name: &str) -> PathBuf {
    match std::env::var_os(FOLDER_VARIABLE) {
        Some(folder) => built(PathBuf::from(folder).join(name)),
        None => build(name),
    }
}

fn built(path: PathBuf) -> PathBuf {
    assert!(
        path.is_file(),
        "{FOLDER_VARIABLE} names a folder without {}; unset it and the tests build one",
        path.display()
    );
    path
}

/// Cargo knows where it puts what it builds, and says so.
fn build(name: &str) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--package", name, "--bin", name])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(crate::repository::path(""))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs the tests, so it is there");
    assert!(output.status.success(), "{name} does not compile");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the program that it has built")
}
