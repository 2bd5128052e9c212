//! Who publishes what next?

use std::ops::Range;

use crate::bench::client::OUT_BYTES_MAX;
use crate::bench::clock::{self, MILLISECOND};
use crate::bench::message::{self, Mark};
use crate::bench::plan::{Pace, Plan};
use crate::bench::schedule;

use super::thread::{Phase, Swarm};

/// Messages that are sent before the sockets are looked at again.
const BATCH_MAX: usize = 256;

/// A thread's publishers.
#[derive(Debug, Default)]
pub(super) struct Publishers {
    /// The number of the first among those of all threads.
    first: u32,
    /// Those of all threads.
    all: u64,
    list: Vec<Publisher>,
    /// Messages per second, of all threads' publishers; none if they wait for what is under way.
    per_second: Option<f64>,
    start: u64,
    end: u64,
    /// At a rate they take turns: how often all have had theirs, and who is next here.
    round: u64,
    turn: usize,
    has_begun: bool,
    text: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Publisher {
    /// Its number among the clients.
    client: u32,
    room: u32,
    place: u32,
    token: Option<usize>,
    sent: u32,
}

/// What became of a message.
enum Sending {
    Sent(usize),
    /// The publisher is not there.
    Gone,
    /// Its connection takes no more.
    Full,
}

impl Publishers {
    /// Those among these clients.
    pub(super) fn new(plan: &Plan, clients: Range<u32>) -> Self {
        let members = clients.map(|number| plan.crowd.member(number));
        let list: Vec<Publisher> = members
            .filter_map(|member| {
                Some(Publisher {
                    client: member.number,
                    room: member.room,
                    place: member.publisher?,
                    token: None,
                    sent: 0,
                })
            })
            .collect();
        Self {
            first: list
                .first()
                .map_or(0, |one| one.room * plan.crowd.publishers + one.place),
            all: u64::from(plan.crowd.all_publishers()),
            per_second: match plan.pace {
                Pace::Rate(per_second) => Some(per_second),
                _ => None,
            },
            list,
            ..Self::default()
        }
    }

    /// Their numbers among those of all threads; neighbours stay together.
    pub(super) fn numbers(&self) -> Range<u32> {
        self.first..self.first + u32::try_from(self.list.len()).expect("there are fewer than clients")
    }

    pub(super) fn start(&mut self, start: u64, end: u64) {
        (self.start, self.end) = (start, end);
    }

    fn find(&mut self, plan: &Plan, room: u32, place: u32) -> &mut Publisher {
        let number = room * plan.crowd.publishers + place;
        &mut self.list[(number - self.first) as usize]
    }

    pub(super) fn joined(&mut self, plan: &Plan, room: u32, place: u32, token: usize) {
        self.find(plan, room, place).token = Some(token);
    }

    pub(super) fn left(&mut self, plan: &Plan, room: u32, place: u32) {
        self.find(plan, room, place).token = None;
    }

    /// When the next message is due, at a rate; never is [`u64::MAX`].
    fn next(&self) -> u64 {
        match self.per_second {
            Some(per_second) if !self.list.is_empty() && self.end > 0 => {
                let number = self.round * self.all + u64::from(self.first) + self.turn as u64;
                let at = schedule::due(self.start, number, per_second);
                if at < self.end { at } else { u64::MAX }
            }
            _ => u64::MAX,
        }
    }

    fn pass_turn(&mut self) {
        self.turn += 1;
        if self.turn == self.list.len() {
            (self.turn, self.round) = (0, self.round + 1);
        }
    }

    /// Whether nothing more is due.
    pub(super) fn is_over(&self) -> bool {
        self.next() == u64::MAX
    }

    /// Publishes no more; says how many messages were due and never will be sent.
    pub(super) fn give_up(&mut self) -> u64 {
        let mut unsent = 0;
        while !self.is_over() {
            self.pass_turn();
            unsent += 1;
        }
        unsent
    }

