//! Do two ends of this crate understand each other in every combination?

use std::time::Instant;

use omnibus_zmtp::{Accepts, Config, Error, SocketType};

use crate::support::{End, Seen, message};

const ALL: [SocketType; 4] = [SocketType::Pub, SocketType::Sub, SocketType::XPub, SocketType::XSub];

/// Where the minor version stands in a greeting.
const MINOR: usize = 11;

/// A listener and a connector, and what each believes of the other's version.
struct Pair {
    listener: End,
    connector: End,
    /// Overwrites the minor version in both greetings: the ends then speak as 3.0 peers would.
    minor: u8,
    piece: usize,
}

impl Pair {
    fn new(accepts: Accepts, connector: SocketType, minor: u8, piece: usize) -> Self {
        let now = Instant::now();
        let mut listener = End::new(Config::listener(accepts), now);
        let mut connector = End::new(Config::connector(connector), now);
        listener.out[MINOR] = minor;
        connector.out[MINOR] = minor;
        Self {
            listener,
            connector,
            minor,
            piece,
        }
    }

    /// Carries bytes to and fro until neither end has anything more to say.
    fn run(&mut self) {
        while !(self.listener.out.is_empty() && self.connector.out.is_empty()) {
            let (to_connector, to_listener) = (self.listener.sent(), self.connector.sent());
            for piece in to_connector.chunks(self.piece) {
                self.connector.feed(piece);
            }
            for piece in to_listener.chunks(self.piece) {
                self.listener.feed(piece);
            }
        }
    }
}

#[test]
fn every_pairing_of_types_and_versions_subscribes_and_publishes() {
    for (connector, listener) in ALL.into_iter().flat_map(|one| ALL.map(|other| (one, other))) {
        if !connector.talks_to(listener) {
            continue;
        }
        for (minor, piece) in [(0, 1), (1, 1), (0, 4096), (1, 4096), (9, 7)] {
            let accepts = Accepts {
                publishers_as: listener.is_subscriber().then_some(listener),
                subscribers_as: listener.is_publisher().then_some(listener),
            };
            let mut pair = Pair::new(accepts, connector, minor, piece);
            pair.run();
            assert_eq!(pair.listener.seen(), [Seen::Ready]);
            assert_eq!(pair.connector.seen(), [Seen::Ready]);
            let peer = pair.connector.connection.peer().unwrap();
            assert_eq!(peer.socket_type, listener);
            assert_eq!(peer.minor, pair.minor.min(1));
            converse(&mut pair, listener.is_publisher());
        }
    }
}

/// Sends subscriptions one way and messages the other.
fn converse(pair: &mut Pair, listener_publishes: bool) {
    let ends = (&mut pair.listener, &mut pair.connector);
    let (publisher, subscriber) = if listener_publishes { ends } else { (ends.1, ends.0) };
    let topics = [&b""[..], b"a:", &[b'x'; 300]];
    for topic in topics {
        subscriber.connection.encode_subscribe(topic, &mut subscriber.out);
        subscriber.connection.encode_cancel(topic, &mut subscriber.out);
    }
    for body in [&b""[..], b"a:1", &[b'y'; 70_000]] {
        omnibus_zmtp::encode_message(&[body], &mut publisher.out);
    }
    pair.run();
    let (publisher, subscriber) = if listener_publishes {
        (&mut pair.listener, &mut pair.connector)
    } else {
        (&mut pair.connector, &mut pair.listener)
    };
    let expected: Vec<_> = topics
        .iter()
        .flat_map(|topic| [Seen::Subscribe(topic.to_vec()), Seen::Cancel(topic.to_vec())])
        .collect();
    assert_eq!(publisher.seen(), expected);
    assert_eq!(
        subscriber.seen(),
        [message(b""), message(b"a:1"), message(&[b'y'; 70_000])]
    );
}

#[test]
fn a_connector_learns_why_a_listener_refused_it() {
    for minor in [0, 1] {
        let mut pair = Pair::new(Accepts::publishers(), SocketType::Sub, minor, 4096);
        pair.run();
        assert!(matches!(pair.listener.error, Some(Error::WrongSocketType { .. })));
        let Some(Error::Peer { reason }) = &pair.connector.error else {
            panic!("{:?}", pair.connector.error);
        };
        assert!(
            reason.starts_with("the_peer_is_a_SUB_socket,_accepted_here_is_PUB_or_XPUB"),
            "{reason}"
        );
    }
}

#[test]
fn two_listeners_wait_for_each_other_until_their_deadline() {
    let mut one = End::hub();
    let mut other = End::hub();
    one.feed(&other.sent());
    other.feed(&one.sent());
    assert_eq!((one.seen(), other.seen()), (Vec::new(), Vec::new()));
    one.advance(one.config.limits.handshake_time_max);
    one.tick();
    assert!(matches!(one.error, Some(Error::HandshakeTimeout { .. })));
}
