//! How are events taken in, and how do they go out?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use omnibus_counters::Countable;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;

use crate::batch::{Batch, Head};
use crate::config::{Config, EventSet, Node};
use crate::counters::{Counter, Counters, dropped};
use crate::event::{Event, Kind, Stamp};
use crate::pauses::Pauses;
use crate::queue::{Full, LANES, Queue};
use crate::receiver::{Failing, Receiver};
use crate::request::Requests;

/// Tells the application of events; cheap to clone, usable from every thread.
#[derive(Debug, Clone)]
pub struct Hooks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    events: EventSet,
    last_id: AtomicU64,
    queue: Queue,
    counters: Counters,
    /// Whether it was said that events are dropped; said again only after all had gone out once.
    has_complained: AtomicBool,
}

/// What sends events; it ends with [`Running::stop`].
#[derive(Debug)]
pub struct Running {
    hooks: Hooks,
    lanes: JoinSet<()>,
    runtime: Handle,
}

/// Why events can't be sent.
#[derive(Debug, Error)]
#[error(
    "hooks.url is https and the system's certificates can't be used: {0}; install them (ca-certificates), or name \
     their file in SSL_CERT_FILE"
)]
pub struct StartError(#[from] reqwest::Error);

impl Hooks {
    /// Begins to send events on a runtime; `node` stands in every request.
    ///
    /// # Errors
    /// The receiver is asked for by `https`, and the system has no certificates.
    pub fn start(config: Config, node: &Node, runtime: &Handle) -> Result<Running, StartError> {
        let hooks = Self(Arc::new(Inner {
            events: config.events,
            last_id: AtomicU64::new(0),
            queue: Queue::new(config.queue_events_max, config.queue_bytes_max),
            counters: Counters::default(),
            has_complained: AtomicBool::new(false),
        }));
        let retry_time_max = config.retry_time_max;
        let receiver = Receiver::new(config.url.clone());
        let delivery = Arc::new(Delivery {
            hooks: hooks.clone(),
            head: Head::of(node),
            requests: Requests::new(config)?,
            receiver,
            retry_time_max,
        });
        let mut lanes = JoinSet::new();
        for lane in 0..LANES {
            let delivery = Arc::clone(&delivery);
            lanes.spawn_on(async move { delivery.run(lane).await }, runtime);
        }
        Ok(Running {
            hooks,
            lanes,
            runtime: runtime.clone(),
        })
    }

    /// Whether events of this kind are told at all.
    #[must_use]
    pub fn wants(&self, kind: Kind) -> bool {
        self.0.events.contains(kind)
    }

    /// Tells an event. Never waits: writes it down, or drops and counts it where too many wait.
    /// Events of one connection are told in the order of these calls, which have to come from one
    /// thread. Returns whether it was taken.
    pub fn send(&self, event: Event<'_>) -> bool {
        let Inner {
            last_id,
            queue,
            counters,
            ..
        } = &*self.0;
        if !self.wants(event.kind) {
            return true;
        }
        let stamp = Stamp::now(last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let is_end = event.kind == Kind::Disconnect;
        match queue.push(event.connection, event.to_json(stamp), is_end) {
            Ok(()) => {
                counters.count(Counter::Events);
                true
            }
            Err(full) => {
                self.count_dropped(full);
                false
            }
        }
    }

    /// What was told, and what was dropped.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Events that were dropped, for whatever reason.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        dropped(self.counters())
    }

    /// Events that wait, or are under way to the application.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.queue.events()
    }

    fn count_dropped(&self, full: Full) {
        let counter = match full {
            Full::Queue => Counter::DroppedFull,
            Full::Share => Counter::DroppedShare,
        };
        self.counters().count(counter);
        if !self.0.has_complained.swap(true, Ordering::Relaxed) {
            warn!(
                reason = counter.key(),
                waiting = self.waiting(),
                "events for the application are dropped; it receives too slowly, or hooks.queue_events_max and \
                 hooks.queue_bytes_max are too low"
            );
        }
    }
}

impl Running {
    /// What events are told with.
    #[must_use]
    pub fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// Lets what waits go out, and ends; returns whether all had gone within `grace`. What had not
    /// is dropped and counted. Not to be called on the runtime itself.
    #[must_use]
    pub fn stop(mut self, grace: Duration) -> bool {
        self.hooks.0.queue.close();
        let runtime = self.runtime.clone();
        let is_whole = runtime.block_on(async {
            let all_gone = async { while self.lanes.join_next().await.is_some() {} };
            // Its timer begins on the runtime.
            let is_whole = timeout(grace, all_gone).await.is_ok();
            self.lanes.shutdown().await;
            is_whole
        });
        let left = self.hooks.waiting();
        self.hooks.counters().add(Counter::DroppedStopped, left as u64);
        is_whole && left == 0
    }
}

/// What the lanes share.
#[derive(Debug)]
struct Delivery {
    hooks: Hooks,
    head: Head,
    requests: Requests,
    receiver: Receiver,
    retry_time_max: Duration,
}

impl Delivery {
    /// Sends what comes into a lane, one request after the other.
    async fn run(&self, lane: usize) {
        let mut failing = Failing::default();
        let queue = &self.hooks.0.queue;
        while let Some(batch) = queue.next(lane, self.head.room()).await {
            let is_received = self.deliver(&batch, &mut failing).await;
            let counter = if is_received {
                Counter::Received
            } else {
                Counter::DroppedUndelivered
            };
            self.hooks.counters().add(counter, batch.events as u64);
            queue.done(&batch);
            if queue.events() == 0 {
                self.hooks.0.has_complained.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Sends one request until it is received, or all the time for it is over.
    async fn deliver(&self, batch: &Batch, failing: &mut Failing) -> bool {
        let body = batch.body(&self.head);
        let counters = self.hooks.counters();
        let deadline = Instant::now() + self.retry_time_max;
        let mut pauses = Pauses::new();
        loop {
            counters.count(Counter::Requests);
            let Err(failure) = self.requests.send(body.clone()).await else {
                self.receiver.has_received(failing, self.hooks.dropped());
                return true;
            };
            counters.count(Counter::RequestsFailed);
            self.receiver.has_failed(failing, &failure);
            let pause = pauses.next();
            if Instant::now() + pause >= deadline {
                return false;
            }
            sleep(pause).await;
        }
    }
}
