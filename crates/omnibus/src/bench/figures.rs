//! What has a run shown, in figures that threads and processes can add up?

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Times, each kept to three digits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub(crate) struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        let mut histogram = Histogram::new(3).expect("three digits are allowed");
        histogram.auto(true);
        Self(histogram)
    }
}

impl From<Vec<(u64, u64)>> for Times {
    fn from(counts: Vec<(u64, u64)>) -> Self {
        let mut times = Self::default();
        for (value, count) in counts {
            times.0.record_n(value, count).expect("it grows as it must");
        }
        times
    }
}

impl From<Times> for Vec<(u64, u64)> {
    fn from(times: Times) -> Self {
        let recorded = times.0.iter_recorded();
        recorded
            .map(|step| (step.value_iterated_to(), step.count_at_value()))
            .collect()
    }
}

impl Times {
    /// Notes a time in nanoseconds.
    pub(crate) fn record(&mut self, nanoseconds: u64) {
        self.0.record(nanoseconds).expect("it grows as it must");
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("it grows as it must");
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    pub(crate) fn max(&self) -> u64 {
        self.0.max()
    }

    pub(crate) fn mean(&self) -> f64 {
        self.0.mean()
    }

    /// The time that so many percent did not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> u64 {
        self.0.value_at_percentile(percent)
    }
}

/// Counts by what they are counts of.
pub(crate) type Counts = BTreeMap<String, u64>;

/// Adds one.
pub(crate) fn count(counts: &mut Counts, what: impl Into<String>) {
    *counts.entry(what.into()).or_default() += 1;
}

fn add(counts: &mut Counts, others: Counts) {
    for (what, count) in others {
        *counts.entry(what).or_default() += count;
    }
}

/// Everything.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) joining: Joining,
    pub(crate) publishing: Publishing,
    /// The undisturbed, by the server that they are at.
    pub(crate) nodes: Vec<Received>,
    pub(crate) never_read: Received,
    pub(crate) slow_read: Received,
    pub(crate) passengers: Visits,
    pub(crate) channels: Channels,
    /// By message: how long the last client of each server had to wait; 0 where none has it.
    pub(crate) last: Vec<Vec<u64>>,
    /// What the generator itself used, and how late it was.
    pub(crate) cpu: u64,
    pub(crate) send_delay: Times,
}

/// How the crowd got in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Joining {
    pub(crate) attempted: u64,
    pub(crate) joined: u64,
    pub(crate) failed: Counts,
    pub(crate) times: Times,
    /// When the first began and the last was in.
    pub(crate) from: Option<u64>,
    pub(crate) to: Option<u64>,
}

/// What was published.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Publishing {
    pub(crate) published: u64,
    /// Those due in the measured time.
    pub(crate) measured: u64,
    pub(crate) large: u64,
    /// Due, but their publisher was gone or its connection full.
    pub(crate) unsent: u64,
    /// In flight for so long that their publisher went on without them.
    pub(crate) stalled: u64,
}

/// What some clients got.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Received {
    pub(crate) clients: u64,
    pub(crate) expected: u64,
    pub(crate) delivered: u64,
    /// Those that came in the measured time.
    pub(crate) measured: u64,
    pub(crate) bytes: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) out_of_order: u64,
    /// Of this run, but for another room.
    pub(crate) strays: u64,
    /// Of nobody of this run.
    pub(crate) foreign: u64,
    /// Connections that ended before the run did, by close code.
    pub(crate) closed: Counts,
    pub(crate) latency: Times,
}

/// What those did who came and went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Visits {
    pub(crate) attempted: u64,
    pub(crate) joined: u64,
    pub(crate) failed: Counts,
    /// Due while as many as allowed were there.
    pub(crate) skipped: u64,
    /// From when they were due to their subscription, in the measured time.
    pub(crate) times: Times,
}

/// What became of channels that were made and left.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Channels {
    pub(crate) made: u64,
    pub(crate) left: u64,
    pub(crate) refused: u64,
    /// Due while too many answers were outstanding, or nobody was there to make them.
    pub(crate) skipped: u64,
}

