//! What becomes of what is published at a forwarder while its director is away?

use omnibus_tests::checker::Checker;
use omnibus_tests::counters::{counter, expect_counter};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::participant::{Participant, Publish};
use omnibus_tests::proxy::Proxy;
use omnibus_tests::stream::{WARM_UP, fence, pass, publish, settle, wait_for_lines, warm_up};

use crate::server::{Bus, Kind, Server, forwarder};

/// A director, and two forwarders below it.
///
/// The first comes back only when it is let: what it held is then heard by the second, too.
struct Cluster {
    director: Server,
    proxies: [Proxy; 2],
    first: Node,
    second: Node,
    speaker: Participant,
    listeners: [Participant; 3],
}

/// Messages that all have heard before the outage.
const BEFORE: u64 = 50;

impl Cluster {
    fn start(director: Kind, settings: &[(&str, &str)]) -> Self {
        let director = Server::director(director);
        let proxies = director.addresses().map(Proxy::to);
        let first = forwarder(&Bus::of(proxies.each_ref().map(Proxy::bus_address)), settings);
        let second = forwarder(&director.bus(), settings);
        let join = |node: &Node, name| Participant::join(&node.url(), name, &["news", WARM_UP]);
        let mut speaker = join(&first, "speaker");
        let listeners = [join(&first, "first"), join(&second, "second"), join(&second, "third")];
        warm_up(&mut [&mut speaker as &mut dyn Publish], &listeners.each_ref());
        let cluster = Self {
            director,
            proxies,
            first,
            second,
            speaker,
            listeners,
        };
        publish(&cluster.speaker, "news", 0..BEFORE);
        settle(&cluster.everyone(), "news", BEFORE as usize);
        cluster
    }

    fn everyone(&self) -> Vec<&Participant> {
        self.listeners.iter().chain([&self.speaker]).collect()
    }

    /// Ends the director, and waits until both forwarders know.
    fn lose_director(&mut self) {
        self.director.kill();
        self.proxies.iter().for_each(Proxy::darken);
        self.proxies.iter().for_each(Proxy::cut);
        for node in [&mut self.first, &mut self.second] {
            wait_for_lines(node.program(), "link down", 1);
        }
    }

    /// Starts the director; the second forwarder comes back first.
    fn return_director(&mut self) {
        self.director.start_again();
        wait_for_lines(self.second.program(), "link up", 2);
        self.proxies.iter().for_each(Proxy::light);
        wait_for_lines(self.first.program(), "link up", 2);
    }

    /// Publishes these, and waits until the forwarder has dealt with them.
    fn publish(&self, numbers: std::ops::Range<u64>) {
        publish(&self.speaker, "news", numbers);
        fence(&self.speaker);
    }

    fn first_has_heard(&self, count: usize) {
        for listener in [&self.listeners[0], &self.speaker] {
            listener.wait_for_count("news", count);
        }
    }
}

fn what_is_held_arrives_once_and_in_order(director: Kind) {
    let mut cluster = Cluster::start(director, &[("bus.hold_publications_max", "100")]);
    cluster.lose_director();
    cluster.publish(50..200);
    assert_eq!(counter(cluster.first.program(), "link_publications_dropped"), 50);
    cluster.return_director();
    cluster.publish(200..250);
    settle(&cluster.everyone(), "news", 200);

    let mut checker = Checker::new("news");
    checker.requires("speaker", 0..50);
    checker.requires("speaker", 100..250);
    pass(checker, "news", &cluster.everyone());
    assert_eq!(counter(cluster.first.program(), "link_publications_uncertain"), 0);
}

#[test]
fn held_publications_arrive_once_and_in_order_behind_our_director_and_the_oldest_are_dropped() {
    what_is_held_arrives_once_and_in_order(Kind::Ours);
}

#[test]
fn held_publications_arrive_once_and_in_order_behind_the_original_master_and_the_oldest_are_dropped() {
    what_is_held_arrives_once_and_in_order(Kind::Original);
}

/// Many and long names take several messages to be asked for: the link must not count as up
/// before the last is.
#[test]
fn held_publications_reach_their_own_node_on_every_one_of_thousands_of_channels() {
    const CHANNELS: usize = 3_000;
    let mut director = Server::director(Kind::Ours);
    let node = forwarder(&director.bus(), &[("bus.hold_publications_max", "10000")]);
    node.wait_for_log("link up", limits::START);
    let name = |number: usize| format!("channel-{number}-{}", "x".repeat(200));
    let listener = Participant::join(&node.url(), "listener", &[]);
    for number in 0..CHANNELS {
        assert!(listener.send(&format!("!subscribe:{}", name(number))));
    }
    fence(&listener);
    director.kill();
    node.wait_for_log("link down", limits::ANSWER);
    for number in 0..CHANNELS {
        assert!(listener.send(&format!("{}:{{}}", name(number))));
    }
    fence(&listener);
    director.start_again();
    let mut heard = 0;
    let all = limits::holds_within(limits::ANSWER / 4, || {
        heard = (0..CHANNELS)
            .filter(|number| !listener.heard(&name(*number)).is_empty())
            .count();
        heard == CHANNELS
    });
    assert!(all, "{} of {CHANNELS} are lost", CHANNELS - heard);
}

