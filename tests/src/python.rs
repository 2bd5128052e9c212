//! How does a test run a Python peer?

use std::process::Command;

use crate::peers;
use crate::repository;

/// A command that runs a script of `tests/foreign/python` in the environment with the original.
///
/// Only what the caller sets reaches it of the variables that speak of settings.
///
/// # Panics
/// If the environment is not installed.
#[must_use]
pub fn script(below: &str) -> Command {
    let mut command = Command::new(peers::path("OMNIBUS_TEST_PYTHON"));
    command
        .arg("-u")
        .arg(repository::path("tests/foreign/python").join(below))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    forget_settings(&mut command);
    command
}

/// Takes every variable of ours out of a command's environment.
pub fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OMNIBUS_") {
            command.env_remove(name);
        }
    }
}
