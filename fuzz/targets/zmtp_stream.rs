//! Does a stranger's stream mean the same to a ZMTP connection however it is cut, and is what it
//! makes us hold and send bounded?
//!
//! Input: a byte of choices, the pieces, the stream from its first byte.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::input::Input;
use omnibus_fuzz::zmtp::{Setting, receive_alike, receive_slowly};
use omnibus_fuzz::zmtp_again::messages_pass_on;

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let choices = input.byte();
    let setting = Setting::of(choices);
    let pieces = input.pieces();
    let stream = input.rest();
    let received = receive_alike(&setting, stream, pieces);
    messages_pass_on(&setting, &received);
    let pause = Duration::from_millis(700) * u32::from(choices >> 5);
    receive_slowly(&setting, stream, pieces, pause, &received);
});
