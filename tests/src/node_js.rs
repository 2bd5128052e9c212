//! How does a test run a JavaScript peer?

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::limits;
use crate::peers;
use crate::program::Program;
use crate::python::forget_settings;
use crate::repository;

/// A script of `tests/foreign/node` that is told what to do and tells what happens, one JSON
/// object a line in either direction.
#[derive(Debug)]
pub struct Script {
    program: Program,
}

impl Script {
    /// Starts a script with arguments. It finds the installed modules, and where the peers are,
    /// in the variables of the test command.
    ///
    /// # Panics
    /// If node or its modules are not installed.
    #[must_use]
    pub fn start(file: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(peers::path("OMNIBUS_TEST_NODE"));
        command
            .arg(repository::path("tests/foreign/node").join(file))
            .args(arguments);
        forget_settings(&mut command);
        for variable in [
            "OMNIBUS_TEST_NODE_MODULES",
            "OMNIBUS_TEST_ORIGINAL_STATIC",
            "OMNIBUS_TEST_CHROMIUM",
        ] {
            command.env(variable, peers::path(variable));
        }
        Self {
            program: Program::start(file, &mut command),
        }
    }

    /// Sends an object and returns the next one that comes.
    ///
    /// # Panics
    /// If the script does not answer, or answers that it failed.
    pub fn ask(&mut self, request: &Value) -> Value {
        self.tell(request);
        self.next()
    }

    /// Sends an object.
    pub fn tell(&mut self, request: &Value) {
        self.program.write_line(&request.to_string());
    }

    /// The next object that comes.
    ///
    /// # Panics
    /// If none comes, or it says that the script failed.
    #[expect(
        clippy::should_implement_trait,
        reason = "a script has no end that a caller could see"
    )]
    pub fn next(&mut self) -> Value {
        self.next_within(limits::START)
            .unwrap_or_else(|| panic!("{} says nothing more", self.program.name()))
    }

    /// Reads objects until this one comes; returns those before it.
    ///
    /// # Panics
    /// If it does not come.
    pub fn until(&mut self, last: &Value) -> Vec<Value> {
        self.read_until(&last.to_string(), |value| value == last)
    }

    /// Reads objects until one comes that is meant; returns those before it.
    ///
    /// # Panics
    /// If none comes.
    pub fn until_is(&mut self, is_meant: impl FnMut(&Value) -> bool) -> Vec<Value> {
        self.read_until("what the test waits for", is_meant)
    }

    fn read_until(&mut self, what: &str, mut is_meant: impl FnMut(&Value) -> bool) -> Vec<Value> {
        let mut before = Vec::new();
        loop {
            match self.next_within(limits::ANSWER) {
                Some(value) if is_meant(&value) => return before,
                Some(value) => before.push(value),
                None => panic!("{what} does not come from {}; before: {before:#?}", self.program.name()),
            }
        }
    }

    fn next_within(&mut self, limit: Duration) -> Option<Value> {
        let line = self.program.line_within(limit)?;
        let value: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?} is no JSON: {error}"));
        if let Some(failure) = value.get("failure") {
            panic!("{} failed: {failure}", self.program.name());
        }
        Some(value)
    }
}
