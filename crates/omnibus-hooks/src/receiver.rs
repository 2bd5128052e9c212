//! Does the application receive what it is told?

use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::{info, warn};

use crate::config::ReceiverUrl;
use crate::request::Failure;

/// What is known of the receiver. It says one line when it stops receiving and one when it
/// receives again, however many requests that takes.
#[derive(Debug)]
pub(crate) struct Receiver {
    url: ReceiverUrl,
    /// Lanes whose last request failed.
    failing: AtomicUsize,
}

/// Whether a lane's last request failed.
#[derive(Debug, Default)]
pub(crate) struct Failing(bool);

impl Receiver {
    pub(crate) fn new(url: ReceiverUrl) -> Self {
        Self {
            url,
            failing: AtomicUsize::new(0),
        }
    }

    /// A lane's request was not received.
    pub(crate) fn has_failed(&self, lane: &mut Failing, failure: &Failure) {
        let is_first = !std::mem::replace(&mut lane.0, true) && self.failing.fetch_add(1, Ordering::Relaxed) == 0;
        if is_first {
            warn!(
                url = %self.url, %failure,
                "the application does not receive events; they are kept for a while, then dropped and counted; {}",
                failure.hint()
            );
        }
    }

    /// A lane's request was received; `dropped` events have been dropped since the start.
    pub(crate) fn has_received(&self, lane: &mut Failing, dropped: u64) {
        let is_last = std::mem::take(&mut lane.0) && self.failing.fetch_sub(1, Ordering::Relaxed) == 1;
        if is_last {
            info!(url = %self.url, dropped, "the application receives events again");
        }
    }
}
