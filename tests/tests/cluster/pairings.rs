//! Do our servers and the original ones work together, in every pairing?

use omnibus_tests::checker::Checker;
use omnibus_tests::participant::{Participant, Publish};
use omnibus_tests::stream::{WARM_UP, pass, publish_at_once, settle, warm_up};

use crate::server::{Kind, Server};

/// Messages of each publisher: all together fewer than the original's queues hold.
const COUNT: u64 = 120;

const CHANNELS: [&str; 3] = ["news", "room", WARM_UP];

/// Browsers on all three servers and backends at two publish at once to the same channel.
fn everybody_hears_everybody(director: Kind, slaves: [Kind; 2]) {
    let director = Server::director(director);
    let [one, two] = slaves.map(|kind| Server::forwarder(kind, &director.bus()));
    let mut browsers = [
        director.participant("browser-at-director", &CHANNELS),
        one.participant("browser-at-one", &CHANNELS),
        two.participant("browser-at-two", &CHANNELS),
    ];
    let mut backends = [director.backend("backend-at-director"), two.backend("backend-at-two")];
    // Listeners of their own show that what they hear does not depend on publishing.
    let listeners = [
        director.participant("listener-at-director", &CHANNELS),
        one.participant("listener-at-one", &CHANNELS),
        two.participant("listener-at-two", &CHANNELS),
    ];
    warm_up_all(&mut browsers, &mut backends, &listeners);

    for channel in ["news", "room"] {
        let mut publishers: Vec<&mut dyn Publish> = Vec::new();
        publishers.extend(browsers.iter_mut().map(|browser| browser as &mut dyn Publish));
        publishers.extend(backends.iter_mut().map(|backend| backend as &mut dyn Publish));
        publish_at_once(&mut publishers, channel, COUNT);
        let names: Vec<String> = publishers.iter().map(|publisher| publisher.name().to_owned()).collect();
        let all: Vec<&Participant> = browsers.iter().chain(&listeners).collect();
        settle(&all, channel, names.len() * COUNT as usize);
        let mut checker = Checker::new(channel);
        for name in &names {
            checker.requires(name, 0..COUNT);
        }
        pass(checker, channel, &all);
    }
}

fn warm_up_all(
    browsers: &mut [Participant],
    backends: &mut [omnibus_tests::participant::Backend],
    listeners: &[Participant],
) {
    let listeners: Vec<&Participant> = listeners.iter().collect();
    let mut publishers: Vec<&mut dyn Publish> = Vec::new();
    publishers.extend(browsers.iter_mut().map(|browser| browser as &mut dyn Publish));
    publishers.extend(backends.iter_mut().map(|backend| backend as &mut dyn Publish));
    warm_up(&mut publishers, &listeners);
}

#[test]
fn two_forwarders_of_ours_behind_our_director_are_one_server() {
    everybody_hears_everybody(Kind::Ours, [Kind::Ours, Kind::Ours]);
}

#[test]
fn our_forwarder_and_an_original_slave_behind_our_director_are_one_server() {
    everybody_hears_everybody(Kind::Ours, [Kind::Ours, Kind::Original]);
}

#[test]
fn two_original_slaves_behind_our_director_are_one_server() {
    everybody_hears_everybody(Kind::Ours, [Kind::Original, Kind::Original]);
}

#[test]
fn two_forwarders_of_ours_behind_the_original_master_are_one_server() {
    everybody_hears_everybody(Kind::Original, [Kind::Ours, Kind::Ours]);
}

#[test]
fn our_forwarder_and_an_original_slave_behind_the_original_master_are_one_server() {
    everybody_hears_everybody(Kind::Original, [Kind::Ours, Kind::Original]);
}

/// None of ours: shows that the test itself asks no more than the original does.
#[test]
fn two_original_slaves_behind_the_original_master_are_one_server() {
    everybody_hears_everybody(Kind::Original, [Kind::Original, Kind::Original]);
}
