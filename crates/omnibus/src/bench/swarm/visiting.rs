//! How do clients come, subscribe and leave, again and again?

use std::collections::VecDeque;

use crate::bench::client::{Role, State};
use crate::bench::clock::SECOND;
use crate::bench::frame::{self, Opcode};
use crate::bench::plan::Passengers;
use crate::bench::schedule::Schedule;

use super::joining::{Birth, Deadline};
use super::thread::{Phase, Swarm};

/// Clients that are made before the sockets are looked at again.
const BATCH_MAX: u32 = 64;

/// How long a client waits for the server's farewell.
const FAREWELL_MAX: u64 = 5 * SECOND;

/// A close frame's payload: 1000, a normal end.
const NORMAL: [u8; 2] = 1_000_u16.to_be_bytes();

/// Those who come and go.
#[derive(Debug, Default)]
pub(super) struct Visiting {
    /// When they come; none if the next comes when one has left.
    schedule: Option<Schedule>,
    end: u64,
    /// How many may come now, where they have no schedule.
    wanted: u32,
    /// How many are there, or on their way.
    pub(super) there: u32,
    /// So many at once.
    at_once: u32,
    /// Visits so far, by which rooms and servers take turns.
    visits: u32,
    /// When those leave who are in, and when nobody waits any more for their farewell.
    leave: VecDeque<Deadline>,
    farewell: VecDeque<Deadline>,
}

impl Visiting {
    /// One of them is gone.
    pub(super) fn is_gone(&mut self) {
        self.there -= 1;
        self.wanted += u32::from(self.schedule.is_none());
    }
}

impl Swarm {
    /// Lets visits begin.
    pub(super) fn start_visits(&mut self, start: u64, end: u64) {
        let Some(Passengers {
            per_second, at_once, ..
        }) = self.plan.passengers
        else {
            return;
        };
        let share = self.ties.share;
        self.visiting.schedule = per_second.map(|rate| Schedule::new(share.rate(rate), start, end));
        self.visiting.end = end;
        let part = share.part(at_once);
        self.visiting.at_once = part.end - part.start;
        self.visiting.visits = share.index;
        if per_second.is_none() {
            self.visiting.wanted = self.visiting.at_once;
        }
    }

    /// Lets those come and go whose time it is, and says when the next one's is.
    pub(super) fn visit_due(&mut self, now: u64) -> u64 {
        let Some(passengers) = self.plan.passengers else {
            return u64::MAX;
        };
        self.say_goodbye(now);
        let leave = self.visiting.leave.front().map_or(u64::MAX, |deadline| deadline.at);
        if !matches!(self.phase, Phase::Running { .. }) || now >= self.visiting.end {
            return leave;
        }
        for _ in 0..BATCH_MAX {
            let due = match &mut self.visiting.schedule {
                Some(schedule) => match schedule.take(now) {
                    Some(due) => due,
                    None => return leave.min(schedule.next()),
                },
                None if self.visiting.wanted > 0 => {
                    self.visiting.wanted -= 1;
                    now
                }
                None => return leave,
            };
            if passengers.per_second.is_some() && self.visiting.there >= self.visiting.at_once {
                self.ledger.figures.passengers.skipped += 1;
                continue;
            }
            self.visit(due, now);
        }
        Self::after_pause(now)
    }

    fn visit(&mut self, due: u64, now: u64) {
        let visit = self.visiting.visits;
        self.visiting.visits = visit.wrapping_add(self.ties.share.of);
        let birth = Birth {
            role: Role::Passenger {
                room: visit % self.plan.crowd.rooms.max(1),
            },
            node: self.plan.node(visit),
            source: self.plan.source(visit),
            due,
        };
        self.bear(birth, now);
    }

    /// A visitor is in.
    pub(super) fn has_arrived(&mut self, token: usize, took: u64, now: u64) {
        let client = &self.clients[token];
        let is_measured = self.ledger.is_measured(client.since);
        let figures = &mut self.ledger.figures.passengers;
        figures.joined += 1;
        if is_measured {
            figures.times.record(took);
        }
        let hold = self.plan.passengers.map_or(0, |passengers| passengers.hold);
        let (at, serial) = (now + hold, client.serial);
        self.visiting.leave.push_back(Deadline { at, token, serial });
    }

    /// Lets those leave who have stayed long enough.
    fn say_goodbye(&mut self, now: u64) {
        while let Some(&Deadline { at, token, serial }) = self.visiting.leave.front()
            && at <= now
        {
            self.visiting.leave.pop_front();
            let Some(client) = self.clients.get_mut(token).filter(|client| client.serial == serial) else {
                continue;
            };
            client.state = State::Leaving;
            frame::encode(Opcode::Close, &NORMAL, frame::mask(), &mut client.out);
            let at = now + FAREWELL_MAX;
            self.visiting.farewell.push_back(Deadline { at, token, serial });
            self.flush(token);
        }
        while let Some(&Deadline { at, token, serial }) = self.visiting.farewell.front() {
            let is_there = self.clients.get(token).is_some_and(|client| client.serial == serial);
            if is_there && at > now {
                break;
            }
            self.visiting.farewell.pop_front();
            if is_there {
                self.clients.remove(token);
                self.visiting.is_gone();
            }
        }
    }
}
