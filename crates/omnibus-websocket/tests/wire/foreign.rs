//! Does a foreign implementation read what we write, write what we read, and refuse what we refuse?

use std::io::{self, Read, Write};

use omnibus_websocket as ours;
use omnibus_websocket::{HeadLimits, Limits, Violation, encode_101, parse_head, upgrade};
use proptest::collection::vec;
use proptest::prelude::*;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Error, Message, WebSocket};

use crate::client::{CLOSE, CONTINUATION, FIN, Seen, frame, read, unmasked};

/// Both ends of a connection in memory: what can be read, and what was written.
#[derive(Debug, Default)]
struct Pipe {
    incoming: io::Cursor<Vec<u8>>,
    written: Vec<u8>,
}

impl Pipe {
    fn with(incoming: Vec<u8>) -> Self {
        Self {
            incoming: io::Cursor::new(incoming),
            written: Vec::new(),
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.incoming.read(buf)? {
            // The peer has more to say, only not yet.
            0 => Err(io::ErrorKind::WouldBlock.into()),
            bytes => Ok(bytes),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What tungstenite, as `role`, makes of `stream`; the error is what ended it early.
fn read_by_tungstenite(stream: Vec<u8>, role: Role) -> (Vec<Seen>, Option<Error>) {
    let mut socket = WebSocket::from_raw_socket(Pipe::with(stream), role, None);
    let mut events = Vec::new();
    loop {
        match socket.read() {
            Ok(message) => events.push(seen(message)),
            Err(Error::Io(err)) if err.kind() == io::ErrorKind::WouldBlock => return (events, None),
            Err(err) => return (events, Some(err)),
        }
        if matches!(events.last(), Some(Seen::Close(_))) {
            return (events, None);
        }
    }
}

fn seen(message: Message) -> Seen {
    match message {
        Message::Text(text) => Seen::Text(text.as_str().to_owned()),
        Message::Binary(bytes) => Seen::Binary(bytes.to_vec()),
        Message::Ping(bytes) => Seen::Ping(bytes.to_vec()),
        Message::Pong(bytes) => Seen::Pong(bytes.to_vec()),
        Message::Close(close) => Seen::Close(close.map(|close| (close.code.into(), close.reason.as_str().to_owned()))),
        Message::Frame(frame) => panic!("a frame was read: {frame:?}"),
    }
}

fn any_message() -> impl Strategy<Value = Seen> {
    prop_oneof![
        ".{0,200}".prop_map(Seen::Text),
        vec(any::<u8>(), 0..300).prop_map(Seen::Binary),
        (65_530..65_545_usize).prop_map(|length| Seen::Binary(vec![7; length])),
        vec(any::<u8>(), 0..=125).prop_map(Seen::Ping),
        vec(any::<u8>(), 0..=125).prop_map(Seen::Pong),
    ]
}

fn any_close() -> impl Strategy<Value = Seen> {
    let code = prop_oneof![1000..=1003_u16, 1007..=1013_u16, 3000..=4999_u16];
    prop::option::of((code, "[a-zé]{0,60}")).prop_map(Seen::Close)
}

/// Frames of which any one may break a rule; their lengths are well-formed.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        3 => "[a-zé😀]{0,20}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..20),
        1 => vec(any::<u8>(), 124..128),
    ];
    let first = prop_oneof![
        8 => (prop::bool::ANY, 0..=2_u8).prop_map(|(fin, opcode)| if fin { FIN | opcode } else { opcode }),
        3 => prop_oneof![Just(FIN | 9), Just(FIN | 10), Just(CONTINUATION)],
        1 => any::<u8>(),
    ];
    let code = prop_oneof![
        Just(0),
        998..=1003_u16,
        1005..=1013_u16,
        1015..=1016_u16,
        2999..=3001_u16,
        4998..=5001_u16
    ];
    prop_oneof![
        12 => (first, payload.clone()).prop_map(|(first, payload)| frame(first, payload)),
        1 => (code, "[a-zé]{0,20}").prop_map(|(code, reason)| crate::client::close(code, reason)),
        1 => Just(frame(FIN | CLOSE, b"")),
        1 => Just(unmasked(FIN | 1, b"plain")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_tungstenite_sends_as_a_client_is_what_we_read(messages in vec(any_message(), 0..6), end in any_close()) {
        let mut socket = WebSocket::from_raw_socket(Pipe::default(), Role::Client, None);
        for message in messages.iter().chain([&end]) {
            socket.send(match message.clone() {
                Seen::Text(text) => Message::text(text),
                Seen::Binary(bytes) => Message::binary(bytes),
                Seen::Ping(bytes) => Message::Ping(bytes.into()),
                Seen::Pong(bytes) => Message::Pong(bytes.into()),
                Seen::Close(close) => Message::Close(
                    close.map(|(code, reason)| CloseFrame { code: CloseCode::from(code), reason: reason.into() }),
                ),
            }).unwrap();
        }
        let stream = std::mem::take(&mut socket.get_mut().written);
        let outcome = read(&stream, &Limits::default());
        prop_assert_eq!(outcome.violation, None);
        prop_assert_eq!(outcome.events, messages.into_iter().chain([end]).collect::<Vec<_>>());
    }

    #[test]
    fn what_we_send_is_what_tungstenite_reads_as_a_client(messages in vec(any_message(), 0..6), end in any_close()) {
        let mut stream = Vec::new();
        for message in messages.iter().chain([&end]) {
            match message {
                Seen::Text(text) => ours::text(text, &mut stream),
                Seen::Binary(bytes) => ours::binary(bytes, &mut stream),
                Seen::Ping(bytes) => ours::ping(bytes, &mut stream),
                Seen::Pong(bytes) => ours::pong(bytes, &mut stream),
                Seen::Close(Some((code, reason))) => ours::close(*code, reason, &mut stream),
                Seen::Close(None) => ours::close_without_code(&mut stream),
            }
        }
        let (events, error) = read_by_tungstenite(stream, Role::Client);
        prop_assert!(error.is_none(), "{error:?}");
        prop_assert_eq!(events, messages.into_iter().chain([end]).collect::<Vec<_>>());
    }

    #[test]
    fn we_and_tungstenite_stop_at_the_same_frame(frames in vec(any_frame(), 1..10)) {
        let stream = frames.concat();
        let ours = read(&stream, &Limits::default());
        let (mut theirs, error) = read_by_tungstenite(stream, Role::Server);
        if matches!(ours.violation, Some(Violation::CloseCode { .. })) && error.is_none() {
            // Tungstenite reports a forbidden code as a close with 1002.
            let replaced = theirs.pop();
            prop_assert!(matches!(replaced, Some(Seen::Close(Some((1002, _))))), "{replaced:?}");
        } else {
            prop_assert_eq!(ours.violation.is_some(), error.is_some(), "{:?} and {:?}", ours.violation, error);
        }
        prop_assert_eq!(ours.events, theirs);
    }
}

#[test]
fn tungstenite_completes_a_handshake_with_us() {
    let (client, mut server) = std::os::unix::net::UnixStream::pair().unwrap();
    let client = std::thread::spawn(move || tungstenite::client("ws://localhost:4242/ec?x=1", client).unwrap());

    let mut request = Vec::new();
    let (accepted, consumed) = loop {
        let mut chunk = [0; 16];
        let bytes = server.read(&mut chunk).unwrap();
        request.extend_from_slice(&chunk[..bytes]);
        if let Some((head, consumed)) = parse_head(&request, &HeadLimits::default()).unwrap() {
            assert_eq!(
                (head.path(), head.query(), head.host()),
                ("/ec", Some("x=1"), Some("localhost:4242"))
            );
            break (upgrade(&head).unwrap(), consumed);
        }
    };
    assert_eq!(consumed, request.len());
    let mut answer = Vec::new();
    encode_101(&accepted, &mut answer);
    ours::text("welcome", &mut answer);
    server.write_all(&answer).unwrap();

    let (mut socket, _response) = client.join().unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("welcome"));
}
