//! What does the outside tell a node?

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;
use signal_hook::iterator::Signals as Iterator;

/// The signals that a node listens to.
pub(crate) struct Signals(Iterator);

/// What a signal asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGTERM or SIGINT: stop.
    Stop,
    /// SIGUSR1: log the counters.
    Report,
}

impl Signals {
    /// Begins to listen. A second SIGTERM or SIGINT ends the process at once.
    pub(crate) fn listen() -> io::Result<Self> {
        let second = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            // In this order: the first signal only raises the flag that the second one finds.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&second))?;
            flag::register(signal, Arc::clone(&second))?;
        }
        Ok(Self(Iterator::new([SIGTERM, SIGINT, SIGUSR1])?))
    }

    /// Waits for the next signal.
    pub(crate) fn wait(&mut self) -> Signal {
        match self.0.forever().next() {
            Some(SIGUSR1) => Signal::Report,
            _ => Signal::Stop,
        }
    }
}
