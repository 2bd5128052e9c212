//! What can end a project command early, and what to do about it?

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// A fact that ends a command; its text names the next step where there is one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line names something that does not exist.
    #[error("`{argument}` is not understood\n\n{usage}")]
    Usage {
        /// What was not understood.
        argument: String,
        /// What would be.
        usage: &'static str,
    },
    /// A program that the command needs is not on this machine.
    #[error("{what} is missing; {hint}")]
    Missing {
        /// The program, package or file.
        what: String,
        /// How to get it.
        hint: String,
    },
    /// A program could not be started at all.
    #[error("`{command}` did not start: {source}")]
    NotStarted {
        /// The command line.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended with another status than success.
    #[error("`{command}` ended with {status}{output}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said, where that was not shown already.
        output: String,
    },
    /// A program ran for longer than it may.
    #[error("`{command}` was ended after {} s, which is all the time that it has", limit.as_secs())]
    TimedOut {
        /// The command line.
        command: String,
        /// The time that it had.
        limit: Duration,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or a program's answer does not say what it should.
    #[error("{what}: {problem}")]
    Malformed {
        /// The file or program.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// An argument that the command does not know.
    pub(crate) fn usage(argument: &str, usage: &'static str) -> Self {
        Self::Usage {
            argument: argument.to_owned(),
            usage,
        }
    }

    /// Wraps what the system said about a path; meant for `map_err`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// A text that is not what it should be.
    pub(crate) fn malformed(what: impl Into<String>, problem: impl ToString) -> Self {
        Self::Malformed {
            what: what.into(),
            problem: problem.to_string(),
        }
    }
}
