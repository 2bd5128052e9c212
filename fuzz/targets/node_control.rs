//! Is what nodes say to each other read as it is written down, and nothing else?
//!
//! Input: a byte that says what it is, then the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use omnibus_bus_zmq::fuzzing;
use omnibus_fuzz::input::Input;

const NUMBER_BYTES: usize = 8;
const MARK_BYTES: usize = 24;

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let what = input.byte();
    let bytes = input.rest();
    match what % 7 {
        0 => {
            let expected = (bytes.len() >= NUMBER_BYTES && changes(&bytes[NUMBER_BYTES..]).is_some()).then_some(bytes);
            check_control("INTEREST", bytes, expected);
        }
        1 => check_control("JOINED", bytes, bytes.get(..NUMBER_BYTES)),
        2 => check_control("ACK", bytes, bytes.get(..NUMBER_BYTES)),
        3 => {
            // What is not known has no number, whatever stands there.
            let mut expected = bytes.get(..1 + NUMBER_BYTES).map(<[u8]>::to_vec);
            if let Some(body) = &mut expected {
                body[0] = u8::from(body[0] != 0);
                if body[0] == 0 {
                    body[1..].fill(0);
                }
            }
            check_control("RESUME", bytes, expected.as_deref());
        }
        4 => check_header(bytes),
        5 => {
            let is_node = bytes.len() == 25 && bytes[0] == 1;
            assert_eq!(fuzzing::node(bytes).as_deref(), is_node.then_some(bytes));
        }
        _ => {
            let name = String::from_utf8_lossy(bytes);
            let is_known = ["INTEREST", "JOINED", "RESUME", "ACK"].contains(&name.as_ref());
            assert!(is_known || fuzzing::control(bytes, &[0; 16]).is_none());
        }
    }
});

/// Checks that a command is understood as `expected`, which is what it says in few words.
fn check_control(name: &str, body: &[u8], expected: Option<&[u8]>) {
    let written = fuzzing::control(name.as_bytes(), body);
    let data = written.as_deref().map(|frame| data(name, frame));
    assert_eq!(data, expected);
    if name == "INTEREST"
        && let Some(body) = expected
    {
        let (found, written) = fuzzing::changes(&body[NUMBER_BYTES..]);
        assert_eq!(Some(found), changes(&body[NUMBER_BYTES..]));
        assert_eq!(written, &body[NUMBER_BYTES..]);
    }
}

/// The data in a command's frame.
fn data<'a>(name: &str, frame: &'a [u8]) -> &'a [u8] {
    let header_bytes = if frame[0] & 2 == 0 { 2 } else { 9 };
    let named = &frame[header_bytes..];
    assert_eq!(usize::from(named[0]), name.len());
    named[1..]
        .strip_prefix(name.as_bytes())
        .expect("a command begins with its name")
}

/// Reads changes one behind the other; `None` if they do not end where the bytes do.
fn changes(mut bytes: &[u8]) -> Option<Vec<(bool, Vec<u8>)>> {
    let mut changes = Vec::new();
    while !bytes.is_empty() {
        let kind = bytes[0];
        let length = usize::from(*bytes.get(1)?) << 8 | usize::from(*bytes.get(2)?);
        let prefix = bytes.get(3..3 + length)?;
        if kind != b'+' && kind != b'-' {
            return None;
        }
        changes.push((kind == b'+', prefix.to_vec()));
        bytes = &bytes[3 + length..];
    }
    Some(changes)
}

/// Checks that a header is read with just the fields that its flags announce.
fn check_header(bytes: &[u8]) {
    let expected = bytes.get(..2).and_then(|head| {
        let flags = head[1] & 3;
        let field_bytes = usize::from(flags & 1) * NUMBER_BYTES + usize::from(flags >> 1) * MARK_BYTES;
        let fields = bytes.get(2..2 + field_bytes)?;
        Some([&[head[0], flags], fields].concat())
    });
    let written = fuzzing::header(bytes);
    assert_eq!(written, expected);
    if let Some(written) = written {
        assert_eq!(fuzzing::header(&written), Some(written));
    }
}
