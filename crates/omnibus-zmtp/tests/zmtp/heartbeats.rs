//! When is a peer dead?

use std::time::Duration;

use omnibus_zmtp::{Accepts, Config, Error, Heartbeat};

use crate::support::{End, Seen, message};

const PING_1_5_S: &[u8] = b"\x04\x07\x04PING\x00\x0f";
const PONG: &[u8] = b"\x04\x05\x04PONG";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Pings every 500 ms and is dead after 1.5 s, as links between nodes are.
fn hub_with(minor: u8, peer: &str) -> End {
    let mut config = Config::listener(Accepts::everyone());
    config.heartbeat = Heartbeat::every(ms(500), ms(1500));
    End::new(config, std::time::Instant::now()).readied(minor, peer)
}

#[test]
fn a_peer_of_3_1_is_pinged_at_the_interval() {
    let mut hub = hub_with(1, "SUB");
    assert_eq!(hub.connection.next_deadline(&hub.config), Some(hub.now + ms(500)));
    hub.advance(ms(499));
    hub.tick();
    assert_eq!(hub.sent(), b"");
    hub.advance(ms(1));
    hub.tick();
    assert_eq!(hub.sent(), PING_1_5_S);
    hub.feed(PONG);
    hub.tick();
    assert_eq!(hub.sent(), b"", "one PING an interval");
    hub.advance(ms(500));
    hub.tick();
    assert_eq!(hub.sent(), PING_1_5_S);
    assert_eq!(hub.seen(), []);
}

#[test]
fn a_peer_of_3_0_is_never_pinged_and_never_given_up() {
    let mut hub = hub_with(0, "SUB");
    assert_eq!(hub.connection.next_deadline(&hub.config), None);
    for _ in 0..100 {
        hub.advance(ms(500));
        hub.tick();
    }
    assert_eq!((hub.sent(), hub.error), (Vec::new(), None));
}

#[test]
fn a_silent_peer_is_dead_at_its_time_out() {
    let mut hub = hub_with(1, "SUB");
    for _ in 0..3 {
        hub.advance(ms(500));
        hub.tick();
    }
    assert_eq!(hub.sent(), PING_1_5_S.repeat(3));
    assert_eq!(hub.connection.next_deadline(&hub.config), Some(hub.now + ms(500)));
    hub.advance(ms(499));
    hub.tick();
    assert_eq!(hub.error, None);
    hub.advance(ms(1));
    hub.tick();
    let timeout = ms(1500);
    assert_eq!(hub.error, Some(Error::PeerSilent { timeout }));
}

#[test]
fn any_byte_is_a_sign_of_life() {
    let mut hub = hub_with(1, "PUB");
    let mut bytes = Vec::new();
    omnibus_zmtp::encode_message(&[&[b'x'; 40]], &mut bytes);
    // The first 41 of 42 bytes, one a second.
    for byte in &bytes[..41] {
        hub.advance(ms(500));
        hub.tick();
        hub.advance(ms(500));
        hub.tick();
        hub.feed(std::slice::from_ref(byte));
        assert_eq!(hub.error, None);
    }
    hub.feed(&bytes[41..]);
    assert_eq!(hub.seen(), [message(&[b'x'; 40])]);
}

#[test]
fn a_whole_message_is_a_sign_of_life() {
    let mut hub = hub_with(1, "PUB");
    for _ in 0..10 {
        hub.advance(ms(1000));
        hub.tick();
        hub.feed(b"\x00\x03a:1");
    }
    assert_eq!(hub.error, None);
    assert_eq!(hub.seen().len(), 10);
}

#[test]
fn a_peer_that_takes_what_was_sent_is_alive_and_asked_again_later() {
    let mut hub = hub_with(1, "SUB");
    for _ in 0..10 {
        hub.advance(ms(500));
        hub.tick();
        hub.connection.on_progress(hub.now);
    }
    assert_eq!(hub.error, None);
    hub.advance(ms(500));
    hub.tick();
    hub.advance(ms(1499));
    hub.tick();
    assert_eq!(hub.error, None);
    hub.advance(ms(1));
    hub.tick();
    assert!(matches!(hub.error, Some(Error::PeerSilent { .. })));
}

#[test]
fn a_peer_that_is_not_read_is_asked_and_not_called_silent() {
    let mut hub = hub_with(1, "SUB");
    let mut pings = 0;
    for _ in 0..10 {
        hub.advance(ms(500));
        hub.connection.on_unread();
        hub.tick();
        pings += usize::from(!hub.sent().is_empty());
    }
    assert_eq!((hub.error.as_ref(), pings), (None, 10));
    for _ in 0..3 {
        assert_eq!(hub.error, None);
        hub.advance(ms(500));
        hub.tick();
    }
    assert!(matches!(hub.error, Some(Error::PeerSilent { .. })));
}

