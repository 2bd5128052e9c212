//! Who gets as far as READY, and what is everyone else told?

use omnibus_zmtp::{Accepts, Config, Error, SocketType};

use crate::support::{End, Seen, greeting, opening, ready};

#[test]
fn a_libzmq_subscriber_is_answered_as_xpub_after_its_ready() {
    let mut hub = End::hub();
    assert_eq!(hub.sent(), greeting(1));
    hub.feed(&greeting(1));
    assert_eq!(hub.sent(), b"", "our type depends on the peer's");
    hub.feed(b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB");
    assert_eq!(hub.sent(), b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04XPUB");
    assert_eq!(hub.seen(), [Seen::Ready]);
    let peer = hub.connection.peer().unwrap();
    assert_eq!((peer.minor, peer.socket_type), (1, SocketType::Sub));
    assert_eq!(hub.connection.socket_type(), Some(SocketType::XPub));
}

#[test]
fn one_port_serves_publishers_and_subscribers() {
    for (peer, ours) in [
        ("PUB", SocketType::Sub),
        ("XPUB", SocketType::Sub),
        ("SUB", SocketType::XPub),
        ("XSUB", SocketType::XPub),
    ] {
        for minor in [0, 1] {
            let hub = End::hub_with(minor, peer);
            assert_eq!(hub.connection.socket_type(), Some(ours), "{peer}");
            assert_eq!(hub.connection.peer().map(|peer| peer.minor), Some(minor));
        }
    }
}

#[test]
fn a_connector_sends_ready_as_soon_as_it_has_the_greeting() {
    let mut reader = End::connector(SocketType::Sub);
    reader.sent();
    reader.feed(&greeting(0)[..63]);
    assert_eq!(reader.sent(), b"");
    reader.feed(&greeting(0)[63..]);
    assert_eq!(reader.sent(), ready("SUB"));
    reader.feed(&ready("PUB"));
    assert_eq!(reader.seen(), [Seen::Ready]);
    assert_eq!(reader.sent(), b"");
}

#[test]
fn a_peer_that_withholds_its_greeting_until_it_has_seen_ours_gets_through() {
    let mut hub = End::hub();
    // libzmq: the signature, then the major version, then the rest.
    let bytes = opening(1, "SUB");
    for piece in [&bytes[..10], &bytes[10..11], &bytes[11..64], &bytes[64..]] {
        hub.feed(piece);
    }
    assert_eq!(hub.seen(), [Seen::Ready]);
}

#[test]
fn our_properties_reach_the_peer_and_theirs_reach_us() {
    let mut config = Config::connector(SocketType::Sub);
    config.properties.push(("X-Omnibus-Node".into(), b"seven".to_vec()));
    let mut reader = End::new(config, std::time::Instant::now());
    reader.feed(&greeting(1));
    let mut hub = End::hub();
    hub.feed(&reader.sent());
    let peer = hub.connection.peer().unwrap();
    assert_eq!(peer.property("x-omnibus-node"), Some(&b"seven"[..]));
    assert_eq!(peer.properties.len(), 1);
}

#[test]
fn a_socket_of_another_pattern_is_told_why_and_refused() {
    for socket_type in ["REQ", "DEALER", "PUSH", "sub", ""] {
        let mut hub = End::hub();
        hub.sent();
        hub.feed(&opening(1, socket_type));
        assert_eq!(
            hub.error,
            Some(Error::WrongSocketType {
                peer: socket_type.into(),
                accepted: "PUB, XPUB, SUB or XSUB"
            })
        );
        let told = hub.sent();
        let reason = format!("the_peer_is_a_{socket_type}_socket,_accepted_here_is_PUB,");
        assert_eq!(&told[2..8], b"\x05ERROR");
        assert!(told[9..].starts_with(reason.as_bytes()), "{told:?}");
        assert_eq!(hub.connection.peer(), None);
    }
}

#[test]
fn a_port_for_one_role_refuses_the_other() {
    let now = std::time::Instant::now();
    for (accepts, peer, accepted) in [
        (Accepts::publishers(), "SUB", "PUB or XPUB"),
        (Accepts::subscribers(), "XPUB", "SUB or XSUB"),
    ] {
        let mut hub = End::new(Config::listener(accepts), now);
        hub.feed(&opening(1, peer));
        let peer = peer.to_owned();
        assert_eq!(hub.error, Some(Error::WrongSocketType { peer, accepted }));
    }
}

#[test]
fn a_connector_refuses_a_peer_that_it_cannot_talk_to() {
    let mut reader = End::connector(SocketType::XSub);
    reader.feed(&opening(1, "SUB"));
    let (peer, accepted) = ("SUB".to_owned(), "PUB or XPUB");
    assert_eq!(reader.error, Some(Error::WrongSocketType { peer, accepted }));
}

#[test]
fn a_ready_without_socket_type_is_refused() {
    let mut hub = End::hub();
    hub.feed(&greeting(1));
    hub.feed(b"\x04\x06\x05READY");
    let accepted = "PUB, XPUB, SUB or XSUB";
    assert_eq!(hub.error, Some(Error::NoSocketType { accepted }));
}

#[test]
fn a_peer_that_refuses_us_is_quoted_and_not_answered() {
    let mut reader = End::connector(SocketType::Sub);
    reader.feed(&greeting(1));
    reader.sent();
    reader.feed(b"\x04\x0d\x05ERROR\x06no\x1b[0m");
    let reason = "no\\x1b[0m".to_owned();
    assert_eq!(reader.error, Some(Error::Peer { reason }));
    assert_eq!(reader.sent(), b"");
}

#[test]
fn nothing_but_ready_is_understood_before_ready() {
    let unexpected = |name: &str| Error::UnexpectedCommand {
        name: name.into(),
        place: "before READY",
    };
    for (bytes, error) in [
        (&b"\x04\x07\x04PING\0\0"[..], unexpected("PING")),
        (b"\x04\x0a\x09SUBSCRIBE", unexpected("SUBSCRIBE")),
        (b"\x04\x06\x05HELLO", unexpected("HELLO")),
        (b"\x00\x01\x01", Error::MessageBeforeReady),
        (b"\x01\x00", Error::MessageBeforeReady),
        (b"\x04\x00", Error::BadCommandName { bytes: 0 }),
        (b"\x05\x06", Error::BadFlags { flags: 5 }),
        (b"\x07", Error::BadFlags { flags: 7 }),
        (b"\x80", Error::BadFlags { flags: 0x80 }),
    ] {
        let mut hub = End::hub();
        hub.feed(&greeting(1));
        hub.sent();
        hub.feed(bytes);
        assert_eq!(hub.error, Some(error));
        assert_eq!(&hub.sent()[2..8], b"\x05ERROR");
    }
}

#[test]
fn a_greeting_of_another_kind_is_refused_and_not_answered() {
    let mut other_mechanism = greeting(1);
    other_mechanism[12..17].copy_from_slice(b"CURVE");
    let mut as_server = greeting(1);
    as_server[32] = 1;
    for bytes in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"\x01\x00".to_vec(),
        b"\xff\0\0\0\0\0\0\0\x01\x7f\x01\x02".to_vec(),
        other_mechanism,
        as_server,
    ] {
        let mut hub = End::hub();
        hub.sent();
        hub.feed(&bytes);
        assert!(hub.error.is_some(), "{bytes:?}");
        assert_eq!(hub.sent(), b"");
    }
}

#[test]
fn a_failed_connection_stays_failed() {
    let mut hub = End::hub();
    hub.feed(b"GET / HTTP/1.1\r\n\r\n");
    hub.error = None;
    hub.feed(&opening(1, "SUB"));
    assert_eq!(hub.error, Some(Error::Closed));
    assert_eq!(hub.connection.next_deadline(&hub.config), None);
    hub.error = None;
    hub.tick();
    assert_eq!(hub.error, None);
}

#[test]
fn a_second_ready_is_refused() {
    for peer in ["SUB", "PUB"] {
        let mut hub = End::hub_with(1, peer);
        hub.feed(&ready(peer));
        assert_eq!(
            hub.error,
            Some(Error::UnexpectedCommand {
                name: "READY".into(),
                place: "after READY"
            })
        );
    }
}

#[test]
fn an_idle_connection_is_small() {
    assert!(
        size_of::<omnibus_zmtp::Connection>() <= 256,
        "{}",
        size_of::<omnibus_zmtp::Connection>()
    );
}
