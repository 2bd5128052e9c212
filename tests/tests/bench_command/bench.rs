//! How is the benchmark run and heard?

use std::process::Command;
use std::time::Duration;

use omnibus_tests::binary;
use omnibus_tests::program::Program;
use omnibus_tests::python::forget_settings;
use serde_json::Value;

/// For a run: none here takes more than a few seconds on an idle machine.
const RUN: Duration = Duration::from_secs(120);

/// What a run has left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) report: Value,
    /// All that it wrote, for the message of a failed test.
    #[expect(dead_code, reason = "shown by `Debug`")]
    log: String,
}

impl Ran {
    /// A number of the report, by its path.
    pub(crate) fn number(&self, path: &str) -> f64 {
        let value = self.report.pointer(path).and_then(Value::as_f64);
        value.unwrap_or_else(|| panic!("no number at {path} of {}", self.report))
    }

    /// Nothing was lost, and the exit code says so.
    #[track_caller]
    pub(crate) fn expect_clean(&self) {
        assert_eq!((self.code, &self.report["clean"]), (0, &Value::Bool(true)), "{self:?}");
    }
}

/// Runs `omnibus bench` with these arguments and `--json`.
pub(crate) fn json(urls: &[String], arguments: &str) -> Ran {
    let mut program = start(urls, &format!("{arguments} --json"));
    let line = program.line_within(RUN);
    let code = program.exit_code(RUN);
    let report = line.and_then(|line| serde_json::from_str(&line).ok());
    Ran {
        code,
        report: report.unwrap_or_default(),
        log: program.log(),
    }
}

/// Runs `omnibus bench` with these arguments; its exit code, and all that it wrote.
pub(crate) fn text(urls: &[String], arguments: &str) -> (i32, String) {
    let mut program = start(urls, arguments);
    let code = program.exit_code(RUN);
    // Its pipes have ended with it, and their readers are about to see that.
    while program.line_within(Duration::from_secs(1)).is_some() {}
    (code, program.log())
}

fn start(urls: &[String], arguments: &str) -> Program {
    let mut command = Command::new(binary::omnibus());
    forget_settings(&mut command);
    command.arg("bench").args(arguments.split(' '));
    for url in urls {
        command.args(["--url", url]);
    }
    Program::start("omnibus bench", &mut command)
}
