//! What can end a benchmark early, and what to do about it?

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// A fact that ends the benchmark.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("this build is not for release, so its figures mean nothing; run `cargo xtask bench`")]
    DebugBuild,
    #[error("only {found} core can be used; server and clients need one each")]
    TooFewCores { found: usize },
    #[error("{what} is missing; {hint}")]
    Missing { what: String, hint: &'static str },
    #[error("`{program}` did not run: {source}")]
    NotRun { program: String, source: io::Error },
    #[error("{server} ended with {status} before it was told to")]
    Ended { server: &'static str, status: ExitStatus },
    #[error("{server} does not listen after {} s", after.as_secs())]
    NotListening { server: &'static str, after: Duration },
    #[error("{server} still runs {} s after it was told to stop", after.as_secs())]
    NotStopped { server: &'static str, after: Duration },
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{what} does not say {expected}")]
    Malformed { what: String, expected: &'static str },
    #[error("could not {doing}: {source}")]
    System { doing: &'static str, source: io::Error },
    #[error("the server answered {got:?} where {expected:?} was due")]
    Answer { got: String, expected: String },
    #[error("client {client} got something else than message {message}, which was due")]
    WrongMessage { client: usize, message: u64 },
    #[error("client {client} was cut off before message {message}")]
    CutOff { client: usize, message: u64 },
    #[error("{missing} clients still lack message {message} after {} s", after.as_secs())]
    Stalled {
        missing: usize,
        message: u64,
        after: Duration,
    },
}

impl Error {
    /// Wraps what the system said about a file; meant for `map_err`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Wraps what the system said to an attempt; meant for `map_err`.
    pub(crate) fn system(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { doing, source }
    }
}
