//! Where do log lines go, and how do they look?

use std::io;

use omnibus_settings::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Sends log lines to standard error: text or one JSON object a line.
pub(crate) fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false);
    match log.format {
        LogFormat::Text => lines.with_ansi(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}
