//! What does another program say?

use std::process::{Command, Stdio};

use crate::error::Error;

/// Runs a program and returns its standard output, trimmed.
///
/// # Errors
/// It does not run, or fails.
pub(crate) fn said(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    match output {
        Err(source) => Err(Error::NotRun { program, source }),
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        Ok(output) => Err(Error::NotRun {
            program,
            source: std::io::Error::other(output.status.to_string()),
        }),
    }
}
