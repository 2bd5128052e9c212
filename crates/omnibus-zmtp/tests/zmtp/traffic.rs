//! What do messages and commands become after READY?

use omnibus_zmtp::{Error, Event};

use crate::support::{End, Seen, message};

#[test]
fn both_forms_of_subscription_are_read_from_3_0_and_3_1_peers() {
    for peer in ["SUB", "XSUB"] {
        for minor in [0, 1] {
            let mut hub = End::hub_with(minor, peer);
            hub.feed(b"\x00\x03\x01a:");
            hub.feed(b"\x04\x0c\x09SUBSCRIBEb:");
            hub.feed(b"\x00\x03\x00a:");
            hub.feed(b"\x04\x09\x06CANCELb:");
            hub.feed(b"\x00\x01\x01");
            hub.feed(b"\x04\x0a\x09SUBSCRIBE");
            assert_eq!(
                hub.seen(),
                [
                    Seen::Subscribe(b"a:".to_vec()),
                    Seen::Subscribe(b"b:".to_vec()),
                    Seen::Cancel(b"a:".to_vec()),
                    Seen::Cancel(b"b:".to_vec()),
                    Seen::Subscribe(Vec::new()),
                    Seen::Subscribe(Vec::new()),
                ]
            );
        }
    }
}

#[test]
fn a_subscriber_is_subscribed_to_in_the_form_that_its_version_knows() {
    for (minor, subscribe, cancel) in [
        (0, &b"\x00\x03\x01a:"[..], &b"\x00\x03\x00a:"[..]),
        (1, b"\x04\x0c\x09SUBSCRIBEa:", b"\x04\x09\x06CANCELa:"),
    ] {
        let hub = End::hub_with(minor, "PUB");
        let mut out = Vec::new();
        hub.connection.encode_subscribe(b"a:", &mut out);
        assert_eq!(out, subscribe);
        out.clear();
        hub.connection.encode_cancel(b"a:", &mut out);
        assert_eq!(out, cancel);
    }
}

#[test]
fn what_begins_like_a_subscription_is_a_message_when_a_publisher_sends_it() {
    let mut hub = End::hub_with(1, "PUB");
    hub.feed(b"\x00\x02\x01a\x00\x02\x00b\x00\x00");
    assert_eq!(hub.seen(), [message(b"\x01a"), message(b"\x00b"), message(b"")]);
}

#[test]
fn what_is_no_subscription_is_a_message_when_a_subscriber_sends_it() {
    let mut hub = End::hub_with(1, "XSUB");
    hub.feed(b"\x00\x02\x02a\x00\x00");
    assert_eq!(hub.seen(), [message(b"\x02a"), message(b"")]);
}

#[test]
fn a_publisher_that_subscribes_is_refused() {
    for command in [&b"\x04\x0a\x09SUBSCRIBE"[..], b"\x04\x07\x06CANCEL"] {
        let mut hub = End::hub_with(1, "PUB");
        hub.feed(command);
        assert!(matches!(
            hub.error,
            Some(Error::UnexpectedCommand {
                place: "from a publisher",
                ..
            })
        ));
    }
}

#[test]
fn only_the_first_frame_is_shown_and_all_are_counted() {
    let mut hub = End::hub_with(1, "PUB");
    let bytes = b"\x01\x03a:1\x01\x02xx\x00\x01y\x00\x03b:2";
    for piece in [bytes.len(), 1, 3] {
        for piece in bytes.chunks(piece) {
            hub.feed(piece);
        }
        assert_eq!(
            hub.seen(),
            [
                Seen::Message {
                    frames: vec![b"a:1".to_vec()],
                    count: 3
                },
                message(b"b:2")
            ]
        );
    }
}

#[test]
fn two_frames_are_shown_once_they_are_asked_for() {
    let mut hub = End::hub();
    hub.keep = 2;
    let mut hub = hub.readied(1, "PUB");
    let bytes = b"\x01\x04head\x00\x04body\x01\x01h\x01\x01b\x00\x01x\x00\x01s";
    for piece in [bytes.len(), 1, 5] {
        for piece in bytes.chunks(piece) {
            hub.feed(piece);
        }
        let seen = |frames: &[&[u8]], count| Seen::Message {
            frames: frames.iter().map(|frame| frame.to_vec()).collect(),
            count,
        };
        assert_eq!(
            hub.seen(),
            [seen(&[b"head", b"body"], 2), seen(&[b"h", b"b"], 3), seen(&[b"s"], 1)]
        );
    }
}

#[test]
fn commands_between_the_frames_of_a_message_do_not_harm_it() {
    // libzmq sends its PING when the timer fires, even within a message of several frames.
    let mut hub = End::hub_with(1, "PUB");
    let bytes = b"\x01\x03a:1\x04\x07\x04PING\0\0\x01\x01x\x04\x08\x06WANTEDa\x00\x01y";
    for piece in [bytes.len(), 1, 4, 9] {
        for piece in bytes.chunks(piece) {
            hub.feed(piece);
        }
        assert_eq!(
            hub.seen(),
            [
                Seen::Command(b"WANTED".to_vec(), b"a".to_vec()),
                Seen::Message {
                    frames: vec![b"a:1".to_vec()],
                    count: 3
                }
            ]
        );
        assert_eq!(hub.sent(), b"\x04\x05\x04PONG");
    }
}

#[test]
fn commands_of_the_layer_above_are_handed_up() {
    let mut hub = End::hub_with(1, "SUB");
    let mut bytes = Vec::new();
    omnibus_zmtp::encode_command(b"INTEREST", b"a\0b", &mut bytes);
    omnibus_zmtp::encode_command(b"JOINED", b"", &mut bytes);
    hub.feed(&bytes);
    assert_eq!(
        hub.seen(),
        [
            Seen::Command(b"INTEREST".to_vec(), b"a\0b".to_vec()),
            Seen::Command(b"JOINED".to_vec(), Vec::new())
        ]
    );
}

#[test]
fn a_command_without_a_name_is_refused() {
    let mut hub = End::hub_with(1, "SUB");
    hub.feed(b"\x04\x02\x05A");
    assert_eq!(hub.error, Some(Error::BadCommandName { bytes: 2 }));
}

#[test]
fn an_error_after_ready_is_the_peers_reason() {
    let mut hub = End::hub_with(1, "SUB");
    hub.feed(b"\x04\x0b\x05ERROR\x04busy");
    let reason = "busy".to_owned();
    assert_eq!(hub.error, Some(Error::Peer { reason }));
}

#[test]
fn a_whole_message_is_borrowed_from_the_input() {
    let mut hub = End::hub_with(1, "PUB");
    let input = b"\x00\x03a:1".to_vec();
    let decoded = hub.connection.decode(&hub.config, &input, hub.now, &mut hub.out);
    let Ok(Some(Event::Message(message))) = decoded.event else {
        panic!("{decoded:?}");
    };
    assert_eq!(message.first().as_ptr(), input[2..].as_ptr());
}