#[test]
fn an_empty_read_is_no_sign_of_life() {
    let mut hub = hub_with(1, "PUB");
    for _ in 0..4 {
        hub.advance(ms(500));
        hub.tick();
        if hub.error.is_none() {
            hub.feed(b"");
        }
    }
    assert!(matches!(hub.error, Some(Error::PeerSilent { .. })));
}

#[test]
fn a_ping_is_answered_with_its_context_by_whoever_sends_none_itself() {
    let mut hub = End::hub_with(1, "SUB");
    hub.feed(b"\x04\x0a\x04PING\x00\x00abc");
    assert_eq!(hub.sent(), b"\x04\x08\x04PONGabc");
    hub.feed(b"\x04\x17\x04PING\x00\x000123456789abcdef");
    assert_eq!(hub.sent(), b"\x04\x15\x04PONG0123456789abcdef");
    assert_eq!(hub.connection.next_deadline(&hub.config), None);
    assert_eq!(hub.seen(), []);
}

#[test]
fn a_malformed_ping_is_refused() {
    for (bytes, ping) in [
        (1, &b"\x04\x06\x04PING\x00"[..]),
        (19, b"\x04\x18\x04PING\x00\x000123456789abcdefg"),
    ] {
        let mut hub = End::hub_with(1, "SUB");
        hub.feed(ping);
        assert_eq!(hub.error, Some(Error::BadPing { bytes }));
    }
}

#[test]
fn the_ttl_of_the_peer_is_honoured() {
    let mut hub = End::hub_with(1, "SUB");
    hub.feed(PING_1_5_S);
    let deadline = hub.now + ms(1500);
    assert_eq!(hub.connection.next_deadline(&hub.config), Some(deadline));
    hub.advance(ms(1499));
    hub.tick();
    assert_eq!(hub.error, None);
    hub.advance(ms(1));
    hub.tick();
    assert_eq!(hub.error, Some(Error::PeerTtlExpired { ttl: ms(1500) }));
}

#[test]
fn traffic_after_the_ping_lifts_its_ttl() {
    for pieces in [
        &[PING_1_5_S, b"\x00\x01\x01"][..],
        &[b"\x04\x07\x04PING\x00\x0f\x00\x01\x01"],
        &[PING_1_5_S, b"\x00"],
    ] {
        let mut hub = End::hub_with(1, "SUB");
        for piece in pieces {
            hub.feed(piece);
        }
        assert_eq!(hub.connection.next_deadline(&hub.config), None);
        hub.advance(ms(60_000));
        hub.tick();
        assert_eq!(hub.error, None);
    }
}

#[test]
fn a_ttl_is_sent_in_tenths_of_a_second_rounded_up() {
    for (ttl, tenths) in [
        (ms(0), [0, 0]),
        (ms(1), [0, 1]),
        (ms(100), [0, 1]),
        (ms(101), [0, 2]),
        (Duration::from_secs(100_000), [0xff, 0xff]),
    ] {
        let mut config = Config::listener(Accepts::everyone());
        config.heartbeat = Heartbeat {
            interval: Some(ms(10)),
            timeout: ms(10),
            ttl,
        };
        let mut hub = End::new(config, std::time::Instant::now()).readied(1, "SUB");
        hub.advance(ms(10));
        hub.tick();
        assert_eq!(&hub.sent()[7..], tenths);
    }
}

#[test]
fn two_idle_ends_keep_each_other_alive_for_an_hour_and_notice_when_the_way_is_cut() {
    let mut hub = hub_with(1, "SUB");
    let mut config = Config::connector(omnibus_zmtp::SocketType::Sub);
    config.heartbeat = Heartbeat::every(ms(700), ms(2100));
    let mut reader = End::new(config, hub.now).readied(1, "XPUB");
    let step = ms(100);
    for _ in 0..36_000 {
        for end in [&mut hub, &mut reader] {
            end.advance(step);
            end.tick();
        }
        reader.feed(&hub.sent());
        hub.feed(&reader.sent());
        assert_eq!((&hub.error, &reader.error), (&None, &None));
    }
    let cut = hub.now;
    let mut noticed = [None, None];
    for _ in 0..40 {
        for (end, noticed) in [&mut hub, &mut reader].into_iter().zip(&mut noticed) {
            end.advance(step);
            if end.error.is_none() {
                end.tick();
                if end.error.is_some() {
                    *noticed = Some(end.now - cut);
                }
            }
        }
    }
    // An interval until the next PING, and the time-out after it; or the TTL of the other's last.
    let [hub_noticed, reader_noticed] = noticed.map(|noticed| noticed.expect("both notice"));
    assert!(hub_noticed <= ms(2000), "{hub_noticed:?}");
    assert!(reader_noticed <= ms(2800), "{reader_noticed:?}");
    assert_eq!(hub.seen(), [] as [Seen; 0]);
}
