//! Which client of this thread has got what, and how late?

use std::ops::Range;

use super::figures::{Figures, Received};
use super::message::{self, Mark};
use super::plan::{Manner, Member, Plan};
use super::sequence::{Arrival, Receipts};
use super::window::Windows;

/// Messages of which it is told when the last client had them; later ones of a run are not.
const LAST_MAX: usize = 100_000;

/// Everything that has come to the clients of one thread.
#[derive(Debug)]
pub(crate) struct Ledger {
    run: u32,
    publishers: u32,
    tells_last: bool,
    /// The clients of this thread.
    clients: Range<u32>,
    /// By client and publisher of its room.
    receipts: Vec<Receipts>,
    /// By client.
    presence: Vec<Presence>,
    /// What lies outside is in no latency and no rate.
    measured: Range<u64>,
    pub(crate) windows: Windows,
    pub(crate) figures: Figures,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    NeverIn,
    There,
    Gone,
}

impl Ledger {
    /// An empty one for these clients, of whom those with the publishers' numbers publish.
    pub(crate) fn new(plan: &Plan, clients: Range<u32>, publishers: Range<u32>) -> Self {
        let nodes = plan.targets.len();
        Self {
            run: plan.run,
            publishers: plan.crowd.publishers,
            tells_last: plan.tells_last,
            receipts: vec![Receipts::default(); clients.len() * plan.crowd.publishers as usize],
            presence: vec![Presence::NeverIn; clients.len()],
            clients,
            measured: 0..0,
            windows: Windows::new(plan.crowd.publishers, publishers),
            figures: Figures {
                nodes: vec![Received::default(); nodes],
                last: vec![Vec::new(); nodes],
                ..Figures::default()
            },
        }
    }

    /// Says what is measured.
    pub(crate) fn measure(&mut self, measured: Range<u64>) {
        self.measured = measured;
    }

    /// Whether this time is measured.
    pub(crate) fn is_measured(&self, at: u64) -> bool {
        self.measured.contains(&at)
    }

    /// A client is in.
    pub(crate) fn join(&mut self, member: Member, node: usize) {
        let index = self.index(member.number);
        self.presence[index] = Presence::There;
        self.group(member.manner, node).clients += 1;
        if member.manner == Manner::Reads {
            self.windows.joined(member.room);
        }
    }

    /// A client is gone: nobody waits for it any more.
    pub(crate) fn leave(&mut self, member: Member) {
        let index = self.index(member.number);
        let before = std::mem::replace(&mut self.presence[index], Presence::Gone);
        if before == Presence::There && member.manner == Manner::Reads {
            let receipts = self.receipts_of(index);
            self.windows.left(member.room, &self.receipts[receipts]);
        }
    }

    /// The figures of those who read like this.
    pub(crate) fn group(&mut self, manner: Manner, node: usize) -> &mut Received {
        group(&mut self.figures, manner, node)
    }

    /// A message has come to a client.
    pub(crate) fn receive(&mut self, member: Member, node: usize, (head, bytes): (&[u8], u64), now: u64) {
        let receipts = self.receipts_of(self.index(member.number));
        let group = group(&mut self.figures, member.manner, node);
        let mark = match message::read(head) {
            Some(mark) if mark.run == self.run => mark,
            _ => {
                group.foreign += 1;
                return;
            }
        };
        if mark.room != member.room || mark.publisher >= self.publishers || mark.number == 0 {
            group.strays += 1;
            return;
        }
        group.delivered += 1;
        group.bytes += bytes;
        match self.receipts[receipts.start + mark.publisher as usize].take(mark.number) {
            Arrival::InOrder => {}
            Arrival::OutOfOrder => group.out_of_order += 1,
            Arrival::Forgotten => {
                group.out_of_order += 1;
                return;
            }
            Arrival::Doubled => {
                group.doubled += 1;
                return;
            }
        }
        group.measured += u64::from(self.measured.contains(&now));
        let late = now.saturating_sub(mark.at);
        if self.measured.contains(&mark.at) {
            group.latency.record(late);
        }
        if member.manner == Manner::Reads {
            if self.tells_last {
                self.note_last(mark, node, late);
            }
            self.windows.got(mark.room, mark.publisher, mark.number);
        }
    }

