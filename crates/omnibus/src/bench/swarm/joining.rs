//! How do clients get in, no faster than they should?

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::ops::Range;

use mio::{Interest, Token};

use crate::bench::client::{self, Client, Role, State};
use crate::bench::clock::MILLISECOND;
use crate::bench::decoder::Decoder;
use crate::bench::figures::count;
use crate::bench::message;
use crate::bench::plan::{Manner, Plan, Share};
use crate::bench::schedule::Schedule;

use super::thread::Swarm;

/// Clients of the crowd that get in at the same time; a listener's queue has room for more.
const AT_ONCE_MAX: u32 = 256;

/// Clients that begin before the sockets are looked at again.
const BATCH_MAX: u32 = 16;

/// How long nothing is tried after the system had no room.
const PAUSE: u64 = MILLISECOND;

/// The crowd on its way in.
#[derive(Debug)]
pub(super) struct Joining {
    left: Range<u32>,
    schedule: Schedule,
    /// Clients that are on their way.
    under_way: u32,
    /// When each client's time is over, in that order.
    deadlines: VecDeque<Deadline>,
}

/// When something of a client is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub(super) at: u64,
    pub(super) token: usize,
    pub(super) serial: u64,
}

/// A client that is to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Birth {
    pub(super) role: Role,
    pub(super) node: usize,
    pub(super) source: Option<IpAddr>,
    pub(super) due: u64,
}

impl Joining {
    /// Nobody is in.
    pub(super) fn new(plan: &Plan, share: Share, clients: Range<u32>, now: u64) -> Self {
        Self {
            left: clients,
            schedule: Schedule::new(share.rate(plan.connecting.per_second), now, u64::MAX),
            under_way: 0,
            deadlines: VecDeque::new(),
        }
    }

    /// Whether all are in or have failed.
    pub(super) fn is_over(&self) -> bool {
        self.left.is_empty() && self.under_way == 0
    }
}

impl Swarm {
    /// Lets those begin who are due, and says when the next one is.
    pub(super) fn join_due(&mut self, now: u64) -> u64 {
        for _ in 0..BATCH_MAX {
            if self.joining.left.is_empty() || self.joining.under_way >= AT_ONCE_MAX {
                return u64::MAX;
            }
            let Some(due) = self.joining.schedule.take(now) else {
                return self.joining.schedule.next();
            };
            let Some(number) = self.joining.left.next() else {
                return u64::MAX;
            };
            let birth = Birth {
                role: Role::Member(self.plan.crowd.member(number)),
                node: self.plan.node(number),
                source: self.plan.source(number),
                due,
            };
            self.bear(birth, now);
        }
        now
    }

