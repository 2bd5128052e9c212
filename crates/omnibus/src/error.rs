//! What can go wrong, and which exit code says so?

use std::io;
use std::time::Duration;

use omnibus_settings::units::show_duration;
use thiserror::Error;

/// Why a command was not carried out.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// Nobody answers there, or not in this protocol.
    #[error("{target} can't be reached: {reason}; check the address, and that the server runs")]
    Unreachable {
        /// What was asked for.
        target: String,
        /// What happened.
        reason: String,
    },
    /// The connection ended before the work was done.
    #[error("the connection to {target} was lost: {reason}; try again")]
    Lost {
        /// What was asked for.
        target: String,
        /// What happened.
        reason: String,
    },
    /// The server said no.
    #[error("{what} was refused: {reason}")]
    Refused {
        /// What was asked for.
        what: String,
        /// What the server said, and the next step.
        reason: String,
    },
    /// The message went out, and nothing came back.
    #[error(
        "the message was sent but not confirmed within {}: {reason}",
        show_duration(*timeout)
    )]
    NotConfirmed {
        /// How long was waited.
        timeout: Duration,
        /// What may have happened, and the next step.
        reason: &'static str,
    },
    /// Too much time went by.
    #[error("{what} took longer than {}; {mend}", show_duration(*timeout))]
    TimedOut {
        /// What took so long.
        what: &'static str,
        /// How long was waited.
        timeout: Duration,
        /// The next step.
        mend: &'static str,
    },
    /// A variable of the environment is no good.
    #[error("environment variable {name} is {problem}")]
    BadVariable {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The command line asks for what can't be done.
    #[error("{0}")]
    Usage(String),
    /// A benchmark has shown what should not be.
    #[error("not everything arrived once and in order: {0}")]
    Unclean(String),
    /// The generator of a benchmark could not do its work.
    #[error("the load generator failed: {0}")]
    Generator(String),
    /// The output takes no more.
    #[error("the output can't be written: {0}; check where it goes")]
    Output(io::Error),
}

impl Error {
    /// Says what the system did not let a load generator do.
    pub(crate) fn generator(what: &str) -> impl Fn(io::Error) -> Self + use<'_> {
        move |error| Self::Generator(format!("it could not {what}: {error}"))
    }

    /// Gives the exit code, as `--help` documents it.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { .. } | Self::NotConfirmed { .. } | Self::Output(_) => 1,
            Self::BadVariable { .. } | Self::Usage(_) => 2,
            Self::Unclean(_) => 3,
            Self::Generator(_) => 71,
            Self::Unreachable { .. } | Self::Lost { .. } => 69,
            Self::TimedOut { .. } => 75,
        }
    }
}

/// Says whether a read or write ended because its time was over.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
