//! How soon does everything flow again, and in which order, when a director dies and returns?

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::participant::{Participant, Publish};
use omnibus_tests::steady::{Mended, judge, publish_during};
use omnibus_tests::stream::{WARM_UP, publish, settle, warm_up};

use crate::server::{Kind, Server};

/// Within this time of its return everybody hears everybody again.
const BACK_WITHIN: Duration = Duration::from_secs(2);

/// How long the director is away.
const AWAY: Duration = Duration::from_millis(700);

/// How long is published before the director dies, and after everything must flow.
const STEADY: Duration = Duration::from_millis(300);

/// Messages of each publisher that all have heard before.
const BEFORE: u64 = 50;

const CHANNELS: [&str; 2] = ["news", WARM_UP];

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

    let returned = OnceLock::new();
    let mut back = None;
    let runs = publish_during(&everyone[..2], "news", BEFORE, |publish_too| {
        thread::sleep(STEADY);
        director.kill();
        thread::sleep(AWAY);
        director.start_again();
        let at = *back.insert(Instant::now());
        // A browser that has come back to the director itself.
        publish_too(returned.get_or_init(|| director.participant("returned", &CHANNELS)));
        thread::sleep((at + BACK_WITHIN + STEADY).saturating_duration_since(Instant::now()));
    });
    let mended = Mended {
        at: back.expect("it has come back"),
        flows_within: BACK_WITHIN,
    };
    let everyone: Vec<&Participant> = everyone.into_iter().chain(returned.get()).collect();
    let outcome = judge("news", mended, &runs, &everyone);
    println!("= {title}: {outcome:?}");
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
