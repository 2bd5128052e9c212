//! What is sent, and what is shown of what came?

use omnibus_protocol::json::scan_object;
use omnibus_protocol::{ChannelNameBuf, split_frame};

use crate::json_text::{python_form, string};

/// A JSON object in the form of Python's `json.dumps`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payload(String);

impl Payload {
    /// Checks and rewrites a payload.
    ///
    /// # Errors
    /// What is wrong with it, in words for a command line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        scan_object(text.as_bytes(), |_| {}).map_err(|error| error.to_string().replace("body", "the payload"))?;
        Ok(Self(python_form(text)))
    }
}

/// A message to be published.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub(crate) channel: ChannelNameBuf,
    pub(crate) kind: String,
    pub(crate) payload: Payload,
    /// Who is said to have sent it.
    pub(crate) sender: Option<String>,
}

impl Envelope {
    /// Writes it as the original's Python does: `channel:{"sender": …, "type": …, "payload": …}`.
    pub(crate) fn to_frame(&self) -> String {
        let sender = self.sender.as_deref().map_or_else(|| "null".to_owned(), string);
        let (channel, kind, payload) = (self.channel.as_str(), string(&self.kind), &self.payload.0);
        format!(r#"{channel}:{{"sender": {sender}, "type": {kind}, "payload": {payload}}}"#)
    }

    /// Says whether `text` is this message on its way back: a server may have put its own keys
    /// beside those that were sent.
    pub(crate) fn is_echo(&self, text: &str) -> bool {
        let Some((channel, body)) = text.split_once(':') else {
            return false;
        };
        let parse = |body: &str| serde_json::from_str::<serde_json::Value>(body).ok();
        let sent = self.to_frame();
        let ours = sent.split_once(':').and_then(|(_, body)| parse(body));
        let (Some(theirs), Some(ours)) = (parse(body), ours) else {
            return text == sent;
        };
        let same = |key| theirs.get(key) == ours.get(key);
        channel == self.channel.as_str() && same("sender") && same("type") && same("payload")
    }
}

/// How a message is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// As it came, but for control characters.
    Text,
    /// One JSON object: `channel`, and `message` or, where that is no JSON, `text`.
    Json,
}

impl Line {
    /// Writes a frame on one line; whatever it holds, it forges no second one.
    pub(crate) fn of(self, frame: &[u8]) -> String {
        let lossy = String::from_utf8_lossy(frame);
        if self == Self::Text {
            return printable(&lossy);
        }
        let (channel, body) = match split_frame(lossy.as_bytes()) {
            Some((channel, _)) => lossy.split_at(channel.len()),
            None => ("", &*lossy),
        };
        let body = body.strip_prefix(':').unwrap_or(body);
        let channel = string(channel);
        match scan_object(body.as_bytes(), |_| {}) {
            Ok(()) => format!(r#"{{"channel": {channel}, "message": {}}}"#, python_form(body)),
            Err(_) => format!(r#"{{"channel": {channel}, "text": {}}}"#, string(body)),
        }
    }
}

/// Escapes what would move the cursor, end the line or turn the writing round.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' => shown.extend(character.escape_unicode()),
            character if character.is_control() => shown.extend(character.escape_unicode()),
            character => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use omnibus_protocol::ChannelName;

    use super::*;

    fn envelope(sender: Option<&str>) -> Envelope {
        Envelope {
            channel: ChannelName::parse("foo").unwrap().to_buf(),
            kind: "hello".to_owned(),
            payload: Payload::parse(r#"{"text":"Hello world"}"#).unwrap(),
            sender: sender.map(str::to_owned),
        }
    }

    #[test]
    fn a_message_is_that_of_the_original_to_the_byte() {
        // N34.
        assert_eq!(
            envelope(Some("server")).to_frame(),
            r#"foo:{"sender": "server", "type": "hello", "payload": {"text": "Hello world"}}"#
        );
        assert_eq!(
            envelope(None).to_frame(),
            r#"foo:{"sender": null, "type": "hello", "payload": {"text": "Hello world"}}"#
        );
    }

    #[test]
    fn only_a_json_object_is_a_payload() {
        for text in ["", "1", "[]", "null", "{", "{'a':1}", "{} {}", "\"{}\""] {
            let problem = Payload::parse(text).unwrap_err();
            assert!(problem.contains("payload") && problem.contains("; "), "{problem}");
        }
    }

    #[test]
    fn an_echo_is_known_whatever_a_server_adds() {
        let sent = envelope(Some("me"));
        assert!(sent.is_echo(&sent.to_frame()));
        let added = r#"foo:{"epoch":"k","offset":7,"sender":"me","type":"hello","payload":{"text":"Hello world"}}"#;
        assert!(sent.is_echo(added));
        for other in [
            r#"foo:{"sender":"you","type":"hello","payload":{"text":"Hello world"}}"#,
            r#"foo:{"sender":"me","type":"bye","payload":{"text":"Hello world"}}"#,
            r#"foobar:{"sender":"me","type":"hello","payload":{"text":"Hello world"}}"#,
            "foo:no json",
            "foo",
        ] {
            assert!(!sent.is_echo(other), "{other}");
        }
    }

    #[test]
    fn a_line_is_one_line_whatever_came() {
        assert_eq!(Line::Text.of(b"foo:a\nb\x1b[2J"), "foo:a\\nb\\u{1b}[2J");
        assert_eq!(
            Line::Json.of(b"foo:{\"a\":\n1}"),
            r#"{"channel": "foo", "message": {"a": 1}}"#
        );
        assert_eq!(
            Line::Json.of(b"foo:\n\xff"),
            "{\"channel\": \"foo\", \"text\": \"\\n\\ufffd\"}"
        );
        assert_eq!(Line::Json.of(b"nothing"), r#"{"channel": "", "text": "nothing"}"#);
    }
}
