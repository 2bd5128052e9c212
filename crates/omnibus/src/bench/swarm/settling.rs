//! When has everything arrived that will?

use std::time::Duration;

use socket2::SockRef;

use crate::bench::clock::{MILLISECOND, SECOND};
use crate::bench::orders::Report;
use crate::bench::plan::Manner;

use super::thread::{Phase, Swarm};

/// How often it is looked whether all is there.
const LOOK_EVERY: u64 = 20 * MILLISECOND;

/// How long doubles are waited for once all is there.
const DOUBLES: u64 = 100 * MILLISECOND;

/// How long those who disturb may take to read what is left for them.
const READ_ON_MAX: u64 = 5 * SECOND;

/// The end of a run.
#[derive(Debug)]
pub(super) struct Settling {
    /// Messages by publisher, of all threads.
    published: Vec<u32>,
    stage: Stage,
    next_look: u64,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Just begun.
    Fresh,
    /// The undisturbed get what is under way, until this time.
    Arriving { until: u64 },
    /// Those who disturb read on, until this time; not before the other do all end.
    ReadingOn { from: u64, until: u64 },
}

impl Swarm {
    /// Nothing more is published anywhere.
    pub(super) fn settle(&mut self, published: Vec<u32>) {
        self.phase = Phase::Settling(Settling {
            published,
            stage: Stage::Fresh,
            next_look: 0,
        });
    }

    /// Looks whether all is there, and says when to look again.
    pub(super) fn settle_due(&mut self, now: u64) -> u64 {
        let Phase::Settling(settling) = &mut self.phase else {
            return u64::MAX;
        };
        if now < settling.next_look {
            return settling.next_look;
        }
        settling.next_look = now + LOOK_EVERY;
        let next = settling.next_look;
        let published = &settling.published;
        match settling.stage {
            Stage::Fresh => {
                settling.stage = Stage::Arriving {
                    until: now + self.plan.drain,
                }
            }
            Stage::Arriving { until } => {
                let missing = self
                    .ledger
                    .missing(&self.plan, published, |manner| manner == Manner::Reads);
                if missing == 0 || now >= until {
                    settling.stage = Stage::ReadingOn {
                        from: now + DOUBLES,
                        until: now + DOUBLES + READ_ON_MAX,
                    };
                    self.read_on();
                }
            }
            Stage::ReadingOn { from, until } => {
                let missing = self
                    .ledger
                    .missing(&self.plan, published, |manner| manner != Manner::Reads);
                let is_over = missing == 0 && self.visiting.there == 0 && self.disturbing.is_answered();
                if now >= from && is_over || now >= until {
                    self.finish();
                }
            }
        }
        next
    }

    /// Tells the figures and leaves without a farewell, so that no port is held for a minute.
    fn finish(&mut self) {
        let Phase::Settling(settling) = std::mem::replace(&mut self.phase, Phase::Done) else {
            return;
        };
        self.ledger.settle(&self.plan, &settling.published);
        for (_, client) in &self.clients {
            // Where this fails the port is held for a while.
            let _ = SockRef::from(&client.socket).set_linger(Some(Duration::ZERO));
        }
        self.clients.clear();
        let figures = std::mem::take(&mut self.ledger.figures);
        self.tell(Report::Done(Box::new(figures)));
    }
}
