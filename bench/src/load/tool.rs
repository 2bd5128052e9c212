//! How is the project's own load tool run, `omnibus bench`?

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::error::Error;

const NAME: &str = "omnibus bench";

/// What it ends with where it has measured something that is not as it should be.
const NOT_CLEAN: i32 = 3;

/// The release build of the tool.
#[derive(Debug)]
pub(crate) struct Tool {
    program: PathBuf,
}

impl Tool {
    /// Finds the one that was built together with this program.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn beside_this_program() -> Result<Self, Error> {
        let this = env::current_exe().map_err(Error::system("find this program"))?;
        let program = this.with_file_name("omnibus");
        if program.is_file() {
            return Ok(Self { program });
        }
        Err(Error::Missing {
            what: "omnibus, built for release,".to_owned(),
            hint: "run `cargo xtask bench`, which builds it",
        })
    }

    /// Starts it on this thread's cores, with one thread of its own.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn start(&self, server: SocketAddr, arguments: &[String]) -> Result<Errand, Error> {
        let mut command = Command::new(&self.program);
        command
            .arg("bench")
            .args(arguments)
            .args(["--json", "--threads", "1", "--url", &format!("ws://{server}/ec")])
            .env_remove("OMNIBUS_AUTH_TOKEN")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let child = command.spawn().map_err(|source| Error::NotRun {
            program: NAME.to_owned(),
            source,
        })?;
        Ok(Errand { child: Some(child) })
    }
}

/// A run of the tool; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Errand {
    child: Option<Child>,
}

impl Errand {
    /// Whether it has ended.
    ///
    /// # Errors
    /// As the system's.
    pub(crate) fn is_over(&mut self) -> Result<bool, Error> {
        let Some(child) = &mut self.child else { return Ok(true) };
        let status = child.try_wait().map_err(Error::system("ask after omnibus bench"))?;
        Ok(status.is_some())
    }

    /// Waits for its end, and takes what it tells.
    ///
    /// # Errors
    /// It has not measured anything.
    pub(crate) fn told(mut self) -> Result<Told, Error> {
        let child = self.child.take().expect("it is taken once, here");
        // What it tells fits into a pipe, so that it never waits for its reader.
        let output = child.wait_with_output().map_err(Error::system("hear omnibus bench"))?;
        if !matches!(output.status.code(), Some(0 | NOT_CLEAN)) {
            return Err(Error::NotRun {
                program: NAME.to_owned(),
                source: std::io::Error::other(output.status.to_string()),
            });
        }
        let told = serde_json::from_slice(&output.stdout);
        told.map(Told).map_err(|_| Error::Malformed {
            what: NAME.to_owned(),
            expected: "its figures as JSON",
        })
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Both fail only where it has ended already, which is what is wanted.
            let _ended = child.kill();
            let _ended = child.wait();
        }
    }
}

/// The figures of a run; docs/bench.md says what each key means.
#[derive(Debug)]
pub(crate) struct Told(Value);

impl Told {
    /// The number at this JSON pointer.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn number(&self, pointer: &str) -> Result<f64, Error> {
        let number = self.0.pointer(pointer).and_then(Value::as_f64);
        number.ok_or_else(|| Error::Malformed {
            what: format!("{NAME} at {pointer}"),
            expected: "a number",
        })
    }

    /// The sum of the counts of the object at this JSON pointer.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn sum(&self, pointer: &str) -> Result<f64, Error> {
        let counts = self.0.pointer(pointer).and_then(Value::as_object);
        let counts = counts.ok_or_else(|| Error::Malformed {
            what: format!("{NAME} at {pointer}"),
            expected: "counts",
        })?;
        Ok(counts.values().filter_map(Value::as_f64).sum())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_found_by_where_they_stand() {
        let told = Told(json!({"latency_ms": {"p99": 1.5}, "lost": 0, "closed": {"1006": 2, "1013": 1}}));
        assert!((told.number("/latency_ms/p99").unwrap() - 1.5).abs() < 1e-9);
        assert!((told.sum("/closed").unwrap() - 3.0).abs() < 1e-9);
        assert!(told.number("/latency_ms/p50").is_err());
        assert!(told.sum("/lost").is_err());
    }
}
