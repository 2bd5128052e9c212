//! How do the shards start and stop?

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mio::{Poll, Waker};
use tracing::error;

use crate::config::Config;
use crate::encoding::Encodings;
use crate::engine::Engine;
use crate::hub::Hub;
use crate::inbox::Inbox;
use crate::shard::{Shard, WAKE};
use crate::shard_name::ShardName;
use crate::stream::{Accept, Listener};

/// The shard threads of a running node.
pub struct Running {
    hub: Hub,
    threads: Vec<JoinHandle<()>>,
}

/// Starts the shards, and behind them that of the bus. The first takes `clients`, the bus's takes
/// `bus`: what comes at these listeners.
///
/// # Errors
/// The system gives no event loop or no thread.
pub fn start(
    config: Config,
    encodings: Encodings,
    engine: &Arc<dyn Engine>,
    clients: Vec<(Listener, Accept)>,
    bus: Vec<(Listener, Accept)>,
) -> io::Result<Running> {
    let count = config.shards.clamp(1, Config::SHARDS_MAX) + 1;
    let mut polls = Vec::with_capacity(count);
    let mut inboxes = Vec::with_capacity(count);
    for _ in 0..count {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        inboxes.push(Arc::new(Inbox::new(
            waker,
            config.inbox_publications_max,
            config.inbox_bytes_max,
        )));
        polls.push(poll);
    }
    let hub = Hub::new(config, encodings, inboxes);
    let mut listeners: Vec<Vec<(Listener, Accept)>> = (0..count).map(|_| Vec::new()).collect();
    listeners[0] = clients;
    listeners[hub.bus()] = bus;
    let shards = polls
        .into_iter()
        .zip(listeners)
        .enumerate()
        .map(|(number, (poll, listeners))| Shard::new(hub.clone(), Arc::clone(engine), number, poll, listeners));
    let shards: Vec<Shard> = shards.collect::<io::Result<_>>()?;
    let mut running = Running {
        hub,
        threads: Vec::with_capacity(count),
    };
    for (number, shard) in shards.into_iter().enumerate() {
        let name = match running.hub.name_of(number) {
            ShardName::Clients(number) => format!("shard-{number}"),
            ShardName::Bus => "bus".to_owned(),
        };
        let builder = std::thread::Builder::new().name(name);
        match builder.spawn(move || whole_or_not_at_all(move || shard.run())) {
            Ok(thread) => running.threads.push(thread),
            Err(error) => {
                // A node starts whole or not at all.
                let _nobody_has_come = running.stop(Duration::ZERO);
                return Err(error);
            }
        }
    }
    Ok(running)
}

impl Running {
    /// The handle to these shards.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Stops: no more connections, what was published is written, every peer says farewell; those of
    /// the bus do so after the clients, who have nothing more to publish then.
    /// Returns whether all had gone within `grace`; those that had not are cut.
    #[must_use]
    pub fn stop(mut self, grace: Duration) -> bool {
        let deadline = Instant::now() + grace;
        let (clients, bus) = self.hub.inboxes().split_at(self.hub.bus());
        let bus_thread = self.threads.split_off(clients.len().min(self.threads.len()));
        let mut is_whole = end(clients, self.threads, deadline);
        is_whole &= end(bus, bus_thread, deadline);
        is_whole && Instant::now() < deadline
    }
}

/// Stops these shards, and waits for them.
fn end(inboxes: &[Arc<Inbox>], threads: Vec<JoinHandle<()>>, deadline: Instant) -> bool {
    inboxes.iter().for_each(|inbox| inbox.stop(deadline));
    let mut are_whole = true;
    for thread in threads {
        are_whole &= thread.join().is_ok();
    }
    are_whole
}

/// Ends the process where a shard's own code panics (a peer's, an encoder's and an engine's panics
/// are caught below): a node that has lost a shard still says that it lives, and loses messages.
fn whole_or_not_at_all(run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        error!("a shard panicked; the process ends, so that whoever watches it starts it anew");
        process::abort();
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shard_that_panics_takes_the_process_with_it() {
        const MARK: &str = "OMNIBUS_HUB_TEST_ABORT";
        if env::var_os(MARK).is_some() {
            return whole_or_not_at_all(|| panic!("as the test wants it"));
        }
        let name = "running::tests::a_shard_that_panics_takes_the_process_with_it";
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", name])
            .env(MARK, "1")
            .output()
            .unwrap();
        assert_eq!(child.status.signal(), Some(6), "{child:?}");
    }
}
