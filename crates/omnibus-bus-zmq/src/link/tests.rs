//! What does a link keep, and for how long?

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Sender, channel};

use omnibus_hub::{Context, Encodings, Overflow, Peer, Running, Standalone, Stream, start};

use super::*;
use crate::encoding::Legacy;

/// How long the tests wait for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A hub with one connection, which stands for both of a link's.
struct Desk {
    running: Running,
    peer: PeerId,
    _other_end: UnixStream,
}

/// Says where it lives.
struct Probe(Sender<PeerId>);

impl Peer for Probe {
    fn on_open(&mut self, context: &mut Context<'_>) {
        self.0.send(context.peer_id()).unwrap();
    }

    fn on_bytes(&mut self, input: &mut [u8], _context: &mut Context<'_>) -> usize {
        input.len()
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close { bytes_max: 1 }
    }
}

impl Desk {
    fn new() -> Self {
        let mut encodings = Encodings::default();
        let encoding = encodings.register(Legacy);
        let engine: Arc<dyn omnibus_hub::Engine> = Arc::new(Standalone);
        let running = start(
            omnibus_hub::Config::default(),
            encodings,
            &engine,
            Vec::new(),
            Vec::new(),
        )
        .unwrap();
        let (socket, other_end) = UnixStream::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        let socket = Stream::Unix(mio::net::UnixStream::from_std(socket));
        let (tell, told) = channel();
        assert!(running.hub().adopt_on_bus(socket, Box::new(Probe(tell)), encoding));
        Self {
            running,
            peer: told.recv_timeout(PATIENCE).unwrap(),
            _other_end: other_end,
        }
    }

    fn hub(&self) -> &Hub {
        self.running.hub()
    }

    fn link(&self, config: Config) -> Link {
        let link = Link::new(config, Node::this());
        link.attach(self.hub().clone());
        link
    }

    /// Brings the link up to a node of ours that has so much of this one; `meanwhile` both
    /// connections are ready, and the interest is not confirmed.
    fn bring_up(&self, link: &Link, accepted: Option<u64>, meanwhile: impl FnOnce()) -> u64 {
        let attempt = link.begin();
        let above = Some(Node::this());
        link.downlink_ready(attempt, self.peer, above);
        link.uplink_ready(attempt, self.peer, above, accepted);
        let batch = link.next_batch(attempt, true).unwrap();
        meanwhile();
        assert!(!link.figures().is_up);
        link.confirm(attempt, batch.serial);
        assert!(link.figures().is_up);
        attempt
    }

    fn publish(&self, link: &Link, count: usize) {
        for _ in 0..count {
            let publication = Arc::new(Publication::new(b"news:one".as_slice().into()));
            link.publish(self.hub(), publication, Source::Local).unwrap();
        }
    }
}

/// Takes all that waits, and returns the numbers of the first and the last.
fn take_all(link: &Link, attempt: u64) -> (u64, u64) {
    let mut sequences = Vec::new();
    link.take(attempt, usize::MAX, true, |sequence, _| sequences.push(sequence));
    (sequences[0], sequences[sequences.len() - 1])
}

fn waiting(link: &Link) -> usize {
    link.figures().waiting_publications
}

#[test]
fn topics_that_come_and_go_during_an_outage_leave_nothing_for_the_link_that_returns() {
    let link = Link::new(Config::default(), Node::this());
    for number in 0..10_000 {
        let distinct = format!("channel-{number}:");
        for topic in [&distinct, "one:"] {
            let topic = Topic::from_prefix(topic.as_bytes());
            assert_eq!(link.want(topic), Join::Now);
            link.unwant(topic);
        }
    }
    let mut state = link.lock();
    state.interests.begin();
    assert!(!state.interests.has_changes());
}

/// The default: 1,000 publications are held.
#[test]
fn what_was_taken_while_the_link_was_up_is_not_dropped_for_what_is_held() {
    let desk = Desk::new();
    let link = desk.link(Config::default());
    let attempt = desk.bring_up(&link, None, || ());
    desk.publish(&link, 1_500);
    assert_eq!(take_all(&link, attempt), (1, 1_500));
    desk.publish(&link, 1_500);
    link.fail(attempt, "as the test wants it");
    desk.publish(&link, 10);
    assert_eq!(waiting(&link), 3_010);

    let attempt = desk.bring_up(&link, Some(0), || desk.publish(&link, 1));
    assert_eq!(waiting(&link), 3_011);
    link.fail(attempt, "as the test wants it");
    desk.publish(&link, 1_007);
    assert_eq!(waiting(&link), 4_011, "no more than 1,000 are held");
    let attempt = desk.bring_up(&link, Some(0), || ());
    assert_eq!(take_all(&link, attempt), (1, 4_011));
    assert_eq!(desk.hub().counters().get(Counter::LinkHeldDropped), 7);
}

#[test]
fn a_link_that_comes_and_goes_does_not_add_up_what_is_held() {
    const BYTES: usize = b"news:one".len();
    let desk = Desk::new();
    let link = desk.link(Config {
        link_outbox_bytes_max: 1_500 * BYTES,
        while_down: WhileDown::Hold {
            publications_max: 1_000,
            bytes_max: 1_000 * BYTES,
        },
        ..Config::default()
    });
    for _ in 0..3 {
        desk.publish(&link, 1_000);
        let attempt = desk.bring_up(&link, Some(0), || ());
        link.fail(attempt, "as the test wants it");
    }
    assert_eq!(link.figures().waiting_bytes, 2_500 * BYTES);
}
