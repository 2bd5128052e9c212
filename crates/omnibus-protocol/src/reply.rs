//! How is a command answered, to the byte?
//!
//! `!name:{"type": "name", "success": true, "payload": null}`, spaced and
//! escaped as Python's `json.dumps` does, because that is what the original
//! sends and what its clients were written against. The name is raw after the
//! `!` and escaped inside `type` (N09); the payload is `null` or names the
//! channel as the client wrote it (N14, N21).

use crate::channel::ChannelName;
use crate::json_string::push_ascii;

/// The name of the command that says who a client is.
pub const AUTHENTICATE: &str = "authenticate";
/// The name of the command that joins a channel.
pub const SUBSCRIBE: &str = "subscribe";
/// The name of the command that leaves a channel.
pub const UNSUBSCRIBE: &str = "unsubscribe";

/// The answer to one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The command's name as it came.
    pub name: &'a str,
    /// Whether it was done.
    pub success: bool,
    /// What it was about.
    pub payload: Payload<'a>,
}

/// What an answer says beside yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// `null`.
    Null,
    /// `{"channel": "…"}`, echoing what the client sent, valid or not.
    Channel(&'a str),
}

impl<'a> Reply<'a> {
    /// Answers `!authenticate:…` (N01).
    #[must_use]
    pub fn authenticate(success: bool) -> Self {
        Self {
            name: AUTHENTICATE,
            success,
            payload: Payload::Null,
        }
    }

    /// Answers `!subscribe:channel`: true if the client joined now, false if
    /// it was in already or may not (N14).
    #[must_use]
    pub fn subscribe(channel: ChannelName<'a>, success: bool) -> Self {
        Self {
            name: SUBSCRIBE,
            success,
            payload: Payload::Channel(channel.as_str()),
        }
    }

    /// Answers `!unsubscribe:channel`: true if the client left now, false if
    /// it was not in (N07, N14).
    #[must_use]
    pub fn unsubscribe(channel: ChannelName<'a>, success: bool) -> Self {
        Self {
            name: UNSUBSCRIBE,
            success,
            payload: Payload::Channel(channel.as_str()),
        }
    }

    /// Refuses a command about a channel, whose name may be no valid one.
    #[must_use]
    pub fn refused_channel(name: &'a str, channel: &'a str) -> Self {
        Self {
            name,
            success: false,
            payload: Payload::Channel(channel),
        }
    }

    /// Refuses a command that names nothing: unknown (N09) or without a colon
    /// (N05, N10).
    #[must_use]
    pub fn refused(name: &'a str) -> Self {
        Self {
            name,
            success: false,
            payload: Payload::Null,
        }
    }

    /// Appends the answer's bytes.
    ///
    /// Pure ASCII but for the raw name after `!`. A byte of name or channel
    /// takes at most six bytes each time it is written.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        let echoed = match self.payload {
            Payload::Null => 0,
            Payload::Channel(channel) => channel.len(),
        };
        // One allocation for ordinary names, which need no escapes.
        out.reserve(2 * self.name.len() + echoed + 64);
        out.push(b'!');
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(b":{\"type\": \"");
        push_ascii(out, self.name);
        out.extend_from_slice(b"\", \"success\": ");
        out.extend_from_slice(if self.success { b"true" } else { b"false" });
        out.extend_from_slice(b", \"payload\": ");
        match self.payload {
            Payload::Null => out.extend_from_slice(b"null"),
            Payload::Channel(channel) => {
                out.extend_from_slice(b"{\"channel\": \"");
                push_ascii(out, channel);
                out.extend_from_slice(b"\"}");
            }
        }
        out.push(b'}');
    }

    /// The answer's bytes in a buffer of their own.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.append_to(&mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reply: Reply<'_>) -> String {
        String::from_utf8(reply.to_bytes()).unwrap()
    }

    #[test]
    fn answers_are_the_original_ones_to_the_byte() {
        let foo = ChannelName::parse("foo").unwrap();
        // N01, N14, N07.
        assert_eq!(
            text(Reply::authenticate(true)),
            r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#
        );
        assert_eq!(
            text(Reply::subscribe(foo, true)),
            r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "foo"}}"#
        );
        assert_eq!(
            text(Reply::unsubscribe(foo, false)),
            r#"!unsubscribe:{"type": "unsubscribe", "success": false, "payload": {"channel": "foo"}}"#
        );
    }

    #[test]
    fn a_command_name_is_raw_outside_and_escaped_inside() {
        // N09 and N10.
        for (name, answer) in [
            ("nope", r#"!nope:{"type": "nope", "success": false, "payload": null}"#),
            ("", r#"!:{"type": "", "success": false, "payload": null}"#),
            (
                " subscribe",
                r#"! subscribe:{"type": " subscribe", "success": false, "payload": null}"#,
            ),
            (
                "n\"o\\pé☃",
                "!n\"o\\pé☃:{\"type\": \"n\\\"o\\\\p\\u00e9\\u2603\", \"success\": false, \"payload\": null}",
            ),
        ] {
            assert_eq!(text(Reply::refused(name)), answer);
        }
    }

    #[test]
    fn a_channel_is_echoed_with_ascii_escapes() {
        // N21 as recorded, though some of these names are refused today.
        for (channel, escaped) in [
            ("a!b", "a!b"),
            ("with space", "with space"),
            ("q\"uo\\te", r#"q\"uo\\te"#),
            ("é☃", r"\u00e9\u2603"),
            ("😀", r"\ud83d\ude00"),
            ("n\0ul", r"n\u0000ul"),
            ("</script>", "</script>"),
            ("\u{7f}\u{80}", r"\u007f\u0080"),
            ("\u{8}\u{c}\n\r\t\u{b}", r"\b\f\n\r\t\u000b"),
            ("", ""),
        ] {
            let answer = text(Reply::refused_channel(SUBSCRIBE, channel));
            let expected = format!(
                "!subscribe:{{\"type\": \"subscribe\", \"success\": false, \"payload\": {{\"channel\": \"{escaped}\"}}}}"
            );
            assert_eq!(answer, expected);
        }
    }

    #[test]
    fn an_answer_is_appended_and_leaves_what_stands_before_it() {
        let mut out = b"before".to_vec();
        Reply::authenticate(false).append_to(&mut out);
        assert!(out.starts_with(b"before!authenticate:{"));
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_json_that_says_what_was_said(name in ".{0,20}", channel in ".{0,20}") {
            let bytes = Reply::refused_channel(&name, &channel).to_bytes();
            let json = &bytes[1 + name.len() + 1..];
            proptest::prop_assert!(json.is_ascii());
            let value: serde_json::Value = serde_json::from_slice(json).unwrap();
            proptest::prop_assert_eq!(value["type"].as_str(), Some(name.as_str()));
            proptest::prop_assert_eq!(value["payload"]["channel"].as_str(), Some(channel.as_str()));
        }
    }
}
