//! Is a name taken exactly when the rule in words says so, and echoed as it was?
//!
//! Input: the name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::names;
use omnibus_protocol::{ChannelName, Identifier, NameError, Reply};
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let from_bytes = ChannelName::from_bytes(data);
    let Ok(name) = std::str::from_utf8(data) else {
        assert!(matches!(
            from_bytes,
            Err(NameError::NotUtf8 { .. } | NameError::TooLong { .. })
        ));
        return;
    };
    let parsed = ChannelName::parse(name);
    assert_eq!(parsed, from_bytes);
    assert_eq!(parsed.is_ok(), names::is_channel(name));
    assert_eq!(Identifier::parse(name).is_ok(), names::is_identifier(name));
    match parsed {
        Ok(channel) => {
            assert_eq!(channel.as_str(), name);
            assert_eq!(channel.to_buf().as_str(), name);
            check_reply(Reply::subscribe(channel, true), name);
        }
        Err(err) => {
            check_error(err, name);
            check_reply(Reply::refused_channel("subscribe", name), name);
        }
    }
});

/// Checks that a refusal tells the truth and nothing that could forge a log line.
fn check_error(err: NameError, name: &str) {
    let character = |at: usize| name[at..].chars().next();
    match err {
        NameError::Empty => assert_eq!(name, ""),
        NameError::TooLong { bytes } => assert_eq!(bytes, name.len()),
        NameError::Colon { at } => assert_eq!(character(at), Some(':')),
        NameError::Control { at, code } => {
            assert_eq!(character(at), Some(char::from(code)));
            assert!(char::from(code).is_control());
        }
        NameError::Leading { first } => assert!(name.starts_with(first)),
        err => panic!("{err}"),
    }
    assert!(
        err.to_string()
            .bytes()
            .all(|byte| byte == b' ' || byte.is_ascii_graphic())
    );
}

fn check_reply(reply: Reply<'_>, name: &str) {
    let bytes = reply.to_bytes();
    let json = bytes.strip_prefix(b"!subscribe:").expect("a reply names its command");
    assert!(json.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_control()));
    let value: Value = serde_json::from_slice(json).expect("a reply is JSON");
    let expected = json!({"type": "subscribe", "success": reply.success, "payload": {"channel": name}});
    assert_eq!(value, expected);
}
