//! Is a request head read the same however much of it has arrived, and as its lines say?
//!
//! Input: a byte of choices, the pieces, the head and what follows it.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::input::Input;
use omnibus_fuzz::pieces::Pieces;
use omnibus_websocket::{HeadError, HeadLimits, RequestHead, Upgrade, encode_101, parse_head, upgrade};

/// Reading every prefix is for short heads.
const PREFIXES_MAX: usize = 512;

/// The headers of which no two readers may believe different values.
const SINGLE: [&str; 7] = [
    "host",
    "origin",
    "authorization",
    "content-length",
    "transfer-encoding",
    "sec-websocket-key",
    "sec-websocket-version",
];

type Parsed<'a> = Result<Option<(RequestHead<'a>, usize)>, HeadError>;

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let choices = input.byte();
    let pieces = input.pieces();
    let stream = input.rest();
    let limits = match choices & 1 {
        0 => HeadLimits {
            head_bytes_max: 300,
            header_count_max: 5,
        },
        _ => HeadLimits::default(),
    };

    let whole = parse_head(stream, &limits);
    arrives_alike(stream, pieces, &limits, &whole);
    if stream.len() <= PREFIXES_MAX {
        arrives_alike(stream, Pieces::SINGLE, &limits, &whole);
    }
    match whole {
        Ok(Some((head, bytes))) => {
            assert!(bytes <= limits.head_bytes_max);
            check_head(&stream[..bytes], &head, &limits);
            check_upgrade(&head);
        }
        Ok(None) => assert!(stream.len() < limits.head_bytes_max),
        Err(err) => {
            assert!(matches!(err.status(), 400 | 431));
            assert!(!err.to_string().chars().any(char::is_control));
        }
    }
});

/// Checks that who reads after every piece sees nothing until the head is whole or wrong, and
/// then what who reads all of it at once sees.
fn arrives_alike(stream: &[u8], pieces: Pieces<'_>, limits: &HeadLimits, whole: &Parsed<'_>) {
    let mut arrived = 0;
    for piece in pieces.cut(stream) {
        arrived += piece.len();
        let parsed = parse_head(&stream[..arrived], limits);
        match whole {
            Ok(Some((_, bytes))) if arrived < *bytes => assert_eq!(parsed, Ok(None)),
            Ok(_) => assert_eq!(&parsed, whole),
            // One verdict is enough, but it must be the same one.
            Err(_) => assert!(parsed == Ok(None) || &parsed == whole, "{parsed:?}, then {whole:?}"),
        }
    }
    assert_eq!(&parse_head(&stream[..arrived], limits), whole);
}

/// Checks a head against its own lines.
fn check_head(bytes: &[u8], head: &RequestHead<'_>, limits: &HeadLimits) {
    let text = bytes.strip_suffix(b"\r\n\r\n").expect("a head ends with an empty line");
    let lines: Vec<&[u8]> = lines(text);
    let (request_line, header_lines) = lines.split_first().expect("there is always a first line");
    assert!(header_lines.len() <= limits.header_count_max);
    for line in &lines {
        assert!(!line.is_empty());
        assert!(!line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
        assert!(!line.starts_with(b" ") && !line.starts_with(b"\t"));
    }
    let line = format!("{} {} HTTP/1.{}", head.method, head.target, head.minor_version);
    assert_eq!(line.as_bytes(), *request_line);
    assert!(head.minor_version <= 1);

    assert!(is_printable(head.method) && is_printable(head.target) && is_printable(head.path()));
    assert!(head.path().starts_with('/') || head.path() == "*");
    assert!(!head.path().contains('?'));
    assert!(head.target.contains(head.path()) || head.path() == "/");
    if let Some(query) = head.query() {
        assert!(is_printable(query) && head.target.contains(query));
    }

    for name in SINGLE {
        let mut values = header_lines.iter().filter_map(|line| value_of(line, name));
        let value = values
            .next()
            .map(|value| std::str::from_utf8(value).expect("it is ASCII"));
        assert_eq!(head.header(name), value, "{name}");
        assert_eq!(values.next(), None, "{name}");
        assert!(value.is_none_or(|value| !value.chars().any(|c| c.is_control() && c != '\t')));
    }
    assert!(head.host().is_some() || head.minor_version == 0);
    assert!(head.host().is_none_or(is_printable));
    assert!(
        head.host()
            .is_none_or(|host| !host.contains(['/', '@', '?', '#', '\\', '"']))
    );
    assert!(!(head.is_chunked() && head.content_length().is_some()));
    let length = head
        .header("content-length")
        .map(|length| length.parse().expect("a number"));
    assert_eq!(head.content_length(), length);
}

/// Checks what a head leads to.
fn check_upgrade(head: &RequestHead<'_>) {
    match upgrade(head) {
        Ok(accepted) => {
            assert_eq!((head.method, head.minor_version), ("GET", 1));
            assert!(head.content_length().is_none_or(|bytes| bytes == 0) && !head.is_chunked());
            let key = head.header("sec-websocket-key").expect("no upgrade without a key");
            assert_eq!(STANDARD.decode(key).map(|key| key.len()), Ok(16));
            assert_eq!(
                head.header("sec-websocket-version").map(str::parse),
                Some(Ok(accepted.version))
            );
            check_101(&accepted);
        }
        Err(err) => {
            assert!(matches!(err.status(), 400 | 405 | 426));
            assert!(
                err.headers()
                    .iter()
                    .all(|(name, value)| is_printable(name) && !value.contains(['\r', '\n']))
            );
        }
    }
}

/// Checks that the answer has four lines and an empty one, and that nothing of the client's is in
/// it.
fn check_101(accepted: &Upgrade) {
    let mut out = Vec::new();
    encode_101(accepted, &mut out);
    let out = String::from_utf8(out).expect("the answer is ASCII");
    let lines: Vec<&str> = out.split("\r\n").collect();
    assert_eq!(lines[0], "HTTP/1.1 101 Switching Protocols");
    let digest = lines[3]
        .strip_prefix("Sec-WebSocket-Accept: ")
        .expect("it is the third header");
    assert_eq!(STANDARD.decode(digest).map(|digest| digest.len()), Ok(20));
    assert_eq!(lines[4..], ["", ""]);
}

/// Cuts at CRLF.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        lines.push(&rest[..end]);
        rest = &rest[end + 2..];
    }
    lines.push(rest);
    lines
}

/// The value of a header line, if it is of that name; spaces and tabs around it do not count.
fn value_of<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let is_named = line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes());
    is_named.then(|| {
        let is_white = |byte: &u8| matches!(byte, b' ' | b'\t');
        let value = &line[colon + 1..];
        let start = value.iter().position(|byte| !is_white(byte)).unwrap_or(value.len());
        let end = value
            .iter()
            .rposition(|byte| !is_white(byte))
            .map_or(start, |last| last + 1);
        &value[start..end]
    })
}

/// Whether all of it is visible ASCII, so that it can do no harm in a log.
fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}