impl Figures {
    /// Adds another thread's.
    pub(crate) fn add(&mut self, other: Self) {
        self.joining.add(other.joining);
        let (ours, theirs) = (&mut self.publishing, other.publishing);
        ours.published += theirs.published;
        ours.measured += theirs.measured;
        ours.large += theirs.large;
        ours.unsent += theirs.unsent;
        ours.stalled += theirs.stalled;
        self.nodes
            .resize_with(self.nodes.len().max(other.nodes.len()), Received::default);
        for (ours, theirs) in self.nodes.iter_mut().zip(other.nodes) {
            ours.add(theirs);
        }
        self.never_read.add(other.never_read);
        self.slow_read.add(other.slow_read);
        self.passengers.add(other.passengers);
        self.channels.made += other.channels.made;
        self.channels.left += other.channels.left;
        self.channels.refused += other.channels.refused;
        self.channels.skipped += other.channels.skipped;
        self.last.resize_with(self.last.len().max(other.last.len()), Vec::new);
        for (ours, theirs) in self.last.iter_mut().zip(other.last) {
            ours.resize(ours.len().max(theirs.len()), 0);
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                *ours = theirs.max(*ours);
            }
        }
        self.cpu += other.cpu;
        self.send_delay.add(&other.send_delay);
    }

    /// All undisturbed clients together.
    pub(crate) fn undisturbed(&self) -> Received {
        let mut all = Received::default();
        for node in &self.nodes {
            all.add(node.clone());
        }
        all
    }

    /// Whether every undisturbed client got in, stayed, and got everything once and in order.
    pub(crate) fn is_clean(&self) -> bool {
        let all = self.undisturbed();
        let faults = all.lost + all.doubled + all.out_of_order + all.strays;
        let visits = self.passengers.failed.values().sum::<u64>();
        let failed = self.joining.failed.values().chain(all.closed.values()).sum::<u64>();
        faults + visits + failed + self.channels.refused + self.publishing.unsent == 0
    }
}

impl Joining {
    fn add(&mut self, other: Self) {
        self.attempted += other.attempted;
        self.joined += other.joined;
        add(&mut self.failed, other.failed);
        self.times.add(&other.times);
        self.from = self.from.into_iter().chain(other.from).min();
        self.to = self.to.max(other.to);
    }
}

impl Received {
    pub(crate) fn add(&mut self, other: Self) {
        self.clients += other.clients;
        self.expected += other.expected;
        self.delivered += other.delivered;
        self.measured += other.measured;
        self.bytes += other.bytes;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.out_of_order += other.out_of_order;
        self.strays += other.strays;
        self.foreign += other.foreign;
        add(&mut self.closed, other.closed);
        self.latency.add(&other.latency);
    }
}

impl Visits {
    fn add(&mut self, other: Self) {
        self.attempted += other.attempted;
        self.joined += other.joined;
        add(&mut self.failed, other.failed);
        self.skipped += other.skipped;
        self.times.add(&other.times);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_way_between_processes_and_add_up() {
        let mut times = Times::default();
        for nanoseconds in [1, 50_000, 50_001, 9_999_999_999] {
            times.record(nanoseconds);
        }
        let json = serde_json::to_string(&times).unwrap();
        let mut other: Times = serde_json::from_str(&json).unwrap();
        assert_eq!(other.count(), 4);
        for percent in [1.0, 50.0, 99.9] {
            assert_eq!(other.percentile(percent), times.percentile(percent));
        }
        other.add(&times);
        assert_eq!(other.count(), 8);
    }

    #[test]
    fn what_several_have_seen_is_the_sum_and_the_latest_last() {
        let one = Figures {
            nodes: vec![Received::default()],
            last: vec![vec![5, 0]],
            ..Figures::default()
        };
        let mut lossy = one.clone();
        lossy.nodes[0].lost = 2;
        count(&mut lossy.nodes[0].closed, "1013");
        lossy.last = vec![vec![3, 7, 1], vec![9]];
        assert!(one.is_clean() && !lossy.is_clean());
        let mut sum = Figures::default();
        sum.add(one);
        sum.add(lossy.clone());
        sum.add(lossy);
        assert_eq!(sum.nodes[0].lost, 4);
        assert_eq!(sum.undisturbed().closed["1013"], 2);
        assert_eq!(sum.last, [vec![5, 7, 1], vec![9]]);
        assert!(!sum.is_clean());
    }
}
