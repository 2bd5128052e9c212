//! How soon does everything flow again, and in which order, when a director dies and returns?

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::checker::{self, Checker};
use omnibus_tests::limits;
use omnibus_tests::participant::{Participant, Publish};

use crate::server::{Kind, Server};
use crate::stream::{WARM_UP, keep_publishing, pass, publish, settle, warm_up};

/// Within this time of its return everybody hears everybody again.
const BACK_WITHIN: Duration = Duration::from_secs(2);

/// How long the director is away.
const AWAY: Duration = Duration::from_millis(700);

/// How long is published before the director dies, and after everything must flow.
const STEADY: Duration = Duration::from_millis(300);

/// Messages of each publisher that all have heard before.
const BEFORE: u64 = 50;

const CHANNELS: [&str; 2] = ["news", WARM_UP];

/// Someone who has published steadily: from which number on, and when each.
struct Run<'a> {
    speaker: &'a Participant,
    first: u64,
    sent: Vec<Instant>,
}

impl Run<'_> {
    fn end(&self) -> u64 {
        self.first + self.sent.len() as u64
    }

    /// The first number that was published at that moment or later.
    fn since(&self, moment: Instant) -> u64 {
        self.first + self.sent.partition_point(|sent| *sent < moment) as u64
    }
}

/// Clients publish at two forwarders; the director is killed meanwhile and started again.
fn director_returns(director: Kind, forwarders: [Kind; 2]) {
    let title = format!("{forwarders:?} behind {director:?}");
    let mut director = Server::director(director);
    let servers = forwarders.map(|kind| Server::forwarder(kind, &director.bus()));
    let mut speakers = [0, 1].map(|number| servers[number].participant(&format!("at-{number}"), &CHANNELS));
    let listeners = [0, 1].map(|number| servers[number].participant(&format!("listener-{number}"), &CHANNELS));
    let mut publishers: Vec<&mut dyn Publish> =
        speakers.iter_mut().map(|speaker| speaker as &mut dyn Publish).collect();
    warm_up(&mut publishers, &listeners.iter().collect::<Vec<_>>());
    let everyone: Vec<&Participant> = speakers.iter().chain(&listeners).collect();
    speakers.iter().for_each(|speaker| publish(speaker, "news", 0..BEFORE));
    settle(&everyone, "news", 2 * BEFORE as usize);

    let is_over = AtomicBool::new(false);
    let returned = OnceLock::new();
    thread::scope(|scope| {
        let steadily = |speaker, first| {
            let is_over = &is_over;
            scope.spawn(move || Run {
                speaker,
                first,
                sent: keep_publishing(speaker, "news", first, is_over),
            })
        };
        let mut running: Vec<_> = speakers.iter().map(|speaker| steadily(speaker, BEFORE)).collect();
        thread::sleep(STEADY);
        director.kill();
        thread::sleep(AWAY);
        director.start_again();
        let back = Instant::now();
        // A browser that has come back to the director itself.
        let returned = returned.get_or_init(|| director.participant("returned", &CHANNELS));
        running.push(steadily(returned, 0));
        thread::sleep((back + BACK_WITHIN + STEADY).saturating_duration_since(Instant::now()));
        is_over.store(true, SeqCst);
        let runs: Vec<Run<'_>> = running
            .into_iter()
            .map(|run| run.join().expect("it publishes"))
            .collect();
        let everyone: Vec<&Participant> = everyone.iter().copied().chain([returned]).collect();
        judge(&title, back, &runs, &everyone);
    });
}

/// Nothing came twice or out of order, and what was published in time after the return came.
fn judge(title: &str, back: Instant, runs: &[Run<'_>], everyone: &[&Participant]) {
    let mut checker = Checker::new("news");
    for run in runs {
        let name = run.speaker.name();
        let flows = run.since(back + BACK_WITHIN);
        assert!(flows + 10 < run.end(), "too little is published after the return");
        checker.permits(name, 0..flows);
        checker.requires(name, flows..run.end());
        for listener in everyone {
            // The checker tells if it has not.
            limits::holds_within(limits::ANSWER, || listener.has_heard("news", name, run.end() - 1));
        }
    }
    let firsts = runs.iter().flat_map(|run| {
        let since = move |listener: &&Participant| first_since(listener, run.speaker.name(), back);
        everyone.iter().map(since)
    });
    println!(
        "= {title}: all hear all {:?} after the return",
        firsts.max().unwrap_or_default()
    );
    let mut held = everyone
        .iter()
        .map(|listener| listener.texts("news").len())
        .collect::<Vec<_>>();
    held.sort_unstable();
    let sent: u64 = runs.iter().map(Run::end).sum();
    println!("= {title}: of {sent} published, listeners heard {held:?}");
    // What was heard by all before the fault.
    for listener in everyone.iter().filter(|listener| listener.name() != "returned") {
        let heard = listener.texts("news");
        assert!(
            heard.len() as u64 >= 2 * BEFORE,
            "{} heard {}",
            listener.name(),
            heard.len()
        );
    }
    pass(checker, "news", everyone);
}

/// How long after the return a listener has first heard a message of a publisher.
fn first_since(listener: &Participant, publisher: &str, back: Instant) -> Duration {
    let entries = listener.heard("news");
    let first = entries.iter().find(|entry| {
        entry.at >= back && checker::mark("news", &entry.text).is_some_and(|mark| mark.publisher == publisher)
    });
    first.map_or(Duration::MAX, |entry| entry.at - back)
}

#[test]
fn everything_flows_within_two_seconds_of_the_return_of_our_director() {
    director_returns(Kind::Ours, [Kind::Ours, Kind::Ours]);
}

#[test]
fn everything_flows_to_an_original_slave_within_two_seconds_of_the_return_of_our_director() {
    director_returns(Kind::Ours, [Kind::Ours, Kind::Original]);
}

#[test]
fn everything_flows_within_two_seconds_of_the_return_of_the_original_master() {
    director_returns(Kind::Original, [Kind::Ours, Kind::Ours]);
}
