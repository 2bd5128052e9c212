//! What becomes of what was published at a forwarder that is asked to stop?

use omnibus_tests::checker::{self, Checker};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::participant::{Participant, Publish};
use omnibus_tests::proxy::Proxy;
use omnibus_tests::stream::{WARM_UP, fence, pass, settle, wait_for_lines, warm_up};
use socket2::{Domain, SockAddr, Socket, Type};

use crate::server::{Bus, Server, forwarder};

/// A director, a forwarder below it, and whoever publishes there.
struct Cluster {
    proxies: [Proxy; 2],
    node: Node,
    above: Participant,
    speaker: Participant,
    _director: Server,
}

/// Messages, and bytes of each: together much more than is on the way at any time.
const COUNT: u64 = 600;
const MORE_BYTES: usize = 40_000;

/// Bytes that the link carries in a second while they are published, and then.
const SLOW: u64 = 1_000_000;
const FAST: u64 = 12_000_000;

impl Cluster {
    fn start(grace: &str) -> Self {
        // Who listens may be slow: it is not what is tried here.
        let director = Server::Ours(Node::with(&[("client.outbox_bytes_max", "64 MiB")]));
        let proxies = director.addresses().map(Proxy::to);
        let bus = Bus::of(proxies.each_ref().map(Proxy::bus_address));
        let node = forwarder(&bus, &[("stop.grace", grace)]);
        let above = director.participant("above", &["news", WARM_UP]);
        let mut speaker = Participant::join(&node.url(), "speaker", &["news", WARM_UP]);
        warm_up(&mut [&mut speaker as &mut dyn Publish], &[&above]);
        Self {
            proxies,
            node,
            above,
            speaker,
            _director: director,
        }
    }

    /// Publishes, and returns when the forwarder has taken it all.
    fn publish(&self) {
        for number in 0..COUNT {
            let text = checker::long_text("news", self.speaker.name(), number, MORE_BYTES);
            assert!(self.speaker.send(&text));
        }
        fence(&self.speaker);
    }
}

#[test]
fn what_a_forwarder_has_taken_goes_up_before_it_stops() {
    let cluster = Cluster::start("60s");
    cluster.proxies[1].narrow(SLOW);
    cluster.publish();
    let Cluster {
        proxies: [_others, up],
        mut node,
        above,
        speaker,
        _director,
    } = cluster;
    // While clients are there, they are waited for.
    drop(speaker);
    let (up_bytes, _) = up.bytes();
    let all = COUNT * MORE_BYTES as u64;
    assert!(
        up_bytes < all / 2,
        "{up_bytes} of {all} bytes have gone up before the stop"
    );
    node.program().signal("TERM");
    up.narrow(FAST);
    assert_eq!(node.program().exit_code(limits::START), 0);
    settle(&[&above], "news", COUNT as usize);
    let mut checker = Checker::new("news");
    checker.requires("speaker", 0..COUNT);
    pass(checker, "news", &[&above]);
    let log = node.log();
    assert!(!log.contains("stopped before the node above had everything"), "{log}");
}

#[test]
fn what_can_not_go_up_before_the_grace_ends_is_counted() {
    let mut cluster = Cluster::start("500ms");
    cluster.proxies.iter().for_each(Proxy::darken);
    cluster.publish();
    assert_eq!(cluster.node.stop(), 0);
    wait_for_lines(
        cluster.node.program(),
        "stopped before the node above had everything",
        1,
    );
    let log = cluster.node.log();
    let counted = |key: &str| -> u64 {
        let mut words = log.split([' ', '"']).rev();
        words.find_map(|word| word.strip_prefix(key)?.parse().ok()).unwrap_or(0)
    };
    let (dropped, uncertain) = (
        counted("link_publications_dropped="),
        counted("link_publications_uncertain="),
    );
    assert!(dropped > 0 && uncertain > 0, "{log}");
    assert_eq!(dropped + uncertain, COUNT, "{log}");
}

/// Who listens with all places taken neither takes a connection nor refuses it.
#[test]
fn a_forwarder_that_hangs_in_connecting_stops_all_the_same() {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
    let path = folder.path().join("bus");
    let address = SockAddr::unix(&path).expect("the path is short");
    let socket = || Socket::new(Domain::UNIX, Type::STREAM, None).expect("a descriptor is left");
    let listener = socket();
    listener.bind(&address).expect("the folder is new");
    listener.listen(0).expect("it is bound");
    let mut waiting = Vec::new();
    loop {
        let client = socket();
        client.set_nonblocking(true).expect("a new socket takes options");
        if client.connect(&address).is_err() {
            break;
        }
        waiting.push(client);
        assert!(waiting.len() < 100, "the places are not bounded");
    }
    let bus = format!("ipc://{}", path.display());
    let mut node = forwarder(&Bus::of([bus.clone(), bus]), &[]);
    let hangs = limits::holds_within(limits::START, || node.process().is_asleep("connector"));
    assert!(hangs, "{}", node.log());
    assert_eq!(node.stop(), 0);
}
