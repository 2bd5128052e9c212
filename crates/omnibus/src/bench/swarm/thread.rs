//! In which order does a thread do what is due?
//!
//! One loop: orders of the parent, what is due by now, then what the sockets have. Nothing in it
//! waits but the poll, which an alarm ends when the next thing is due.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};

use mio::{Events, Poll, Token, Waker};
use slab::Slab;

use crate::bench::alarm::Alarm;
use crate::bench::client::Client;
use crate::bench::clock::{self, MILLISECOND};
use crate::bench::handshake::Handshake;
use crate::bench::ledger::Ledger;
use crate::bench::orders::{Order, Progress, Report};
use crate::bench::plan::{Plan, Share};

use super::disturbing::Disturbing;
use super::joining::Joining;
use super::publishing::Publishers;
use super::settling::Settling;
use super::visiting::Visiting;

/// Events that are taken from the system at once.
const EVENTS_MAX: usize = 1_024;

/// What one read can bring.
const READ_BYTES: usize = 64 << 10;

/// How often it is told how it goes, and looked for what takes too long.
const TICK: u64 = 200 * MILLISECOND;

const WAKER: Token = Token(usize::MAX);
const ALARM: Token = Token(usize::MAX - 1);

/// How a thread is bound to its parent.
#[derive(Debug)]
pub(crate) struct Ties {
    pub(crate) share: Share,
    /// Whether it tells what its process has used.
    pub(crate) tells_cpu: bool,
    pub(crate) orders: Receiver<Order>,
    pub(crate) reports: SyncSender<(u32, Report)>,
}

/// A thread's clients, and all that they do.
pub(crate) struct Swarm {
    pub(super) plan: Arc<Plan>,
    pub(super) ties: Ties,
    pub(super) poll: Poll,
    alarm: Alarm,
    pub(super) handshakes: Vec<Handshake>,
    pub(super) clients: Slab<Client>,
    /// Clients so far.
    pub(super) serial: u64,
    pub(super) scratch: Vec<u8>,
    /// Those who had more to read than they were given time for.
    pub(super) unfinished: Vec<usize>,
    pub(super) ledger: Ledger,
    pub(super) joining: Joining,
    pub(super) publishers: Publishers,
    pub(super) visiting: Visiting,
    pub(super) disturbing: Disturbing,
    pub(super) phase: Phase,
    next_tick: u64,
}

/// How far the run is.
#[derive(Debug)]
pub(super) enum Phase {
    /// Clients get in.
    Gathering,
    /// All are in; the parent waits for other threads.
    Gathered,
    /// Publications are made until `end`.
    Running {
        end: u64,
        cpu: u64,
    },
    /// All is published; the parent waits for other threads.
    Sent,
    /// What is under way arrives.
    Settling(Settling),
    Done,
}

impl Swarm {
    /// Makes one without clients; the waker is for its parent.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn new(plan: Arc<Plan>, ties: Ties) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        let clients = ties.share.part(plan.crowd.clients());
        let publishers = Publishers::new(&plan, clients.clone());
        let handshakes = plan.targets.iter();
        let swarm = Self {
            handshakes: handshakes
                .map(|target| Handshake::new(&target.host, &target.path))
                .collect(),
            ledger: Ledger::new(&plan, clients.clone(), publishers.numbers()),
            joining: Joining::new(&plan, ties.share, clients, clock::now()),
            disturbing: Disturbing::default(),
            visiting: Visiting::default(),
            publishers,
            poll,
            alarm,
            clients: Slab::new(),
            serial: 0,
            scratch: vec![0; READ_BYTES],
            unfinished: Vec::new(),
            phase: Phase::Gathering,
            next_tick: 0,
            plan,
            ties,
        };
        Ok((swarm, waker))
    }

    /// Does all of it; returns when the figures are told, or nobody listens any more.
    ///
    /// # Errors
    /// What the system says; what it says of a connection is only counted.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        self.start_mover();
        while !matches!(self.phase, Phase::Done) {
            if !self.obey() {
                return Ok(());
            }
            let now = clock::now();
            let next = self.work(now);
            let next = if self.unfinished.is_empty() { next } else { now };
            let timeout = self.alarm.set(next, clock::now())?;
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for token in std::mem::take(&mut self.unfinished) {
                self.read(token, false);
            }
            for event in &events {
                if !matches!(event.token(), WAKER | ALARM) {
                    self.on_event(event.token().0, event);
                }
            }
            self.publish_where_it_moved();
        }
        Ok(())
    }

    /// Takes the parent's orders; false if it is gone.
    fn obey(&mut self) -> bool {
        loop {
            match self.ties.orders.try_recv() {
                Ok(Order::Start { at }) => self.start(at),
                Ok(Order::Settle { published }) => self.settle(published),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn start(&mut self, at: u64) {
        let measured = self.plan.measured(at);
        let end = measured.end;
        self.ledger.measure(measured);
        self.publishers.start(at, end);
        self.start_visits(at, end);
        self.start_disturbing(at, end);
        let cpu = clock::cpu_time();
        self.phase = Phase::Running { end, cpu };
    }

    /// Does what is due, and says when the next thing is.
    fn work(&mut self, now: u64) -> u64 {
        let mut next = self.join_due(now);
        next = next.min(self.publish_due(now));
        next = next.min(self.visit_due(now));
        next = next.min(self.disturb_due(now));
        next = next.min(self.advance(now));
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            self.give_up_on_late(now);
            self.tell(Report::Progress(self.progress()));
        }
        next.min(self.next_tick)
    }

    /// Goes to the next phase where it is time.
    fn advance(&mut self, now: u64) -> u64 {
        match self.phase {
            Phase::Gathering if self.joining.is_over() => {
                self.phase = Phase::Gathered;
                self.tell(Report::Gathered(self.progress()));
                u64::MAX
            }
            Phase::Running { end, cpu } => {
                let last = end + if self.publishers.is_over() { 0 } else { self.plan.drain };
                if now < last {
                    return if now < end { end } else { now + MILLISECOND };
                }
                self.ledger.figures.publishing.unsent += self.publishers.give_up();
                if self.ties.tells_cpu {
                    self.ledger.figures.cpu = clock::cpu_time() - cpu;
                }
                self.phase = Phase::Sent;
                let (first, published) = self.publishers.published();
                self.tell(Report::Sent { first, published });
                u64::MAX
            }
            Phase::Settling(_) => self.settle_due(now),
            _ => u64::MAX,
        }
    }

    fn progress(&self) -> Progress {
        let figures = &self.ledger.figures;
        let groups = figures.nodes.iter().chain([&figures.never_read, &figures.slow_read]);
        Progress {
            joined: figures.joining.joined,
            failed: figures.joining.failed.values().sum(),
            published: figures.publishing.published,
            delivered: groups.map(|group| group.delivered).sum(),
            visits: figures.passengers.joined,
        }
    }

    /// Tells the parent; how it goes is left out where it has not heard the last.
    pub(super) fn tell(&self, report: Report) {
        let report = (self.ties.share.index, report);
        // Where the parent is gone, the next look for orders ends the thread.
        if matches!(report.1, Report::Progress(_)) {
            let _ = self.ties.reports.try_send(report);
        } else {
            let _ = self.ties.reports.send(report);
        }
    }
}
