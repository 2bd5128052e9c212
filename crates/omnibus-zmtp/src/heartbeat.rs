//! Is the peer still there?
//!
//! Two clocks run after READY (RFC 37, "Connection Heartbeating"): ours, from a
//! PING of ours to the next byte of any kind, and the peer's, from a PING of its
//! own to the next byte after it.

use std::time::{Duration, Instant};

use crate::command::{self, Ping};
use crate::config::Heartbeat;
use crate::encode::encode_command;
use crate::error::Error;

/// The heartbeat of one connection.
#[derive(Debug)]
pub(crate) struct Pulse {
    /// When our last PING went out, or READY came: the next one is an interval later.
    last_ping: Instant,
    /// Our first PING since the last byte of the peer.
    unanswered_since: Option<Instant>,
    /// What the peer's last PING asked for, unless something followed it.
    peer_ttl: Option<PeerTtl>,
}

#[derive(Debug)]
struct PeerTtl {
    since: Instant,
    ttl: Duration,
}

impl Pulse {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            last_ping: now,
            unanswered_since: None,
            peer_ttl: None,
        }
    }

    /// Notes that bytes arrived, or may have: any traffic is a sign of life.
    pub(crate) fn heard(&mut self) {
        self.unanswered_since = None;
        self.peer_ttl = None;
    }

    /// Notes that the peer takes what was sent before, behind which a PING waits or would wait.
    pub(crate) fn taking(&mut self, now: Instant) {
        self.unanswered_since = None;
        self.last_ping = now;
    }

    /// Answers a PING and notes its TTL.
    pub(crate) fn on_ping(&mut self, ping: Ping<'_>, now: Instant, out: &mut Vec<u8>) {
        encode_command(command::PONG, ping.context, out);
        self.peer_ttl = (!ping.ttl.is_zero()).then_some(PeerTtl {
            since: now,
            ttl: ping.ttl,
        });
    }

    /// Sends a PING when it is time, and gives the peer up when it is too late.
    ///
    /// # Errors
    /// [`Error::PeerSilent`] and [`Error::PeerTtlExpired`].
    pub(crate) fn on_tick(
        &mut self,
        heartbeat: &Heartbeat,
        pings: bool,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if let Some(peer_ttl) = &self.peer_ttl
            && now.saturating_duration_since(peer_ttl.since) >= peer_ttl.ttl
        {
            let ttl = peer_ttl.ttl;
            return Err(Error::PeerTtlExpired { ttl });
        }
        if let Some(since) = self.unanswered_since
            && now.saturating_duration_since(since) >= heartbeat.timeout
        {
            let timeout = heartbeat.timeout;
            return Err(Error::PeerSilent { timeout });
        }
        if pings
            && let Some(interval) = heartbeat.interval
            && now.saturating_duration_since(self.last_ping) >= interval
        {
            encode_command(command::PING, &tenths(heartbeat.ttl).to_be_bytes(), out);
            self.last_ping = now;
            self.unanswered_since.get_or_insert(now);
        }
        Ok(())
    }

    /// Says when [`Pulse::on_tick`] will have something to do.
    pub(crate) fn next_deadline(&self, heartbeat: &Heartbeat, pings: bool) -> Option<Instant> {
        let next_ping = heartbeat
            .interval
            .filter(|_| pings)
            .and_then(|interval| self.last_ping.checked_add(interval));
        let silent = self
            .unanswered_since
            .and_then(|since| since.checked_add(heartbeat.timeout));
        let expired = self
            .peer_ttl
            .as_ref()
            .and_then(|peer_ttl| peer_ttl.since.checked_add(peer_ttl.ttl));
        [next_ping, silent, expired].into_iter().flatten().min()
    }
}

/// A TTL as PING carries it: in tenths of a second, rounded up so that a short one stays one.
fn tenths(ttl: Duration) -> u16 {
    u16::try_from(ttl.as_millis().div_ceil(100)).unwrap_or(u16::MAX)
}
