//! How is published at a rate of its own, whatever comes back?
//!
//! Each message has a time at which it is due. A publisher that is late sends at once what is due,
//! and latencies count from when a message was due, not from when it could be sent: what a server
//! holds up does not vanish from its figures.

use std::io::{ErrorKind, Write};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::error::Error;

use super::crowd::Crowd;
use super::patience::STALL_MAX;

/// Latencies in nanoseconds, with three digits that count.
pub(crate) type Latencies = Histogram<u64>;

/// The longest latency that is told from longer ones.
const LATENCY_MAX: Duration = Duration::from_secs(60);

/// Bytes that wait for room in the publisher's socket: more is not published meanwhile.
const OUTPUT_BYTES_MAX: usize = 256 << 10;

/// What is published to the first room by its first client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) messages_per_second: f64,
    pub(crate) time: Duration,
    pub(crate) end: End,
}

/// What happens when the time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Every client gets what it still lacks.
    Drain,
    /// Nothing more is read: a server that can't keep up has no end.
    Leave,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Messages that came to a client, each checked.
    pub(crate) deliveries: u64,
    /// Messages that were sent.
    pub(crate) published: u64,
    pub(crate) elapsed: Duration,
    pub(crate) latencies: Latencies,
}

/// When each message of a room is due, and what of it is still to be sent.
struct Schedule {
    started: Instant,
    interval: Duration,
    count: u64,
    published: u64,
    /// By slot of the ring.
    due: Vec<Instant>,
    output: Vec<u8>,
    /// How much of it the socket has taken.
    sent: usize,
}

impl Crowd {
    /// Publishes at this rate to the first room.
    ///
    /// # Errors
    /// A client got something else than it should have, or nothing for too long.
    pub(crate) fn broadcast(&mut self, rate: Rate) -> Result<Outcome, Error> {
        let mut schedule = Schedule::new(rate, self.guests.in_flight_max);
        let mut latencies = Histogram::new_with_bounds(1, LATENCY_MAX.as_nanos() as u64, 3)
            .expect("these bounds are those of the library");
        let mut deliveries = 0;
        let mut heard = Instant::now();
        loop {
            let now = Instant::now();
            let is_over = now - schedule.started >= rate.time;
            // What is due before the end is sent after it, where it could not be sent in time.
            if !is_over || rate.end == End::Drain {
                self.catch_up(&mut schedule, now)?;
            }
            let ring = &self.rings[0];
            if is_over && (rate.end == End::Leave || (schedule.is_sent() && ring.complete == ring.published)) {
                break;
            }
            schedule.send(&mut self.clients[0].stream)?;
            // The wait of a poll has whole milliseconds; this thread has its core to itself.
            let before = deliveries;
            let due = &schedule.due;
            self.receive(Some(Duration::ZERO), |slots| {
                let now = Instant::now();
                for &slot in slots {
                    latencies.saturating_record((now - due[slot]).as_nanos() as u64);
                }
                deliveries += slots.len() as u64;
            })?;
            let lacks = self.rings[0].complete < self.rings[0].published;
            if deliveries > before || !lacks {
                heard = Instant::now();
            } else if heard.elapsed() > STALL_MAX {
                return Err(self.stalled());
            }
        }
        self.completed.clear();
        Ok(Outcome {
            deliveries,
            published: schedule.published,
            elapsed: schedule.started.elapsed(),
            latencies,
        })
    }

    /// Publishes what is due by now, as far as there is room.
    fn catch_up(&mut self, schedule: &mut Schedule, now: Instant) -> Result<(), Error> {
        while schedule.published < schedule.count
            && schedule.output.len() < OUTPUT_BYTES_MAX
            && self.rings[0].room() > 0
        {
            let due = schedule.next();
            if due > now {
                break;
            }
            let slot = self.rings[0].slot(self.rings[0].published);
            schedule.due[slot] = due;
            schedule.published += 1;
            self.publish(0, 0, &mut schedule.output);
        }
        Ok(())
    }
}

impl Schedule {
    fn new(rate: Rate, slots: usize) -> Self {
        let started = Instant::now();
        Self {
            started,
            interval: Duration::from_secs_f64(1.0 / rate.messages_per_second),
            count: (rate.messages_per_second * rate.time.as_secs_f64()) as u64,
            published: 0,
            due: vec![started; slots],
            output: Vec::new(),
            sent: 0,
        }
    }

    /// When the next message is due.
    fn next(&self) -> Instant {
        self.started + self.interval.mul_f64(self.published as f64)
    }

    fn is_sent(&self) -> bool {
        self.published == self.count && self.output.is_empty()
    }

    /// Sends what the socket takes.
    fn send(&mut self, socket: &mut impl Write) -> Result<(), Error> {
        while self.sent < self.output.len() {
            match socket.write(&self.output[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(()),
                Err(error) => return Err(Error::system("publish")(error)),
            }
        }
        self.output.clear();
        self.sent = 0;
        Ok(())
    }
}
