//! How does a client behave that reads too slowly?

use std::net::SocketAddr;

use crate::limits;
use crate::raw::{Raw, Received, opcode};

/// A client in the channel foo for which the system keeps little.
///
/// # Panics
/// If it is not let in.
#[must_use]
pub fn joined(address: SocketAddr) -> Raw {
    let raw = Raw::connect(address);
    raw.keep_received_below(32 << 10);
    let mut raw = raw.upgraded();
    raw.send_text("!authenticate:slow");
    raw.expect_text(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    raw.send_text("!subscribe:foo");
    raw.expect_text(r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "foo"}}"#);
    raw
}

/// Lets it read up to where it is told that it was too slow, and closed; returns how many messages
/// it got before that.
///
/// # Panics
/// If it gets anything but the first messages, whole and in order, and then the reason.
#[must_use]
pub fn hears_until_closed(slow: &mut Raw, message: impl Fn(usize) -> String) -> usize {
    let mut heard = 0;
    let farewell = loop {
        match slow.receive_message(limits::ANSWER) {
            Received::Frame {
                opcode: opcode::TEXT,
                payload,
            } => {
                assert!(
                    payload == message(heard).as_bytes(),
                    "message {heard} is out of order or cut"
                );
                heard += 1;
            }
            other => break other,
        }
    };
    assert_eq!(farewell.close(), (Some(1013), "client reads too slowly".to_owned()));
    assert_eq!(slow.receive(limits::ANSWER), Received::End);
    heard
}
