//! What is lost when a link breaks and its director lives on?

use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::checker::{Checker, Finding};
use omnibus_tests::counters::counter;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::participant::{Participant, Publish};
use omnibus_tests::proxy::{Proxy, Way};
use omnibus_tests::steady;
use omnibus_tests::stream::{WARM_UP, pass, publish, settle, wait_for_lines, warm_up};

use crate::server::{Bus, Kind, Server, forwarder};

/// A director, and a forwarder below it by a link that a test can break.
struct Cluster {
    director: Server,
    proxies: [Proxy; 2],
    node: Node,
    above: Participant,
    below: Participant,
}

/// Messages of each after the link is whole again.
const AFTER: u64 = 50;

/// Between two faults, and after the last.
const STEADY: Duration = Duration::from_millis(300);

/// A silent link counts as dead after 1.5 s, and is asked for life every 0.5 s; the rest is for a
/// busy machine.
const NOTICED_WITHIN: Duration = Duration::from_secs(4);

/// What is sent in this time before a cut is lost by it.
const UNDER_WAY: Duration = Duration::from_millis(30);

impl Cluster {
    fn start(director: Kind) -> Self {
        Self::with(director, "hold")
    }

    fn with(director: Kind, while_down: &str) -> Self {
        let director = Server::director(director);
        let proxies = director.addresses().map(Proxy::to);
        let bus = Bus::of(proxies.each_ref().map(Proxy::bus_address));
        let settings = [("bus.hold_publications_max", "100000"), ("bus.while_down", while_down)];
        let node = forwarder(&bus, &settings);
        let mut above = director.participant("above", &["news", WARM_UP]);
        let mut below = Participant::join(&node.url(), "below", &["news", WARM_UP]);
        let listeners = [
            director.participant("listener-above", &[WARM_UP]),
            Participant::join(&node.url(), "listener-below", &[WARM_UP]),
        ];
        warm_up(&mut [&mut above as &mut dyn Publish, &mut below], &listeners.each_ref());
        Self {
            director,
            proxies,
            node,
            above,
            below,
        }
    }

    /// Publishes at both ends while the link breaks and is mended; returns how many each has sent.
    fn publish_during(&mut self, fault: impl FnOnce(&[Proxy; 2], &mut Node, &mut Server)) -> [u64; 2] {
        let runs = steady::publish_during(&[&self.above, &self.below], "news", 0, |_| {
            thread::sleep(STEADY);
            fault(&self.proxies, &mut self.node, &mut self.director);
            thread::sleep(STEADY);
        });
        let sent = [runs[0].end(), runs[1].end()];
        for (speaker, sent) in [&self.above, &self.below].into_iter().zip(sent) {
            publish(speaker, "news", sent..sent + AFTER);
        }
        sent
    }

    /// Nothing that was published at the forwarder is lost or doubled; what was published above
    /// it while the link was broken is heard there once at most.
    fn judge(&self, title: &str, sent: [u64; 2]) {
        self.nothing_is_lost_above(title, sent);
        self.agree(sent);
    }

    fn nothing_is_lost_above(&self, title: &str, [from_above, from_below]: [u64; 2]) {
        let all = from_above + from_below + 2 * AFTER;
        settle(&[&self.above], "news", all as usize);
        let heard_below = || self.below.has_heard("news", "above", from_above + AFTER - 1);
        assert!(limits::holds_within(limits::ANSWER, heard_below));
        println!(
            "= {title}: above heard {} of {all}, below {}",
            self.above.heard("news").len(),
            self.below.heard("news").len()
        );
        let mut above = Checker::new("news");
        above.requires("above", 0..from_above + AFTER);
        above.requires("below", 0..from_below + AFTER);
        pass(above, "news", &[&self.above]);
    }

    /// What came while the link was broken came once, in the same order to both.
    fn agree(&self, sent: [u64; 2]) {
        pass(self.checker(sent), "news", &[&self.above, &self.below]);
    }

    /// What was published before the link was whole again may be lost.
    fn checker(&self, sent: [u64; 2]) -> Checker {
        let mut checker = Checker::new("news");
        for (speaker, sent) in [&self.above, &self.below].into_iter().zip(sent) {
            checker.permits(speaker.name(), 0..sent);
            checker.requires(speaker.name(), sent..sent + AFTER);
        }
        checker
    }
}

/// Cuts connections, with what was under way on them.
fn cut(proxies: &[Proxy]) {
    proxies.iter().for_each(Proxy::darken);
    thread::sleep(UNDER_WAY);
    proxies.iter().for_each(Proxy::cut);
    proxies.iter().for_each(Proxy::light);
}

#[test]
fn nothing_published_at_a_forwarder_is_lost_or_doubled_when_its_link_is_cut_again_and_again() {
    let mut cluster = Cluster::start(Kind::Ours);
    let sent = cluster.publish_during(|proxies, node, _| {
        for times in 1..=5 {
            cut(proxies);
            wait_for_lines(node.program(), "link up", 1 + times);
            thread::sleep(STEADY / 10);
        }
    });
    cluster.judge("cut five times", sent);
    assert_eq!(counter(cluster.node.program(), "link_downs"), 5);
}

#[test]
fn nothing_published_at_a_forwarder_is_lost_or_doubled_when_either_connection_is_cut() {
    for one in [0, 1] {
        let mut cluster = Cluster::start(Kind::Ours);
        let sent = cluster.publish_during(|proxies, node, _| {
            for times in 1..=3 {
                cut(&proxies[one..=one]);
                wait_for_lines(node.program(), "link up", 1 + times);
                thread::sleep(STEADY / 10);
            }
        });
        cluster.judge(["subscriber connection cut", "publisher connection cut"][one], sent);
    }
}

