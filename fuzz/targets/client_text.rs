//! Is every text of a client met as the rules in words say, one after the other?
//!
//! Input: a byte of choices, then texts, parted by a byte that no text has.
#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::bodies::{self, Verdict};
use omnibus_fuzz::input::Input;
use omnibus_fuzz::names;
use omnibus_protocol::{BodyPolicy, ClientText, Close, Limits, Payload, Reply};
use omnibus_session::{Decision, Reason, Rules, Session};
use serde_json::{Value, json};

/// Stands between texts: UTF-8 never has it.
const SEPARATOR: u8 = 0xff;
const BAD_MESSAGES_MAX: u16 = 3;
const AUTHENTICATION_TIME_MAX: Duration = Duration::from_secs(5);

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let choices = input.byte();
    let rules = Rules {
        limits: Limits {
            bad_messages_max: BAD_MESSAGES_MAX,
            authentication_time_max: AUTHENTICATION_TIME_MAX,
            ..Limits::default()
        },
        body: BodyPolicy {
            require_json: choices & 1 == 0,
        },
        ..Rules::default()
    };
    let mut now = Instant::now();
    let mut session = Session::new(now);
    let mut client = Client {
        identifier: None,
        stranger_since: now,
        bad_messages: 0,
    };
    for text in input.rest().split(|&byte| byte == SEPARATOR) {
        let text = String::from_utf8_lossy(text);
        now += Duration::from_secs(1);
        let decision = session.on_text(&text, &rules, now);
        if let Decision::Reply(reply) | Decision::Authenticated { reply, .. } = &decision {
            check_reply(&text, reply);
        }
        check(&decision, client.expects(&text, rules.body.require_json, now));

        assert_eq!(session.identifier(), client.identifier.as_deref());
        assert_eq!(session.is_authenticated(), client.identifier.is_some());
        let is_late = client.identifier.is_none() && now >= client.stranger_since + AUTHENTICATION_TIME_MAX;
        let close = is_late.then_some(Close::AuthenticationTimeout);
        assert_eq!(session.on_tick(&rules.limits, now), close);
        if is_late || matches!(decision, Decision::Close(_)) {
            return;
        }
    }
});

/// What is known of a client.
struct Client {
    identifier: Option<String>,
    stranger_since: Instant,
    bad_messages: u16,
}

/// What must become of a text.
#[derive(Debug)]
enum Expected<'a> {
    Refused,
    RefusedChannel(&'a str),
    Authenticated { success: bool, drop_subscriptions: bool },
    Subscribe(&'a str),
    Unsubscribe(&'a str),
    Publish(&'a str, String),
    Ignore(Reason),
    Close,
}

impl Client {
    /// Says what must become of the client's next text.
    fn expects<'a>(&mut self, text: &'a str, require_json: bool, now: Instant) -> Expected<'a> {
        let (head, rest) = match text.split_once(':') {
            Some((head, rest)) => (head, Some(rest)),
            None => (text, None),
        };
        match (head.strip_prefix('!'), rest) {
            (Some(_), None) => self.malformed(Expected::Refused),
            (Some("authenticate"), Some(argument)) => self.authenticates(argument, now),
            (Some(command @ ("subscribe" | "unsubscribe")), Some(channel)) => {
                if self.identifier.is_none() || !names::is_channel(channel) {
                    Expected::RefusedChannel(channel)
                } else if command == "subscribe" {
                    Expected::Subscribe(channel)
                } else {
                    Expected::Unsubscribe(channel)
                }
            }
            (Some(_), Some(_)) => Expected::Refused,
            (None, None) if text.is_empty() => self.malformed(Expected::Ignore(Reason::Empty)),
            (None, None) => self.malformed(Expected::Ignore(Reason::NoColon)),
            (None, Some(body)) => self.publishes(head, body, require_json),
        }
    }

    fn authenticates<'a>(&mut self, argument: &str, now: Instant) -> Expected<'a> {
        let identifier = argument.split(':').next().filter(|name| names::is_identifier(name));
        let was_known = self.identifier.is_some();
        if identifier.is_none() && was_known {
            self.stranger_since = now;
        }
        self.identifier = identifier.map(str::to_owned);
        Expected::Authenticated {
            success: identifier.is_some(),
            drop_subscriptions: was_known && identifier.is_none(),
        }
    }

    fn publishes<'a>(&mut self, channel: &'a str, body: &str, require_json: bool) -> Expected<'a> {
        let Some(identifier) = &self.identifier else {
            return Expected::Ignore(Reason::NotAuthenticated);
        };
        if !names::is_channel(channel) {
            return Expected::Ignore(Reason::BadChannel);
        }
        let reason = match bodies::judge(body, identifier, require_json) {
            Verdict::Passes(body) => return Expected::Publish(channel, format!("{channel}:{body}")),
            Verdict::NotJson => Reason::NotJson,
            Verdict::ReservedKey => Reason::ReservedKey,
            Verdict::TooManySenders => Reason::TooManySenders,
        };
        self.malformed(Expected::Ignore(reason))
    }

    /// Counts a malformed text; one too many ends the connection.
    fn malformed<'a>(&mut self, expected: Expected<'a>) -> Expected<'a> {
        if self.bad_messages == BAD_MESSAGES_MAX {
            return Expected::Close;
        }
        self.bad_messages += 1;
        expected
    }
}

fn check(decision: &Decision<'_>, expected: Expected<'_>) {
    let is_as_expected = match (decision, &expected) {
        (Decision::Reply(reply), Expected::Refused) => !reply.success && reply.payload == Payload::Null,
        (Decision::Reply(reply), Expected::RefusedChannel(channel)) => {
            !reply.success && reply.payload == Payload::Channel(channel)
        }
        (
            Decision::Authenticated {
                reply,
                drop_subscriptions,
            },
            Expected::Authenticated {
                success,
                drop_subscriptions: expected,
            },
        ) => reply.success == *success && drop_subscriptions == expected,
        (Decision::Subscribe { channel }, Expected::Subscribe(expected))
        | (Decision::Unsubscribe { channel }, Expected::Unsubscribe(expected)) => channel.as_str() == *expected,
        (Decision::Publish { channel, frame }, Expected::Publish(expected, frame_expected)) => {
            channel.as_str() == *expected && **frame == *frame_expected.as_bytes()
        }
        (Decision::Ignore(reason), Expected::Ignore(expected)) => reason == expected,
        (Decision::Close(close), Expected::Close) => *close == Close::BadMessages,
        _ => false,
    };
    assert!(is_as_expected, "{decision:?}, expected {expected:?}");
}

/// Checks that an answer names the command and is JSON in ASCII behind its first colon.
fn check_reply(text: &str, reply: &Reply<'_>) {
    let bytes = reply.to_bytes();
    let colon = bytes
        .iter()
        .position(|&byte| byte == b':')
        .expect("an answer has a colon");
    let (head, json) = (&bytes[..colon], &bytes[colon + 1..]);
    let command = text.split(':').next().expect("a split gives one part at least");
    assert_eq!(head, command.as_bytes());
    assert!(matches!(ClientText::split(text), ClientText::Command(command) if command.name == reply.name));

    assert!(json.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_control()));
    let value: Value = serde_json::from_slice(json).expect("an answer is JSON");
    let payload = match reply.payload {
        Payload::Null => Value::Null,
        Payload::Channel(channel) => json!({"channel": channel}),
    };
    let expected = json!({"type": reply.name, "success": reply.success, "payload": payload});
    assert_eq!(value, expected);
}
