//! Does it matter how TCP cuts the stream, or what a stranger sends?

use proptest::collection::vec;
use proptest::prelude::*;

use omnibus_zmtp::{Accepts, Config, Error, Limits, SocketType};

use crate::support::{End, Seen, greeting, opening};

/// One thing that a peer sends.
#[derive(Debug, Clone)]
enum Sent {
    Message(Vec<Vec<u8>>),
    Command(&'static [u8], Vec<u8>),
    /// A message of two frames with a command between them.
    Interrupted(Vec<u8>, &'static [u8], Vec<u8>),
    Raw(Vec<u8>),
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..20),
        1 => vec(any::<u8>(), 250..260),
        1 => vec(any::<u8>(), 0..700),
        1 => vec(0..3_u8, 0..5),
    ]
}

fn name() -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![
        Just(&b"SUBSCRIBE"[..]),
        Just(&b"CANCEL"[..]),
        Just(&b"INTEREST"[..]),
        Just(&b"PONG"[..]),
        Just(&b"PING"[..]),
        Just(&b"READY"[..]),
        Just(&b"ERROR"[..]),
    ]
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        6 => vec(body(), 1..5).prop_map(Sent::Message),
        2 => (name(), body()).prop_map(|(name, body)| Sent::Command(name, body)),
        2 => vec(any::<u8>(), 2..18).prop_map(|data| Sent::Command(b"PING", data)),
        2 => (body(), name(), body())
            .prop_map(|(first, name, last)| Sent::Interrupted(first, name, last)),
        1 => vec(any::<u8>(), 1..12).prop_map(Sent::Raw),
    ]
}

fn encode(sent: &[Sent], out: &mut Vec<u8>) {
    for sent in sent {
        match sent {
            Sent::Message(frames) => {
                let frames: Vec<_> = frames.iter().map(Vec::as_slice).collect();
                omnibus_zmtp::encode_message(&frames, out);
            }
            Sent::Command(name, data) => omnibus_zmtp::encode_command(name, data, out),
            Sent::Interrupted(first, name, last) => {
                let kind = omnibus_zmtp::FrameKind::More;
                omnibus_zmtp::encode_frame_header(kind, first.len(), out);
                out.extend_from_slice(first);
                omnibus_zmtp::encode_command(name, b"\0\0", out);
                omnibus_zmtp::encode_message(&[last], out);
            }
            Sent::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }
}

fn peer() -> impl Strategy<Value = (u8, &'static str, u32)> {
    let socket_type = prop_oneof![Just("SUB"), Just("XSUB"), Just("PUB"), Just("XPUB")];
    (0..2_u8, socket_type, 1..4_u32)
}

/// A hub with bounds that the generated streams reach now and then.
fn hub(keep: u32) -> End {
    let mut config = Config::listener(Accepts::everyone());
    config.limits = Limits {
        message_bytes_max: 1200,
        message_frames_max: 4,
        topic_bytes_max: 300,
        command_bytes_max: 600,
        ..Limits::default()
    };
    let mut hub = End::new(config, std::time::Instant::now());
    hub.keep = keep;
    hub
}

/// What came of a stream: events, bytes to send, error, bytes held, next deadline.
type Outcome = (Vec<Seen>, Vec<u8>, Option<Error>, usize, Option<std::time::Duration>);

fn outcome<'a>(mut end: End, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    for piece in pieces {
        end.feed(piece);
    }
    end.feed(b"");
    let held_bytes = end.connection.held_bytes();
    let deadline = end.connection.next_deadline(&end.config);
    let deadline = deadline.map(|deadline| deadline - end.now);
    (end.seen, end.out, end.error, held_bytes, deadline)
}

fn cut<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    at.push(0);
    at.push(stream.len());
    at.sort_unstable();
    at.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_stream_means_the_same_however_it_is_cut(
        (minor, socket_type, keep) in peer(),
        sent in vec(sent(), 0..8),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut stream = opening(minor, socket_type);
        encode(&sent, &mut stream);
        let whole = outcome(hub(keep), [&stream[..]]);
        prop_assert_eq!(&outcome(hub(keep), stream.chunks(1)), &whole);
        prop_assert_eq!(&outcome(hub(keep), cut(&stream, &cuts)), &whole);
    }

    #[test]
    fn a_damaged_stream_fails_the_same_however_it_is_cut(
        (minor, socket_type, keep) in peer(),
        sent in vec(sent(), 0..5),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut stream = opening(minor, socket_type);
        encode(&sent, &mut stream);
        let at = at.index(stream.len());
        stream[at] = byte;
        let whole = outcome(hub(keep), [&stream[..]]);
        prop_assert_eq!(&outcome(hub(keep), stream.chunks(1)), &whole);
        prop_assert_eq!(&outcome(hub(keep), cut(&stream, &cuts)), &whole);
    }

    #[test]
    fn whole_messages_of_a_publisher_arrive_as_they_were_sent(
        minor in 0..2_u8,
        sent in vec(vec(vec(any::<u8>(), 0..300), 1..5), 0..10),
        piece in 1..500_usize,
    ) {
        let mut stream = opening(minor, "PUB");
        for frames in &sent {
            let frames: Vec<_> = frames.iter().map(Vec::as_slice).collect();
            omnibus_zmtp::encode_message(&frames, &mut stream);
        }
        let mut end = End::hub();
        end.keep = 2;
        for piece in stream.chunks(piece) {
            end.feed(piece);
        }
        prop_assert_eq!(&end.error, &None);
        let expected: Vec<_> = sent
            .iter()
            .map(|frames| Seen::Message {
                frames: frames.iter().take(2).cloned().collect(),
                count: frames.len() as u32,
            })
            .collect();
        prop_assert_eq!(&end.seen[1..], &expected[..]);
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in vec(any::<u8>(), 0..300),
        stage in 0..3_usize,
        piece in 1..100_usize,
        connects in any::<bool>(),
    ) {
        let mut end = if connects {
            End::connector(SocketType::Sub)
        } else {
            End::hub()
        };
        let prelude = [Vec::new(), greeting(1), opening(1, "PUB")];
        end.feed(&prelude[stage]);
        for piece in bytes.chunks(piece) {
            end.feed(piece);
            end.advance(std::time::Duration::from_millis(100));
            end.tick();
        }
        prop_assert!(end.connection.held_bytes() <= bytes.len() + 9);
    }
}

#[test]
fn a_recorded_conversation_means_the_same_when_cut_at_any_two_places() {
    let mut stream = opening(1, "XSUB");
    stream.extend_from_slice(
        b"\x04\x0c\x09SUBSCRIBEa:\x00\x03\x01b:\x04\x09\x04PING\x00\x05xy\x01\x02\x02m\x04\x06\x05OTHER\x01\x00\x00\x02zz\x04\x08\x06CANCELc",
    );
    let whole = outcome(hub(2), [&stream[..]]);
    assert_eq!(whole.0.len(), 6);
    for first in 64..stream.len() {
        for second in first..=stream.len() {
            let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
            assert_eq!(outcome(hub(2), pieces), whole, "cut at {first} and {second}");
        }
    }
}
