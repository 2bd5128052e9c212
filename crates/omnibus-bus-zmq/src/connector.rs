//! How does the link come up again?

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use omnibus_hub::{EncodingId, Hub};
use omnibus_zmtp::SocketType;
use tracing::{debug, error, info};

use crate::address::Address;
use crate::bind::connect;
use crate::downlink::Downlink;
use crate::link::Link;
use crate::uplink::Uplink;
use crate::wire::Wire;

/// How long one connection may take to be made.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(2);

/// How long the thread may take to end. It may be asking for a name, or connecting to somebody who
/// neither takes nor refuses, which nothing interrupts; the process ends without it then.
const END_TIME_MAX: Duration = Duration::from_secs(1);

/// The thread that connects to the node above, for as long as this node lives.
pub(crate) struct Connector {
    pub(crate) link: Arc<Link>,
    pub(crate) hub: Hub,
    pub(crate) encoding: EncodingId,
    pub(crate) subscriber_address: Address,
    pub(crate) publisher_address: Address,
}

/// A running connector.
pub(crate) struct Connecting {
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    /// Brings nothing, and is cut with the thread's end.
    ended: Receiver<Infallible>,
}

impl Connector {
    pub(crate) fn start(self) -> std::io::Result<Connecting> {
        let stopping = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopping);
        let (until_end, ended) = channel();
        let thread = thread::Builder::new().name("connector".to_owned()).spawn(move || {
            self.run(&flag);
            drop(until_end);
        })?;
        Ok(Connecting {
            stopping,
            thread,
            ended,
        })
    }

    fn run(self, stopping: &AtomicBool) {
        let config = &self.link.config;
        let downlink = Arc::new(Wire::connector(SocketType::Sub, self.link.node, config));
        let uplink = Arc::new(Wire::connector(SocketType::Pub, self.link.node, config));
        let mut backoff = Backoff {
            min: config.reconnect_min,
            max: config.reconnect_max,
            next: config.reconnect_min,
        };
        while !stopping.load(Ordering::SeqCst) {
            match self.attempt(&downlink, &uplink) {
                Ok(true) => backoff.reset(),
                Ok(false) => {}
                Err(error) => {
                    if backoff.is_first() {
                        info!(%error, subscriber_address = %self.subscriber_address, publisher_address = %self.publisher_address, "the node above can't be reached; trying again");
                    } else {
                        debug!(%error, "the node above can't be reached; trying again");
                    }
                }
            }
            if !stopping.load(Ordering::SeqCst) {
                // Parked, so that a stop need not wait.
                thread::park_timeout(backoff.pause());
            }
        }
    }

    /// Connects once, and waits until the link is down again. Returns whether it was up.
    fn attempt(&self, downlink: &Arc<Wire>, uplink: &Arc<Wire>) -> std::io::Result<bool> {
        let subscriber = connect(&self.subscriber_address, CONNECT_TIME_MAX)?;
        let publisher = connect(&self.publisher_address, CONNECT_TIME_MAX)?;
        let attempt = self.link.begin();
        let down = Box::new(Downlink::new(Arc::clone(&self.link), attempt, Arc::clone(downlink)));
        let up = Box::new(Uplink::new(Arc::clone(&self.link), attempt, Arc::clone(uplink)));
        if !(self.hub.adopt_on_bus(subscriber, down, self.encoding)
            && self.hub.adopt_on_bus(publisher, up, self.encoding))
        {
            self.link.fail(attempt, "this node holds as many connections as it may");
        }
        Ok(self.link.wait(attempt, self.link.config.handshake_time_max))
    }
}

impl Connecting {
    /// Ends the thread, or leaves it; the connections belong to the hub, which must have ended before.
    pub(crate) fn stop(self, link: &Link) {
        self.stopping.store(true, Ordering::SeqCst);
        link.end();
        self.thread.thread().unpark();
        match self.ended.recv_timeout(END_TIME_MAX) {
            Err(RecvTimeoutError::Timeout) => debug!("the connector is still connecting; nobody waits for it"),
            _ => {
                if self.thread.join().is_err() {
                    error!("the connector panicked");
                }
            }
        }
    }
}

/// Growing pauses with jitter, so that the nodes below a hub that returns don't come all at once.
struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    fn is_first(&self) -> bool {
        self.next == self.min
    }

    fn reset(&mut self) {
        self.next = self.min;
    }

    /// The next pause: between half of the present one and the whole.
    fn pause(&mut self) -> Duration {
        let pause = self.next.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.next = (self.next * 2).min(self.max);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_jitter_up_to_their_bound() {
        let (min, max) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff { min, max, next: min };
        let pauses: Vec<Duration> = (0..8).map(|_| backoff.pause()).collect();
        for (pause, whole) in pauses.iter().zip([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]) {
            let whole = Duration::from_millis(whole);
            assert!(whole / 2 <= *pause && *pause <= whole, "{pause:?} of {whole:?}");
        }
        backoff.reset();
        assert!(backoff.pause() <= min);
    }
}
