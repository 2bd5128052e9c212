//! How does a project command run another program?
//!
//! Every program runs without standard input, so that none waits for an answer that nobody is
//! there to give, and every failure names the command line.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fmt};

use crate::error::Error;

/// How long a program may take to end after it was asked to, before it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// The program that limits another one's time, and the exit code by which it says so.
const TIMEOUT: &str = "timeout";
const TIMED_OUT: i32 = 124;
/// How many words it stands before the other program's: its name, the grace and the limit.
const LIMIT_WORDS: usize = 3;

/// A program about to be run.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    /// How long it may run, where that is limited.
    limit: Option<Duration>,
}

impl Program {
    /// A program, by path or by a name on the search path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        Self { command, limit: None }
    }

    /// Runs the program under `timeout`, which ends it and its children with it.
    ///
    /// For unattended runs only: `timeout` takes its program out of the terminal's reach.
    pub(crate) fn limited(self, limit: Duration) -> Self {
        let mut outer = Self::new(TIMEOUT)
            .arg(format!("--kill-after={}", GRACE.as_secs()))
            .arg(limit.as_secs().to_string())
            .arg(self.command.get_program());
        outer.command.args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => outer.command.env(name, value),
                None => outer.command.env_remove(name),
            };
        }
        if let Some(folder) = self.command.get_current_dir() {
            outer.command.current_dir(folder);
        }
        outer.limit = Some(limit);
        outer
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs the program in this folder.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs the program; its output is shown as it comes.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        let status = self.command.status().map_err(|source| self.not_started(source))?;
        self.check(status, String::new())
    }

    /// Runs the program; all its output goes to standard error, for commands whose standard
    /// output is read by a shell.
    pub(crate) fn run_aside(mut self) -> Result<(), Error> {
        self.command.stdout(io::stderr());
        self.run()
    }

    /// Runs the program and returns its standard output; its standard error is shown only where
    /// it fails.
    pub(crate) fn output(mut self) -> Result<String, Error> {
        let output = self.command.output().map_err(|source| self.not_started(source))?;
        let said = String::from_utf8_lossy(&output.stderr);
        self.check(output.status, format!("\n{said}"))?;
        String::from_utf8(output.stdout).map_err(|error| Error::malformed(self.to_string(), error))
    }

    /// Runs the program and returns its standard error, which is shown only where it fails.
    pub(crate) fn errors(mut self) -> Result<String, Error> {
        let output = self.command.output().map_err(|source| self.not_started(source))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        self.check(output.status, format!("\n{said}"))?;
        Ok(said)
    }

    /// Whether the program can be run and succeeds; it is not heard.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.command.status().is_ok_and(|status| status.success())
    }

    /// Runs the program, shows its standard output and gives each line of it to `line`.
    pub(crate) fn watch(mut self, mut line: impl FnMut(&str)) -> Result<(), Error> {
        self.command.stdout(Stdio::piped());
        let mut child = self.command.spawn().map_err(|source| self.not_started(source))?;
        let stdout = child.stdout.take().expect("standard output was asked for above");
        let mut reader = BufReader::new(stdout);
        let mut bytes = Vec::new();
        // Tests may print what is not UTF-8, so lines are read as bytes.
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes);
            print!("{text}");
            line(text.trim_end());
            bytes.clear();
        }
        let status = child.wait().map_err(|source| self.not_started(source))?;
        self.check(status, String::new())
    }

    /// Starts the program and leaves it running.
    pub(crate) fn start(mut self) -> Result<Child, Error> {
        self.command.spawn().map_err(|source| self.not_started(source))
    }

    fn check(&self, status: std::process::ExitStatus, output: String) -> Result<(), Error> {
        if status.success() {
            return Ok(());
        }
        if let (Some(limit), Some(TIMED_OUT)) = (self.limit, status.code()) {
            return Err(Error::TimedOut {
                command: self.to_string(),
                limit,
            });
        }
        Err(Error::Failed {
            command: self.to_string(),
            status,
            output,
        })
    }

    fn not_started(&self, source: io::Error) -> Error {
        Error::NotStarted {
            command: self.to_string(),
            source,
        }
    }
}

/// The command line as one would type it: programs by name, without what limits their time.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let mut words = words.skip(if self.limit.is_some() { LIMIT_WORDS } else { 0 });
        let program = Path::new(words.next().unwrap_or_default());
        write!(f, "{}", program.file_name().unwrap_or_default().to_string_lossy())?;
        for argument in words {
            write!(f, " {}", argument.to_string_lossy())?;
        }
        Ok(())
    }
}

/// Finds a program on the search path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_names_the_command_line_and_what_it_said() {
        let error = Program::new("sh")
            .args(["-c", "echo why >&2; exit 3"])
            .output()
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains("sh -c") && text.contains("exit status: 3"), "{text}");
        assert!(text.contains("why"), "{text}");
    }

    #[test]
    fn watched_lines_come_without_their_end_even_where_they_are_not_utf8() {
        let mut lines = Vec::new();
        let program = Program::new("printf").arg("one\\n\\377two\\nthree");
        program.watch(|line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one", "\u{fffd}two", "three"]);
    }

    #[test]
    fn limited_program_is_ended_and_keeps_its_environment() {
        let program = Program::new("sh").args(["-c", "echo $GREETING; sleep 60"]);
        let mut lines = Vec::new();
        let ended = program
            .env("GREETING", "hello")
            .limited(Duration::from_secs(1))
            .watch(|line| lines.push(line.to_owned()));
        let text = ended.unwrap_err().to_string();
        assert!(
            text.starts_with("`sh -c echo") && text.contains("was ended after 1 s"),
            "{text}"
        );
        assert_eq!(lines, ["hello"]);
    }

    #[test]
    fn program_that_does_not_exist_is_named() {
        let error = Program::new("no-such-program-here").run().unwrap_err();
        assert!(error.to_string().starts_with("`no-such-program-here` did not start"));
    }
}
