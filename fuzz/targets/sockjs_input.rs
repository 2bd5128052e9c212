//! Is everything that a SockJS client can write read as the rules in words say, and answered in a
//! form that a browser can't take for anything else?
//!
//! Input: a byte that chooses what is read, and the bytes of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use omnibus_sockjs::{Callback, Framing, Messages, Wrap, append_message, drain_parked, form_payload, route};

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else {
        return;
    };
    match choice % 4 {
        0 => check_messages(bytes),
        1 => check_callback(bytes),
        2 => check_messages(&form_payload(bytes)),
        _ => {
            if let Ok(path) = std::str::from_utf8(bytes) {
                check_route(path);
            }
            let (list, rest) = drain_parked(bytes, 64);
            assert!(list.len() <= bytes.len() && rest.len() <= bytes.len());
        }
    }
});

/// Texts are those that serde finds, halves of surrogate pairs aside, and frames hold what they
/// were given.
fn check_messages(body: &[u8]) {
    let texts: Option<Vec<String>> = Messages::check(body)
        .ok()
        .map(|messages| messages.map(|text| text.into_owned()).collect());
    if let Ok(expected) = serde_json::from_slice::<Vec<String>>(body) {
        assert_eq!(texts.as_ref(), Some(&expected));
    }
    for text in texts.iter().flatten() {
        assert!(text.len() <= body.len() * 3);
        let mut frame = Vec::new();
        append_message(text, &mut frame);
        let list = frame.strip_prefix(b"a").expect("a message frame begins so");
        let read: Vec<String> = serde_json::from_slice(list).expect("a frame is JSON");
        assert_eq!(&read, &[text.as_str()]);
        check_scripts(text);
        check_events(text);
    }
}

fn check_scripts(text: &str) {
    let script = wrapped(Framing::Scripts, text);
    assert_eq!(script.matches('<').count(), 2);
    assert_eq!(script.lines().count(), 3);
}

fn check_events(text: &str) {
    let event = wrapped(Framing::Events, text);
    assert_eq!(event.matches(['\r', '\n']).count(), 4);
}

fn wrapped(framing: Framing, text: &str) -> String {
    let mut out = Vec::new();
    let wrap = Wrap {
        framing,
        chunked: false,
    };
    wrap.frame(&mut out, |out| append_message(text, out));
    String::from_utf8(out).expect("frames are ASCII")
}

/// A callback is a name and nothing else.
fn check_callback(query: &[u8]) {
    let Ok(query) = std::str::from_utf8(query) else { return };
    if let Ok(callback) = Callback::from_query(Some(query)) {
        let name = callback.as_str();
        assert!(!name.is_empty() && name.len() <= omnibus_sockjs::CALLBACK_BYTES_MAX);
        assert!(
            name.chars()
                .all(|character| character.is_ascii_alphanumeric() || "_.-".contains(character))
        );
    }
}

/// A session's URL has three parts, and its id is the second as it came.
fn check_route(path: &str) {
    if let Some(omnibus_sockjs::Route::Session(found)) = route(path) {
        let parts: Vec<&str> = path.split('/').collect();
        assert_eq!(parts.len(), 4);
        assert_eq!(parts[2], found.session);
        assert_eq!(parts[3], found.transport.name());
        assert!(!found.session.contains('.'));
    }
}