    fn note_last(&mut self, mark: Mark, node: usize, late: u64) {
        let index = (mark.number as usize - 1) * self.publishers as usize + mark.publisher as usize;
        if index >= LAST_MAX {
            return;
        }
        let last = &mut self.figures.last[node];
        if last.len() <= index {
            last.resize(index + 1, 0);
        }
        last[index] = last[index].max(late);
    }

    /// How many messages clients that are there have not got, where so many were published.
    pub(crate) fn missing(&self, plan: &Plan, published: &[u32], who: impl Fn(Manner) -> bool) -> u64 {
        let there = self.clients.clone().zip(&self.presence);
        there
            .filter(|(_, presence)| **presence == Presence::There)
            .map(|(number, _)| plan.crowd.member(number))
            .filter(|member| who(member.manner))
            .map(|member| self.missed(member, published).1)
            .sum()
    }

    /// Writes down what was lost, where so many were published.
    pub(crate) fn settle(&mut self, plan: &Plan, published: &[u32]) {
        for number in self.clients.clone() {
            let member = plan.crowd.member(number);
            if self.presence[self.index(number)] == Presence::NeverIn {
                continue;
            }
            let (expected, missed) = self.missed(member, published);
            let group = self.group(member.manner, plan.node(number));
            group.expected += expected;
            group.lost += missed;
        }
    }

    /// What a client should have got, and what of it has not come.
    fn missed(&self, member: Member, published: &[u32]) -> (u64, u64) {
        let first = (member.room * self.publishers) as usize;
        let receipts = &self.receipts[self.receipts_of(self.index(member.number))];
        let pairs = published[first..].iter().zip(receipts);
        pairs.fold((0, 0), |(expected, missed), (published, receipts)| {
            let missing = published.saturating_sub(receipts.distinct());
            (expected + u64::from(*published), missed + u64::from(missing))
        })
    }

    fn index(&self, number: u32) -> usize {
        (number - self.clients.start) as usize
    }

    fn receipts_of(&self, index: usize) -> Range<usize> {
        let publishers = self.publishers as usize;
        index * publishers..(index + 1) * publishers
    }
}

fn group(figures: &mut Figures, manner: Manner, node: usize) -> &mut Received {
    match manner {
        Manner::Reads => &mut figures.nodes[node],
        Manner::ReadsSlowly => &mut figures.slow_read,
        Manner::NeverReads => &mut figures.never_read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::plan::tests::plan;

    fn message(room: u32, publisher: u32, number: u32, at: u64) -> Vec<u8> {
        let mark = Mark {
            run: 7,
            room,
            publisher,
            number,
            at,
        };
        let mut out = Vec::new();
        message::write("room", mark, "bench-0", 128, &mut out);
        out
    }

    #[test]
    fn loss_doubles_disorder_and_strays_are_counted_apart() {
        let mut plan = plan();
        plan.run = 7;
        let member = plan.crowd.member(1);
        let mut ledger = Ledger::new(&plan, 0..2, 0..1);
        ledger.measure(100..200);
        ledger.join(member, 0);
        for (number, at) in [(1, 50), (2, 100), (4, 150), (3, 160), (4, 170), (6, 250)] {
            ledger.receive(member, 0, (&message(0, 0, number, at), 9), 180);
        }
        ledger.receive(member, 0, (&message(1, 0, 7, 1), 9), 180);
        ledger.receive(member, 0, (b"room:{}", 9), 180);
        assert_eq!(ledger.missing(&plan, &[6], |_| true), 1);
        ledger.settle(&plan, &[6]);
        let group = &ledger.figures.nodes[0];
        assert_eq!(
            (group.expected, group.lost, group.doubled, group.out_of_order),
            (6, 1, 1, 1)
        );
        assert_eq!((group.strays, group.foreign, group.delivered), (1, 1, 6));
        assert_eq!(group.latency.count(), 3, "those that were due in the measured time");
        assert_eq!(group.latency.max(), 80);
    }
}
