//! How soon does everything flow again after a fault, and what is lost meanwhile?
//!
//! Clients publish steadily, before, during and after the fault, and know when they sent what.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::checker::{self, Checker};
use crate::limits;
use crate::participant::Participant;
use crate::stream;

/// The pause between two messages of one publisher.
const PAUSE: Duration = Duration::from_millis(3);

/// Someone who has published steadily.
#[derive(Debug)]
pub struct Run<'a> {
    /// Who.
    pub speaker: &'a Participant,
    /// The first message's number.
    first: u64,
    /// When each was sent.
    sent: Vec<Instant>,
}

/// Has the speakers publish, from the number `first` on, while a fault is made and mended. The
/// fault is given a way to have one that joins later publish, too, from 0 on.
///
/// # Panics
/// If a speaker cannot publish.
#[must_use]
pub fn publish_during<'a>(
    speakers: &[&'a Participant],
    channel: &str,
    first: u64,
    fault: impl FnOnce(&mut dyn FnMut(&'a Participant)),
) -> Vec<Run<'a>> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        // However the fault ends, the threads do, too.
        let over = Over(&is_over);
        let mut running = Vec::new();
        let mut begin = |speaker, first| {
            let is_over = &is_over;
            running.push(scope.spawn(move || Run::of(speaker, channel, first, is_over)));
        };
        speakers.iter().for_each(|speaker| begin(speaker, first));
        fault(&mut |late| begin(late, 0));
        drop(over);
        running
            .into_iter()
            .map(|run| run.join().expect("a speaker can publish"))
            .collect()
    })
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

impl<'a> Run<'a> {
    fn of(speaker: &'a Participant, channel: &str, first: u64, is_over: &AtomicBool) -> Self {
        let mut sent = Vec::new();
        while !is_over.load(SeqCst) {
            let number = first + sent.len() as u64;
            sent.push(Instant::now());
            stream::publish(speaker, channel, number..number + 1);
            thread::sleep(PAUSE);
        }
        Self { speaker, first, sent }
    }

    /// The number after the last.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.sent.len() as u64
    }

    /// The first number that was published at that moment or later.
    #[must_use]
    pub fn since(&self, moment: Instant) -> u64 {
        self.first + self.sent.partition_point(|sent| *sent < moment) as u64
    }
}

/// When a fault was over, and how soon everything must flow then.
#[derive(Debug, Clone, Copy)]
pub struct Mended {
    /// When.
    pub at: Instant,
    /// How soon.
    pub flows_within: Duration,
}

/// What a fault did.
#[derive(Debug)]
pub struct Outcome {
    /// How long after its end every listener had heard something new of every speaker.
    pub flowed_after: Duration,
    /// Messages published in all.
    pub published: u64,
    /// How many of them the listeners have heard, the deafest first.
    pub heard: Vec<usize>,
}

/// Nothing may come twice or out of order, and what was published once everything must flow again
/// must come; everybody must have joined by then.
///
/// # Panics
/// With what is wrong.
#[must_use]
pub fn judge(channel: &str, mended: Mended, runs: &[Run<'_>], everyone: &[&Participant]) -> Outcome {
    let mut checker = Checker::new(channel);
    let deadline = Instant::now() + limits::ANSWER;
    for run in runs {
        let name = run.speaker.name();
        let flows = run.since(mended.at + mended.flows_within);
        assert!(flows + 10 < run.end(), "too little is published after the fault");
        checker.permits(name, 0..flows);
        checker.requires(name, flows..run.end());
        for listener in everyone {
            // The checker tells if it has not.
            let left = deadline.saturating_duration_since(Instant::now());
            limits::holds_within(left, || listener.has_heard(channel, name, run.end() - 1));
        }
    }
    let firsts = runs.iter().flat_map(|run| {
        let first = move |listener: &&Participant| first_since(listener, channel, run.speaker.name(), mended.at);
        everyone.iter().map(first)
    });
    let flowed_after = firsts.max().unwrap_or_default();
    let mut heard: Vec<usize> = everyone.iter().map(|listener| listener.texts(channel).len()).collect();
    heard.sort_unstable();
    stream::pass(checker, channel, everyone);
    assert!(
        flowed_after < mended.flows_within,
        "all hear all only after {flowed_after:?}"
    );
    Outcome {
        flowed_after,
        published: runs.iter().map(Run::end).sum(),
        heard,
    }
}

/// How long after that moment a listener has first heard a message of a publisher.
fn first_since(listener: &Participant, channel: &str, publisher: &str, moment: Instant) -> Duration {
    let entries = listener.heard(channel);
    let first = entries.iter().find(|entry| {
        entry.at >= moment && checker::mark(channel, &entry.text).is_some_and(|mark| mark.publisher == publisher)
    });
    first.map_or(Duration::MAX, |entry| entry.at - moment)
}