#[test]
fn refused_publications_are_counted_and_never_delivered() {
    for director in [Kind::Ours, Kind::Original] {
        let mut cluster = Cluster::start(director, &[("bus.while_down", "refuse")]);
        cluster.lose_director();
        cluster.publish(50..70);
        assert_eq!(counter(cluster.first.program(), "link_publications_refused"), 20);
        cluster.return_director();
        cluster.publish(70..100);
        settle(&cluster.everyone(), "news", 80);

        let mut checker = Checker::new("news");
        checker.requires("speaker", 0..50);
        checker.requires("speaker", 70..100);
        pass(checker, "news", &cluster.everyone());
    }
}

#[test]
fn local_publications_are_delivered_on_their_node_at_once_and_elsewhere_later() {
    let mut cluster = Cluster::start(Kind::Ours, &[("bus.while_down", "local")]);
    cluster.lose_director();
    cluster.publish(50..100);
    cluster.first_has_heard(100);
    assert_eq!(cluster.listeners[1].heard("news").len(), 50);
    cluster.return_director();
    cluster.publish(100..150);
    settle(&cluster.everyone(), "news", 150);

    let mut checker = Checker::new("news");
    checker.requires("speaker", 0..150);
    pass(checker, "news", &cluster.everyone());
}

/// It can't send a mark back: everything would come twice.
#[test]
fn local_publications_are_held_behind_the_original_master() {
    let mut cluster = Cluster::start(Kind::Original, &[("bus.while_down", "local")]);
    cluster.lose_director();
    cluster.publish(50..100);
    std::thread::sleep(limits::SILENCE);
    assert_eq!(cluster.listeners[0].heard("news").len(), 50);
    cluster.return_director();
    cluster.publish(100..150);
    settle(&cluster.everyone(), "news", 150);

    let mut checker = Checker::new("news");
    checker.requires("speaker", 0..150);
    pass(checker, "news", &cluster.everyone());
}

#[test]
fn local_publications_are_held_until_a_director_was_seen() {
    for kind in [Kind::Ours, Kind::Original] {
        let mut director = Server::director(kind);
        director.kill();
        let node = forwarder(&director.bus(), &[("bus.while_down", "local")]);
        let [speaker, listener] = ["speaker", "listener"].map(|name| Participant::join(&node.url(), name, &["news"]));
        publish(&speaker, "news", 0..50);
        fence(&speaker);
        std::thread::sleep(limits::SILENCE);
        assert_eq!(listener.heard("news").len(), 0);
        director.start_again();
        node.wait_for_log("link up", limits::START);
        publish(&speaker, "news", 50..100);
        settle(&[&speaker, &listener], "news", 100);

        let mut checker = Checker::new("news");
        checker.requires("speaker", 0..100);
        pass(checker, "news", &[&speaker, &listener]);
    }
}

/// Each level delivers at once what it can, and nobody hears it again when the levels above are
/// back: first the middle, then the top.
#[test]
fn local_publications_are_heard_once_in_a_tree_whose_levels_come_back_one_by_one() {
    let local = [("bus.while_down", "local")];
    let mut director = Server::director(Kind::Ours);
    let mut middle = forwarder(&director.bus(), &local);
    let middle_bus = Bus::of([middle.subscriber_address(), middle.publisher_address()].map(|at| format!("tcp://{at}")));
    let proxies = [middle.subscriber_address(), middle.publisher_address()].map(Proxy::to);
    let mut lower = forwarder(&Bus::of(proxies.each_ref().map(Proxy::bus_address)), &local);
    let beside = Server::ours_below(&middle_bus, &local);
    let join = |url: &str, name| Participant::join(url, name, &["news", WARM_UP]);
    let mut speaker = join(&lower.url(), "speaker");
    let listeners = [
        join(&lower.url(), "lower"),
        join(&middle.url(), "middle"),
        join(&beside.url(), "beside"),
    ];
    warm_up(&mut [&mut speaker as &mut dyn Publish], &listeners.each_ref());
    let everyone: Vec<&Participant> = listeners.iter().chain([&speaker]).collect();

    director.kill();
    wait_for_lines(middle.program(), "link down", 1);
    // Only the top is away: all below the middle hear it at once.
    publish(&speaker, "news", 0..50);
    settle(&everyone, "news", 50);
    // Now the lower one is alone.
    proxies.iter().for_each(Proxy::darken);
    proxies.iter().for_each(Proxy::cut);
    wait_for_lines(lower.program(), "link down", 1);
    publish(&speaker, "news", 50..100);
    settle(&[&listeners[0], &speaker], "news", 100);
    proxies.iter().for_each(Proxy::light);
    wait_for_lines(lower.program(), "link up", 2);
    director.start_again();
    wait_for_lines(middle.program(), "link up", 2);
    publish(&speaker, "news", 100..150);
    settle(&everyone, "news", 150);

    let mut checker = Checker::new("news");
    checker.requires("speaker", 0..150);
    pass(checker, "news", &everyone);
    expect_counter(middle.program(), "link_publications_dropped", 0);
}