    /// How many messages each has published, and the number of the first.
    pub(super) fn published(&self) -> (u32, Vec<u32>) {
        (self.first, self.list.iter().map(|publisher| publisher.sent).collect())
    }
}

impl Swarm {
    /// Publishes what is due, and says when the next message is.
    pub(super) fn publish_due(&mut self, now: u64) -> u64 {
        match (&self.phase, self.plan.pace) {
            (Phase::Running { .. }, Pace::Rate(_)) => self.publish_at_rate(now),
            (Phase::Running { .. }, Pace::InFlight(_)) if !self.publishers.has_begun => {
                if now < self.publishers.start {
                    return self.publishers.start;
                }
                self.publishers.has_begun = true;
                for index in 0..self.publishers.list.len() {
                    self.fill(index);
                }
                u64::MAX
            }
            _ => u64::MAX,
        }
    }

    fn publish_at_rate(&mut self, now: u64) -> u64 {
        let mut dirty = Vec::new();
        let mut next = u64::MAX;
        for _ in 0..BATCH_MAX {
            next = self.publishers.next();
            if next > now {
                break;
            }
            match self.publish(self.publishers.turn, next) {
                Sending::Sent(token) if dirty.last() != Some(&token) => dirty.push(token),
                Sending::Sent(_) => {}
                Sending::Gone => self.ledger.figures.publishing.unsent += 1,
                // Its time stays what it was: whoever gets it will say how late it is.
                Sending::Full => {
                    next = now + MILLISECOND;
                    break;
                }
            }
            self.publishers.pass_turn();
            next = self.publishers.next();
        }
        for token in dirty {
            if self.clients.contains(token) {
                self.flush(token);
            }
        }
        next
    }

    /// Lets those publishers go on of whom all have the oldest message.
    pub(super) fn publish_where_it_moved(&mut self) {
        for index in self.ledger.windows.take_moved() {
            self.fill(index);
        }
    }

    /// Publishes as much as may be under way, and sends it at once.
    fn fill(&mut self, index: usize) {
        let Pace::InFlight(in_flight) = self.plan.pace else {
            return;
        };
        let now = clock::now();
        if !matches!(self.phase, Phase::Running { .. }) || now >= self.publishers.end {
            return;
        }
        let mut filled = None;
        while self.ledger.windows.under_way(index) < in_flight as usize {
            match self.publish(index, now) {
                Sending::Sent(token) => filled = Some(token),
                Sending::Gone | Sending::Full => break,
            }
            self.ledger.windows.send(index, now);
        }
        if let Some(token) = filled {
            self.flush(token);
        }
    }

    /// Puts a publisher's next message, which was due at this time, into its connection.
    fn publish(&mut self, index: usize, due: u64) -> Sending {
        let publishers = &mut self.publishers;
        let publisher = &mut publishers.list[index];
        let Some(token) = publisher.token else {
            return Sending::Gone;
        };
        let client = &mut self.clients[token];
        if client.out.len() > OUT_BYTES_MAX {
            return Sending::Full;
        }
        publisher.sent += 1;
        let mark = Mark {
            run: self.plan.run,
            room: publisher.room,
            publisher: publisher.place,
            number: publisher.sent,
            at: due,
        };
        let large = self
            .plan
            .large
            .filter(|large| publisher.sent.is_multiple_of(large.every));
        let body_bytes = large.map_or(self.plan.body_bytes, |large| large.body_bytes);
        let channel = self.plan.channel(publisher.room);
        publishers.text.clear();
        message::write(
            &channel,
            mark,
            &message::sender(publisher.client),
            body_bytes,
            &mut publishers.text,
        );
        client.say(&publishers.text);
        let figures = &mut self.ledger.figures;
        figures.publishing.published += 1;
        figures.publishing.large += u64::from(large.is_some());
        if self.ledger.is_measured(due) {
            let figures = &mut self.ledger.figures;
            figures.publishing.measured += 1;
            figures.send_delay.record(clock::now().saturating_sub(due));
        }
        Sending::Sent(token)
    }
}
