//! Is a peer that knows ZMTP understood, and is one that stops knowing it survived?
//!
//! Input: a byte of choices, the pieces, a pause, then the script: the handshake's choices, then
//! frames, see `zmtp_script`.
#![no_main]

use std::mem::discriminant;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::input::Input;
use omnibus_fuzz::zmtp::{Setting, receive_alike, receive_slowly};
use omnibus_fuzz::zmtp_again::messages_pass_on;
use omnibus_fuzz::zmtp_script::{Script, ScriptEnd};

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let setting = Setting::of(input.byte());
    let pieces = input.pieces();
    let pause = Duration::from_millis(100) * u32::from(input.byte());
    let script = Script::read(&setting, &mut input);

    let received = receive_alike(&setting, &script.stream, pieces);
    match &script.end {
        ScriptEnd::Open => assert_eq!(received.error, None),
        ScriptEnd::Fails(error) => {
            let kind = received.error.as_ref().map(discriminant);
            assert_eq!(
                kind,
                Some(discriminant(error)),
                "{:?}, expected {error:?}",
                received.error
            );
        }
        ScriptEnd::Unknown => assert!(received.seen.starts_with(&script.seen)),
    }
    if !matches!(script.end, ScriptEnd::Unknown) {
        assert_eq!(received.seen, script.seen);
        assert!(script.out.is_none_or(|out| out == received.out));
    }
    messages_pass_on(&setting, &received);
    receive_slowly(&setting, &script.stream, pieces, pause, &received);
});
