//! How much may one client ask of a node?
//!
//! Everything a stranger can send has a bound. These are the defaults; each is
//! a setting.

use std::time::Duration;

/// The bounds on what comes from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest message of an authenticated client, in bytes, the channel
    /// included. One more is answered with close code 1009 (N33).
    pub message_bytes_max: usize,
    /// The same before authentication, when nothing but `!authenticate` is due.
    pub unauthenticated_message_bytes_max: usize,
    /// How long one message may take from its first byte to its last; a client
    /// that is slower is closed with 1008.
    pub message_time_max: Duration,
    /// The largest message from the bus, in bytes.
    pub bus_message_bytes_max: usize,
    /// The most that waits for one client that reads slowly, in bytes. A
    /// larger single publication still goes out when nothing else waits.
    pub outbox_bytes_max: usize,
    /// How many channels one client may be in; the next `!subscribe` is
    /// answered false (N42: the original went silent after 1,000).
    pub subscriptions_max: usize,
    /// How many messages of one connection may be malformed; the next one
    /// closes it with 1008.
    pub bad_messages_max: u16,
    /// How long a connection may stay unauthenticated before it is closed
    /// with 1008.
    pub authentication_time_max: Duration,
    /// The largest HTTP request head, in bytes.
    pub head_bytes_max: usize,
    /// How long a client may take to send one.
    pub head_time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: 1024 * 1024,
            unauthenticated_message_bytes_max: 16 * 1024,
            message_time_max: Duration::from_secs(10),
            bus_message_bytes_max: 16 * 1024 * 1024,
            outbox_bytes_max: 1024 * 1024,
            subscriptions_max: 10_000,
            bad_messages_max: 100,
            authentication_time_max: Duration::from_secs(10),
            head_bytes_max: 16 * 1024,
            head_time_max: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_be_larger_once_its_client_is_known() {
        let limits = Limits::default();
        assert_eq!(limits.message_bytes_max, 1_048_576);
        assert!(limits.unauthenticated_message_bytes_max < limits.message_bytes_max);
        assert!(limits.message_bytes_max <= limits.outbox_bytes_max);
        assert!(limits.message_bytes_max <= limits.bus_message_bytes_max);
    }
}
