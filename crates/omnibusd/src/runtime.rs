//! Where does what waits for others run?

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

/// A small runtime beside the shards, for what waits for the application or for a database. It is
/// started by whoever needs it first, and not at all if nobody does.
#[derive(Debug, Default)]
pub(crate) struct Beside(Option<Runtime>);

impl Beside {
    /// The runtime's handle.
    ///
    /// # Errors
    /// The system gives no thread or event loop.
    pub(crate) fn handle(&mut self) -> io::Result<Handle> {
        let runtime = match self.0.take() {
            Some(runtime) => runtime,
            None => Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("beside")
                .enable_all()
                .build()?,
        };
        Ok(self.0.insert(runtime).handle().clone())
    }
}