#[test]
fn nothing_published_at_a_forwarder_is_lost_or_doubled_when_its_link_is_dark_for_three_seconds() {
    let mut cluster = Cluster::start(Kind::Ours);
    let sent = cluster.publish_during(|proxies, node, _| {
        proxies.iter().for_each(Proxy::darken);
        thread::sleep(Duration::from_secs(3));
        proxies.iter().for_each(Proxy::light);
        wait_for_lines(node.program(), "link up", 2);
    });
    cluster.judge("dark for 3 s", sent);
    assert_eq!(counter(cluster.node.program(), "link_publications_dropped"), 0);
}

fn only_one_way_carries(dark: Way, title: &str) {
    let mut cluster = Cluster::start(Kind::Ours);
    let mut noticed_after = Duration::MAX;
    let sent = cluster.publish_during(|proxies, node, _| {
        proxies.iter().for_each(|proxy| proxy.darken_one(dark));
        let dark_at = Instant::now();
        wait_for_lines(node.program(), "link down", 1);
        noticed_after = dark_at.elapsed();
        thread::sleep(STEADY);
        proxies.iter().for_each(Proxy::light);
        wait_for_lines(node.program(), "link up", 2);
    });
    cluster.judge(title, sent);
    println!("= {title}: noticed after {noticed_after:?}");
    assert!(noticed_after < NOTICED_WITHIN, "{noticed_after:?}");
}

/// What is published arrives, and nobody says so: it must not be sent again.
#[test]
fn nothing_published_at_a_forwarder_is_lost_or_doubled_when_only_the_way_up_carries() {
    only_one_way_carries(Way::Down, "way down dark");
}

#[test]
fn nothing_published_at_a_forwarder_is_lost_or_doubled_when_only_the_way_down_carries() {
    only_one_way_carries(Way::Up, "way up dark");
}

/// It wakes with what was sent to it before the forwarder gave it up, and after.
#[test]
fn nothing_published_at_a_forwarder_is_lost_or_doubled_when_its_director_sleeps() {
    let mut cluster = Cluster::start(Kind::Ours);
    let sent = cluster.publish_during(|_, node, director| {
        director.program().signal("STOP");
        wait_for_lines(node.program(), "link down", 1);
        thread::sleep(STEADY);
        director.program().signal("CONT");
        wait_for_lines(node.program(), "link up", 2);
    });
    cluster.judge("director asleep", sent);
}

/// A break shorter than the time after which a link counts as dead delays, and loses nothing.
#[test]
fn nothing_at_all_is_lost_when_a_link_is_dark_for_a_moment() {
    let mut cluster = Cluster::start(Kind::Ours);
    let sent = cluster.publish_during(|proxies, _, _| {
        for _ in 0..3 {
            proxies.iter().for_each(Proxy::darken);
            thread::sleep(Duration::from_millis(400));
            proxies.iter().for_each(Proxy::light);
            thread::sleep(Duration::from_millis(200));
        }
    });
    let all = sent.iter().sum::<u64>() + 2 * AFTER;
    settle(&[&cluster.above, &cluster.below], "news", all as usize);
    let mut checker = Checker::new("news");
    checker.requires("above", 0..sent[0] + AFTER);
    checker.requires("below", 0..sent[1] + AFTER);
    pass(checker, "news", &[&cluster.above, &cluster.below]);
    assert_eq!(counter(cluster.node.program(), "link_downs"), 0);
}

/// The original acknowledges nothing: what was on its way is in doubt, and never sent twice.
#[test]
fn nothing_comes_twice_or_out_of_order_when_a_link_to_the_original_master_is_cut() {
    let mut cluster = Cluster::start(Kind::Original);
    let sent = cluster.publish_during(|proxies, node, _| {
        for times in 1..=3 {
            cut(proxies);
            wait_for_lines(node.program(), "link up", 1 + times);
            thread::sleep(STEADY / 10);
        }
    });
    let all_heard = || {
        [(&cluster.above, "below", sent[1]), (&cluster.below, "above", sent[0])]
            .iter()
            .all(|(listener, speaker, sent)| listener.has_heard("news", speaker, sent + AFTER - 1))
    };
    assert!(limits::holds_within(limits::ANSWER, all_heard));
    println!(
        "= original, cut three times: above heard {} of {}, below {}",
        cluster.above.heard("news").len(),
        sent.iter().sum::<u64>() + 2 * AFTER,
        cluster.below.heard("news").len()
    );
    cluster.agree(sent);
}

/// What is delivered here at once is heard elsewhere later; and what was on its way when the link
/// broke comes back after it. One order for all holds between nodes whose link is up.
#[test]
fn local_publications_are_neither_lost_nor_doubled_when_a_link_is_cut_again_and_again() {
    let mut cluster = Cluster::with(Kind::Ours, "local");
    let sent = cluster.publish_during(|proxies, node, _| {
        for times in 1..=5 {
            cut(proxies);
            wait_for_lines(node.program(), "link up", 1 + times);
            thread::sleep(STEADY / 10);
        }
    });
    cluster.nothing_is_lost_above("local, cut five times", sent);
    let mut below = cluster.checker(sent);
    below.heard("below", cluster.below.texts("news"));
    let verdict = below.verdict();
    let is_late = |finding: &Finding| matches!(finding, Finding::Swapped { mark, .. } if mark.publisher == "below");
    assert!(verdict.findings().iter().all(is_late), "{verdict}");
}
