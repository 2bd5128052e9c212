//! How is a process started, heard, and ended?

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::limits;
use crate::process::Process;
use crate::watchdog;

/// Lines of a process that are kept for the message of a failed test; older ones go.
const LOG_LINES_MAX: usize = 400;

/// Lines of standard output that may wait to be asked for.
const OUTPUT_LINES_MAX: usize = 100_000;

/// A child process. It is killed, by its own number, when this is dropped; if a test is failing
/// then, what the process wrote is shown.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    log: Arc<Log>,
    /// Behind a lock only so that a server may be shared by a test's threads.
    output: Mutex<Receiver<String>>,
    ended: Option<ExitStatus>,
}

/// What a process wrote, of both its outputs.
#[derive(Debug, Default)]
struct Log(Mutex<VecDeque<String>>);

impl Log {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LOG_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

impl Program {
    /// Starts the process, its three streams piped; `name` stands in messages.
    ///
    /// # Panics
    /// If there is no such program.
    #[must_use]
    pub fn start(name: &str, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {command:?} does not start: {error}"));
        watchdog::started(child.id());
        let log = Arc::new(Log::default());
        let (sender, output) = sync_channel(OUTPUT_LINES_MAX);
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        hear(stdout, Arc::clone(&log), Some(sender));
        hear(stderr, Arc::clone(&log), None);
        Self {
            name: name.to_owned(),
            child,
            log,
            output: Mutex::new(output),
            ended: None,
        }
    }

    /// What the process is called in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the system knows about the process.
    #[must_use]
    pub fn process(&self) -> Process {
        Process::of(self.child.id())
    }

    /// The last lines that the process wrote, of both its outputs.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// The next line of standard output; `None` if none has come in time or none will.
    #[must_use]
    pub fn line_within(&self, limit: Duration) -> Option<String> {
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output.recv_timeout(limit).ok()
    }

    /// The next line of standard output.
    ///
    /// # Panics
    /// If none comes.
    #[must_use]
    pub fn line(&self, limit: Duration) -> String {
        self.line_within(limit).unwrap_or_else(|| {
            panic!(
                "{} says nothing more within {limit:?}; it wrote:\n{}",
                self.name,
                self.log()
            )
        })
    }

    /// Writes a line to the process.
    ///
    /// # Panics
    /// If it does not read any more.
    pub fn write_line(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("it is piped");
        if let Err(error) = input
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| input.flush())
        {
            panic!("{} does not read: {error}; it wrote:\n{}", self.name, self.log());
        }
    }

    /// Sends a signal by its name: `TERM`, `INT`, `KILL`, `STOP`, `CONT`.
    ///
    /// # Panics
    /// If the process has ended.
    pub fn signal(&mut self, signal: &str) {
        assert!(
            self.is_running(),
            "{} has ended before SIG{signal}; it wrote:\n{}",
            self.name,
            self.log()
        );
        // A child that was not waited for keeps its number, so that this never reaches another.
        let kill = format!("kill -{signal} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.is_ok_and(|status| status.success()), "{kill} failed");
    }

    /// Whether the process runs.
    pub fn is_running(&mut self) -> bool {
        self.look().is_none()
    }

    /// Waits for the end of the process: its exit code, or the negative number of the signal that
    /// ended it.
    ///
    /// # Panics
    /// If it does not end in time.
    pub fn exit_code(&mut self, limit: Duration) -> i32 {
        use std::os::unix::process::ExitStatusExt;

        limits::holds_within(limit, || self.look().is_some());
        let Some(status) = self.ended else {
            panic!("{} runs on after {limit:?}; it wrote:\n{}", self.name, self.log());
        };
        status
            .code()
            .or_else(|| status.signal().map(|signal| -signal))
            .expect("a process ends by itself or by a signal")
    }

    fn look(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            watchdog::ended(self.child.id());
            self.ended = Some(status);
        }
        self.ended
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.look().is_none() {
            // Either fails only if the process has ended, which is what they are for.
            let _ended_already = self.child.kill();
            let _waited_already = self.child.wait();
            watchdog::ended(self.child.id());
        }
        if thread::panicking() {
            eprintln!("---- {} wrote:\n{}----", self.name, self.log());
        }
    }
}

/// Reads a stream line by line until it ends, on a thread of its own.
fn hear(stream: impl Read + Send + 'static, log: Arc<Log>, mut output: Option<SyncSender<String>>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut bytes) {
            let line = String::from_utf8_lossy(&bytes)
                .trim_end_matches(['\r', '\n'])
                .to_owned();
            bytes.clear();
            if let Some(sender) = &output
                && let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = sender.try_send(line.clone())
            {
                output = None;
            }
            log.push(line);
        }
    });
}
