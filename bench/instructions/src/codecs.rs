//! What do the codecs and the words of the protocol cost? Each path is pure: bytes in, bytes out.

use std::hint::black_box;
use std::io;
use std::time::Instant;

use omnibus_protocol::{BodyPolicy, ChannelName, ClientText, Identifier, check_client_frame};
use omnibus_websocket::{Decoder, Event, Limits};
use omnibus_zmtp::{Accepts, Config, Connection, SocketType, encode_message};

/// Frames or messages that lie one behind the other in the input, as after a burst.
const BURST: u64 = 16;

/// Bytes of a message behind its channel.
const BODY_BYTES: usize = 128;

const CLIENT: &str = "publisher";

/// The mask of all frames. It keeps ASCII within ASCII, so that a frame that was unmasked in place
/// is a frame again: with another text, which is the first one's at the next turn.
const MASK: [u8; 4] = [0x11, 0x02, 0x07, 0x05];

/// Reads client frames of 128 bytes of text; returns how many.
pub(crate) fn websocket_frame(bursts: u64) -> io::Result<u64> {
    let text = [b'x'; BODY_BYTES];
    let mut input = Vec::new();
    for _ in 0..BURST {
        // Text in one frame, masked; a length of 16 bits, which is needed from 126 on.
        input.extend_from_slice(&[0x81, 0x80 | 126, 0, BODY_BYTES as u8]);
        input.extend_from_slice(&MASK);
        input.extend(text.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    }
    let (mut decoder, limits, now) = (Decoder::new(), Limits::default(), Instant::now());
    let mut frames = 0;
    for _ in 0..bursts {
        let mut at = 0;
        loop {
            let decoded = decoder.decode(&mut input[at..], &limits, now);
            at += decoded.consumed;
            match decoded.event.map_err(io::Error::other)? {
                Some(Event::Text(text)) => frames += u64::from(black_box(text).len() == BODY_BYTES),
                Some(_) => return Err(io::Error::other("a frame of text was read as another")),
                None => break,
            }
        }
    }
    assert_eq!(frames, bursts * BURST, "every frame is read, and whole");
    Ok(frames)
}

/// Takes clients' messages apart and checks them, as a session does before it publishes.
pub(crate) fn client_message(count: u64) -> io::Result<u64> {
    let text = message();
    let identifier = Identifier::parse(CLIENT).map_err(io::Error::other)?;
    for _ in 0..count {
        let ClientText::Message { channel, .. } = ClientText::split(black_box(&text)) else {
            return Err(io::Error::other("a message was read as something else"));
        };
        let channel = ChannelName::parse(channel).map_err(io::Error::other)?;
        let body_at = channel.as_str().len() + 1;
        let frame = check_client_frame(text.as_bytes(), body_at, identifier, BodyPolicy::default());
        black_box(frame.map_err(io::Error::other)?);
    }
    Ok(count)
}

/// Reads messages of a publisher and writes them for subscribers; returns how many.
pub(crate) fn zmtp_relay(bursts: u64) -> io::Result<u64> {
    let now = Instant::now();
    let hub = Config::listener(Accepts::everyone());
    let mut connection = ready(&hub, now)?;
    let mut input = Vec::new();
    (0..BURST).for_each(|_| encode_message(&[message().as_bytes()], &mut input));
    let (mut relayed, mut answers, mut messages) = (Vec::new(), Vec::new(), 0);
    for _ in 0..bursts {
        relayed.clear();
        let mut at = 0;
        loop {
            let decoded = connection.decode(&hub, &input[at..], now, &mut answers);
            at += decoded.consumed;
            match decoded.event.map_err(io::Error::other)? {
                Some(omnibus_zmtp::Event::Message(message)) => {
                    encode_message(&[message.first()], &mut relayed);
                    messages += 1;
                }
                Some(_) => return Err(io::Error::other("a message was read as something else")),
                None => break,
            }
        }
        assert_eq!(black_box(&relayed), &input, "what goes out is what has come in");
    }
    Ok(messages)
}

/// A connection on which a publisher and we have said READY.
fn ready(hub: &Config, now: Instant) -> io::Result<Connection> {
    let publisher = Config::connector(SocketType::Pub);
    let (mut ours, mut theirs) = (Connection::new(hub, now), Connection::new(&publisher, now));
    let (mut to_us, mut to_them) = (Vec::new(), Vec::new());
    ours.start(&mut to_them);
    theirs.start(&mut to_us);
    let answered = theirs.decode(&publisher, &to_them, now, &mut to_us);
    answered.event.map_err(io::Error::other)?;
    match ours.decode(hub, &to_us, now, &mut Vec::new()).event {
        Ok(Some(omnibus_zmtp::Event::Ready)) => Ok(ours),
        other => Err(io::Error::other(format!("the handshake came to {other:?}"))),
    }
}

/// A message as a page of the original sends it.
fn message() -> String {
    let head = format!(r#"bench:{{"type":"tick","sender":"{CLIENT}","payload":{{"number":"000000000007","fill":""#);
    let tail = r#""}}"#;
    let length = "bench:".len() + BODY_BYTES;
    format!("{head:.<0$}{tail}", length - tail.len())
}
