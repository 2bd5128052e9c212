//! What becomes of all that comes from below while the way up is narrow?

use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::checker::{self, Checker};
use omnibus_tests::counters::counter;
use omnibus_tests::http::Http;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::participant::{Participant, Publish};
use omnibus_tests::port::Port;
use omnibus_tests::proxy::Proxy;
use omnibus_tests::publisher::Publisher;
use omnibus_tests::stream::{WARM_UP, pass, settle, warm_up};

use crate::server::{Bus, Server, forwarder};

/// Messages, and bytes of each: together three times what may wait.
const COUNT: u64 = 600;
const MORE_BYTES: usize = 40_000;

/// What may wait in the middle.
const WAITING_BYTES_MAX: u64 = 8 << 20;

/// Bytes that the link carries in a second, at first and then.
const SLOW: u64 = 1_000_000;
const FAST: u64 = 12_000_000;

/// Bytes that go up before it becomes faster.
const SLOW_BYTES: u64 = 3_000_000;

/// A director, and a forwarder below it whose way up is narrow.
struct Cluster {
    up: Proxy,
    _down: Proxy,
    middle: Node,
    metrics: Port,
    above: Participant,
    _director: Server,
}

impl Cluster {
    fn start() -> Self {
        // Who listens may be slow: it is not what is tried here.
        let director = Server::Ours(Node::with(&[("client.outbox_bytes_max", "64 MiB")]));
        let [down, up] = director.addresses().map(Proxy::to);
        let metrics = Port::free();
        let bus = Bus::of([&down, &up].map(Proxy::bus_address));
        let settings = [
            ("bus.message_bytes_max", (1 << 20).to_string()),
            ("bus.link_outbox_bytes_max", WAITING_BYTES_MAX.to_string()),
            ("api.listen", metrics.address().to_string()),
        ];
        Self {
            up,
            _down: down,
            middle: forwarder(&bus, &settings.each_ref().map(|(key, value)| (*key, value.as_str()))),
            metrics,
            above: director.participant("above", &["news", WARM_UP]),
            _director: director,
        }
    }

    /// Watches the middle until all has gone up; returns the most that waited there.
    fn watch(&self) -> u64 {
        let (before, _) = self.up.bytes();
        let mut most = 0;
        let deadline = Instant::now() + limits::START;
        while !self.above.has_heard("news", "speaker", COUNT - 1) {
            assert!(
                Instant::now() < deadline,
                "{} are heard",
                self.above.heard("news").len()
            );
            if self.up.bytes().0 > before + SLOW_BYTES {
                self.up.narrow(FAST);
            }
            most = most.max(self.waiting_bytes());
            thread::sleep(Duration::from_millis(10));
        }
        most
    }

    fn waiting_bytes(&self) -> u64 {
        let answer = Http::connect(self.metrics.address()).ask("GET /metrics", &[], "");
        let line = answer
            .body
            .lines()
            .find_map(|line| line.strip_prefix("omnibus_link_waiting_bytes "));
        let (whole, _) = line
            .and_then(|line| line.split_once('.'))
            .expect("a forwarder has a link");
        whole.parse().expect("it is a number")
    }

    fn judge(&mut self, most: u64) {
        println!("= {most} bytes waited at most");
        assert!(most > WAITING_BYTES_MAX / 4, "{most}: it was never narrow");
        assert!(most < WAITING_BYTES_MAX, "{most}");
        settle(&[&self.above], "news", COUNT as usize);
        let mut checker = Checker::new("news");
        checker.requires("speaker", 0..COUNT);
        pass(checker, "news", &[&self.above]);
        for key in ["publications_refused_overloaded", "link_downs"] {
            assert_eq!(counter(self.middle.program(), key), 0, "{key}");
        }
    }
}

fn text(number: u64) -> String {
    checker::long_text("news", "speaker", number, MORE_BYTES)
}

#[test]
fn a_node_below_is_not_read_while_much_waits_to_go_up_and_all_arrives_once() {
    let mut cluster = Cluster::start();
    let [subscribers, publishers] = [cluster.middle.subscriber_address(), cluster.middle.publisher_address()];
    let bus = Bus::of([subscribers, publishers].map(|address| format!("tcp://{address}")));
    let mut lower = forwarder(&bus, &[("client.outbox_bytes_max", "64 MiB")]);
    let mut speaker = Participant::join(&lower.url(), "speaker", &["news", WARM_UP]);
    warm_up(&mut [&mut speaker as &mut dyn Publish], &[&cluster.above]);
    cluster.up.narrow(SLOW);
    for number in 0..COUNT {
        assert!(speaker.send(&text(number)));
    }
    let most = cluster.watch();
    cluster.judge(most);
    for key in ["link_downs", "link_publications_uncertain"] {
        assert_eq!(counter(lower.program(), key), 0, "{key}");
    }
}

#[test]
fn a_publisher_is_not_read_while_much_waits_to_go_up_and_all_arrives_once() {
    let mut cluster = Cluster::start();
    let mut publisher = Publisher::connect(cluster.middle.publisher_address());
    cluster.middle.wait_for_log("link up", limits::START);
    cluster.up.narrow(SLOW);
    let most = thread::scope(|scope| {
        scope.spawn(|| (0..COUNT).for_each(|number| publisher.publish(text(number).as_bytes())));
        cluster.watch()
    });
    cluster.judge(most);
}