    /// Makes a client, which begins to connect.
    pub(super) fn bear(&mut self, birth: Birth, now: u64) {
        self.count_attempt(&birth);
        let connected = client::connect(self.plan.targets[birth.node].address, birth.source);
        let entry = self.clients.vacant_entry();
        let token = entry.key();
        let registered = connected.and_then(|mut socket| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut socket, Token(token), interest)?;
            Ok(socket)
        });
        match registered {
            Ok(socket) => {
                self.serial += 1;
                let serial = self.serial;
                entry.insert(Client {
                    socket,
                    role: birth.role,
                    state: State::Connecting,
                    node: u16::try_from(birth.node).expect("the arguments bound the number of servers"),
                    since: birth.due,
                    serial,
                    decoder: Decoder::default(),
                    out: Vec::new(),
                });
                let at = now + self.plan.connecting.timeout;
                self.joining.deadlines.push_back(Deadline { at, token, serial });
            }
            Err(error) => self.count_failure(birth.role, &why(&error)),
        }
    }

    fn count_attempt(&mut self, birth: &Birth) {
        let figures = &mut self.ledger.figures;
        match birth.role {
            Role::Member(_) => {
                figures.joining.attempted += 1;
                figures.joining.from.get_or_insert(birth.due);
                self.joining.under_way += 1;
            }
            Role::Mover => self.joining.under_way += 1,
            Role::Passenger { .. } => {
                figures.passengers.attempted += 1;
                self.visiting.there += 1;
            }
        }
    }

    /// A client that has not got in never will.
    pub(super) fn count_failure(&mut self, role: Role, reason: &str) {
        let figures = &mut self.ledger.figures;
        match role {
            Role::Member(_) | Role::Mover => {
                count(&mut figures.joining.failed, reason);
                self.joining.under_way -= 1;
            }
            Role::Passenger { .. } => {
                count(&mut figures.passengers.failed, reason);
                self.visiting.is_gone();
            }
        }
    }

    /// Ends those that have not got in in time.
    pub(super) fn give_up_on_late(&mut self, now: u64) {
        while let Some(&Deadline { at, token, serial }) = self.joining.deadlines.front() {
            let client = self.clients.get(token).filter(|client| client.serial == serial);
            let is_on_its_way = client.is_some_and(|client| !matches!(client.state, State::Joined | State::Leaving));
            if is_on_its_way && at > now {
                break;
            }
            self.joining.deadlines.pop_front();
            if is_on_its_way {
                self.fail(token, "timed_out");
            }
        }
        self.ledger.figures.publishing.stalled += self.ledger.windows.give_up(now);
    }

    /// Ends a client that has not got in.
    pub(super) fn fail(&mut self, token: usize, reason: &str) {
        let client = self.clients.remove(token);
        self.count_failure(client.role, reason);
    }

    /// A client is a WebSocket now: it says who it is and what it wants to hear.
    pub(super) fn introduce(plan: &Plan, client: &mut Client) {
        let (number, room) = match client.role {
            Role::Member(member) => (member.number, Some(member.room)),
            Role::Passenger { room } => (u32::MAX, Some(room)),
            Role::Mover => (u32::MAX, None),
        };
        let mut hello = format!("!authenticate:{}", message::sender(number));
        if let Some(token) = &plan.token {
            hello.push(':');
            hello.push_str(token);
        }
        client.say(hello.as_bytes());
        let mut answers = 1;
        if let Some(room) = room {
            client.say(format!("!subscribe:{}", plan.channel(room)).as_bytes());
            answers += 1;
        }
        if matches!(client.role, Role::Member(_)) {
            for number in 0..plan.crowd.more_channels {
                client.say(format!("!subscribe:{}-m{number}", plan.channel).as_bytes());
            }
            answers += plan.crowd.more_channels;
        }
        client.state = State::Joining(answers);
    }

    /// A client is in.
    pub(super) fn has_joined(&mut self, token: usize, now: u64) {
        let client = &mut self.clients[token];
        let (took, node) = (now.saturating_sub(client.since), usize::from(client.node));
        match client.role {
            Role::Member(member) => {
                self.joining.under_way -= 1;
                let figures = &mut self.ledger.figures.joining;
                figures.joined += 1;
                figures.times.record(took);
                figures.to = Some(now);
                self.ledger.join(member, node);
                if let Some(publisher) = member.publisher {
                    self.publishers.joined(&self.plan, member.room, publisher, token);
                }
                if member.manner != Manner::Reads {
                    self.stop_reading(token);
                }
            }
            Role::Mover => self.joining.under_way -= 1,
            Role::Passenger { .. } => self.has_arrived(token, took, now),
        }
    }

    /// When the next client may be tried, after the system had no room for one.
    pub(super) fn after_pause(now: u64) -> u64 {
        now + PAUSE
    }
}

/// What a report calls this.
pub(super) fn why(error: &io::Error) -> String {
    use rustix::io::Errno;

    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    match (error.kind(), errno) {
        (_, Some(Errno::MFILE | Errno::NFILE)) => "out_of_descriptors".to_owned(),
        (ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse, _) => "out_of_ports".to_owned(),
        (ErrorKind::ConnectionRefused, _) => "refused".to_owned(),
        (ErrorKind::TimedOut, _) => "timed_out".to_owned(),
        (ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable, _) => "unreachable".to_owned(),
        (
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof,
            _,
        ) => "cut".to_owned(),
        (_, Some(errno)) => format!("error_{}", errno.raw_os_error()),
        _ => "other".to_owned(),
    }
}
