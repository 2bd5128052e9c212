//! Does the scanner take the bodies that serde_json takes, and find the same members?
//!
//! Input: the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::bodies::{self, Body};
use omnibus_protocol::ScanError;
use omnibus_protocol::json::{Member, scan_object};
use omnibus_protocol::json_string::{RawString, push_ascii, push_plain};
use serde::de::IgnoredAny;

fuzz_target!(|data: &[u8]| {
    let mut members = Vec::new();
    let scanned = scan_object(data, |member| members.push(member));
    check_error_place(data, scanned);
    match std::str::from_utf8(data) {
        Ok(body) => {
            check(body, scanned, &members);
            check_writing(body);
        }
        Err(_) if scanned.is_ok() => {
            // The scanner judges grammar alone, and so does serde_json where it keeps nothing.
            assert!(serde_json::from_slice::<IgnoredAny>(data).is_ok());
        }
        Err(_) => {}
    }
});

fn check(body: &str, scanned: Result<(), ScanError>, members: &[Member<'_>]) {
    match bodies::read(body) {
        Body::NotJson => assert!(matches!(
            scanned,
            Err(ScanError::NotAnObject | ScanError::Unexpected { .. } | ScanError::Ended { .. })
        )),
        Body::TooDeep => assert!(matches!(scanned, Err(ScanError::TooDeep { .. }))),
        Body::Object(expected) => {
            assert_eq!(scanned, Ok(()));
            assert_eq!(members.len(), expected.len());
            for (member, expected) in members.iter().zip(&expected) {
                assert_eq!(member.key.as_bytes(), expected.raw_key.as_bytes());
                assert_eq!(member.value, expected.value);
                check_key(member.key, expected.key.as_deref());
            }
            // Every key against the next one's text.
            for (member, other) in members.iter().zip(expected.iter().cycle().skip(1)) {
                if let Some(text) = &other.key {
                    let quoted = format!(
                        "\"{}\"",
                        std::str::from_utf8(member.key.as_bytes()).expect("a part of a text")
                    );
                    assert_eq!(member.key.equals(text), bodies::text(&quoted).as_ref() == Some(text));
                }
            }
        }
    }
}

fn check_key(raw: RawString<'_>, key: Option<&str>) {
    match key {
        Some(key) => {
            assert!(raw.equals(key));
            assert!(!raw.equals(&format!("{key}x")));
            if let Some((last, _)) = key.char_indices().next_back() {
                assert!(!raw.equals(&key[..last]));
            }
        }
        // A lone surrogate is no text, so it equals none.
        None => assert!(!raw.equals("") && !raw.equals("\u{fffd}")),
    }
}

/// Checks that an error lies where it says.
fn check_error_place(body: &[u8], scanned: Result<(), ScanError>) {
    match scanned {
        Ok(()) | Err(ScanError::NotAnObject) => {}
        Err(ScanError::Unexpected { at }) => assert!(at < body.len()),
        Err(ScanError::TooDeep { at }) => assert!(matches!(body.get(at), Some(b'{' | b'['))),
        Err(ScanError::Ended { bytes }) => assert_eq!(bytes, body.len()),
        Err(err) => panic!("{err}"),
    }
}

/// Checks both ways of writing a text, by reading it back.
fn check_writing(text: &str) {
    for (write, is_ascii) in [(push_ascii as fn(&mut Vec<u8>, &str), true), (push_plain, false)] {
        let mut out = vec![b'"'];
        write(&mut out, text);
        out.push(b'"');
        assert!(out.is_ascii() || !is_ascii);
        let out = String::from_utf8(out).expect("what is written is text");
        assert_eq!(bodies::text(&out).as_deref(), Some(text));
        assert!(RawString::new(&out.as_bytes()[1..out.len() - 1]).equals(text));
    }
}
