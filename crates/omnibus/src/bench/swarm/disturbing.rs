//! What do those clients do who are there to disturb the others?

use mio::{Interest, Token};

use crate::bench::client::{OUT_BYTES_MAX, Role, Took};
use crate::bench::clock::{self, MILLISECOND};
use crate::bench::plan::Manner;
use crate::bench::schedule::Schedule;

use super::joining::Birth;
use super::thread::Swarm;

/// How often those read who read slowly.
const SLOW_TICK: u64 = 100 * MILLISECOND;

/// How often channels are made, so that their commands share a write.
const CHANNEL_TICK: u64 = 5 * MILLISECOND;

/// Answers that the maker of channels waits for at most.
const OUTSTANDING_MAX: u64 = 20_000;

/// Those who disturb.
#[derive(Debug, Default)]
pub(super) struct Disturbing {
    /// Clients that don't read by themselves, and those of them who do so slowly.
    deaf: Vec<(usize, u64)>,
    slow: Vec<(usize, u64)>,
    next_slow: u64,
    /// At the end they read all that is left.
    pub(super) reads_all: bool,
    /// The one that makes channels and leaves them.
    pub(super) mover: Option<usize>,
    channels: Option<Schedule>,
    next_channels: u64,
    /// Channels so far, by which they are named.
    named: u64,
    /// Answers that it waits for.
    pub(super) outstanding: u64,
}

impl Disturbing {
    /// Whether nobody waits for an answer.
    pub(super) fn is_answered(&self) -> bool {
        self.mover.is_none() || self.outstanding == 0
    }
}

impl Swarm {
    /// Lets the maker of channels connect, if there is to be one.
    pub(super) fn start_mover(&mut self) {
        if self.plan.channel_churn > 0.0 {
            let number = self.ties.share.index;
            let now = clock::now();
            let birth = Birth {
                role: Role::Mover,
                node: self.plan.node(number),
                source: self.plan.source(number),
                due: now,
            };
            // It is the first client of the slab.
            self.disturbing.mover = Some(self.clients.vacant_key());
            self.bear(birth, now);
        }
    }

    pub(super) fn start_disturbing(&mut self, start: u64, end: u64) {
        if self.plan.channel_churn > 0.0 {
            let per_second = self.ties.share.rate(self.plan.channel_churn);
            self.disturbing.channels = Some(Schedule::new(per_second, start, end));
        }
    }

    /// A client that disturbs is in: from now on its socket is left alone.
    pub(super) fn stop_reading(&mut self, token: usize) {
        let client = &mut self.clients[token];
        // Where this fails there is a wake-up too many, and `read` still leaves the socket alone.
        let _ = self.poll.registry().deregister(&mut client.socket);
        let entry = (token, client.serial);
        self.disturbing.deaf.push(entry);
        if matches!(client.role, Role::Member(member) if member.manner == Manner::ReadsSlowly) {
            self.disturbing.slow.push(entry);
        }
    }

    /// Lets all read what is left for them.
    pub(super) fn read_on(&mut self) {
        self.disturbing.reads_all = true;
        for (token, serial) in std::mem::take(&mut self.disturbing.deaf) {
            let Some(client) = self.clients.get_mut(token).filter(|client| client.serial == serial) else {
                continue;
            };
            let interest = Interest::READABLE | Interest::WRITABLE;
            // Where this fails it has read less than it could, and that is what is counted.
            let _ = self
                .poll
                .registry()
                .register(&mut client.socket, Token(token), interest);
        }
    }

    /// Disturbs where it is time, and says when it is next.
    pub(super) fn disturb_due(&mut self, now: u64) -> u64 {
        let mut next = u64::MAX;
        if !self.disturbing.slow.is_empty() && !self.disturbing.reads_all {
            if now >= self.disturbing.next_slow {
                self.disturbing.next_slow = now + SLOW_TICK;
                self.read_slowly();
            }
            next = self.disturbing.next_slow;
        }
        if self.disturbing.channels.is_some() {
            if now >= self.disturbing.next_channels {
                self.disturbing.next_channels = now + CHANNEL_TICK;
                self.make_channels(now);
            }
            next = next.min(self.disturbing.next_channels);
        }
        next
    }

    fn read_slowly(&mut self) {
        let per_tick = self.plan.slow_read_bytes * SLOW_TICK / clock::SECOND;
        let bytes = usize::try_from(per_tick).map_or(self.scratch.len(), |bytes| bytes.clamp(1, self.scratch.len()));
        let slow = std::mem::take(&mut self.disturbing.slow);
        let mut left = Vec::with_capacity(slow.len());
        for (token, serial) in slow {
            let Some(client) = self.clients.get_mut(token).filter(|client| client.serial == serial) else {
                continue;
            };
            match client.read(&mut self.scratch[..bytes]) {
                Ok(Took::Bytes(bytes)) => self.take(token, bytes),
                Ok(Took::Nothing) => {}
                Ok(Took::End) => self.end_of(token),
                Err(error) => self.cut(token, &error),
            }
            left.push((token, serial));
        }
        self.disturbing.slow = left;
    }

    fn make_channels(&mut self, now: u64) {
        let Some(schedule) = &mut self.disturbing.channels else {
            return;
        };
        let mut due = 0;
        while schedule.take(now).is_some() {
            due += 1;
        }
        let channels = &mut self.ledger.figures.channels;
        let Some(client) = self.disturbing.mover.and_then(|token| self.clients.get_mut(token)) else {
            channels.skipped += due;
            return;
        };
        for _ in 0..due {
            if self.disturbing.outstanding + 2 > OUTSTANDING_MAX || client.out.len() > OUT_BYTES_MAX {
                channels.skipped += 1;
                continue;
            }
            let channel = format!(
                "{}-c{}-{}",
                self.plan.channel, self.ties.share.index, self.disturbing.named
            );
            self.disturbing.named += 1;
            self.disturbing.outstanding += 2;
            client.say(format!("!subscribe:{channel}").as_bytes());
            client.say(format!("!unsubscribe:{channel}").as_bytes());
        }
        if let Some(token) = self.disturbing.mover {
            self.flush(token);
        }
    }
}
