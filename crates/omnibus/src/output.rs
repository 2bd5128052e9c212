//! What goes to which stream?
//!
//! Data goes to standard output, one line each, so that a pipe gets nothing else; words for
//! people go to standard error.

use std::io::{self, Write as _};

use crate::error::Error;

/// Prints one line of data, at once.
///
/// # Errors
/// [`Error::Output`] if nobody takes it.
pub(crate) fn print(line: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(Error::Output)
}

/// Tells people something.
pub(crate) fn say(text: &str) {
    // Where nobody listens there is nobody to complain to; the exit code still says it.
    let _ = writeln!(io::stderr(), "{text}");
}
