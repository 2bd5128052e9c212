//! What was told, and what was dropped?

omnibus_counters::counters! {
    Events = "hooks_events", "Events that were taken in to be told to the application.";
    Received = "hooks_events_received", "Events that the application has received.";
    DroppedFull = "hooks_events_dropped_full", "Events dropped because as many wait as may.";
    DroppedShare = "hooks_events_dropped_share", "Events dropped because too much of what waits is of the same connection.";
    DroppedUndelivered = "hooks_events_dropped_undelivered", "Events dropped because the application has not received them in all the time that they were tried.";
    DroppedStopped = "hooks_events_dropped_stopped", "Events dropped because the node stopped before the application received them.";
    Requests = "hooks_requests", "Requests sent to the application, repeated ones too.";
    RequestsFailed = "hooks_requests_failed", "Requests that the application answered with another status than 2xx, or not in time.";
}

/// Events that were dropped, for whatever reason.
pub(crate) fn dropped(counters: &Counters) -> u64 {
    [
        Counter::DroppedFull,
        Counter::DroppedShare,
        Counter::DroppedUndelivered,
        Counter::DroppedStopped,
    ]
    .into_iter()
    .map(|counter| counters.get(counter))
    .sum()
}
