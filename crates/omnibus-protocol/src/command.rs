//! What did a client say: a command, or a message for a channel?
//!
//! A text that starts with `!` is a command, `!name:argument`; any other is a
//! message, `channel:rest`. Both split at the first colon, and what follows it
//! may hold anything. Nothing is copied and nothing is checked here: whether
//! a channel's name is valid is a question of its own.

/// One text of a client, taken apart and borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientText<'a> {
    /// `!name:argument`.
    Command(Command<'a>),
    /// `channel:rest`.
    Message {
        /// Everything before the first colon; may be empty or no valid name.
        channel: &'a str,
        /// Everything after the first colon; opaque (N17).
        rest: &'a str,
    },
    /// A text that is neither: no leading `!` and no colon (N13).
    NoColon,
    /// A text of no bytes (N11, N12).
    Empty,
}

/// A command, `!name:argument`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// The bytes between `!` and the first colon, as they came (N09).
    pub name: &'a str,
    /// Everything after the first colon; `None` if there is no colon (N05, N10).
    pub argument: Option<&'a str>,
}

impl<'a> ClientText<'a> {
    /// Takes a text apart at its first colon.
    #[must_use]
    pub fn split(text: &'a str) -> Self {
        if let Some(command) = text.strip_prefix('!') {
            return Self::Command(match command.split_once(':') {
                Some((name, argument)) => Command {
                    name,
                    argument: Some(argument),
                },
                None => Command {
                    name: command,
                    argument: None,
                },
            });
        }
        match text.split_once(':') {
            Some((channel, rest)) => Self::Message { channel, rest },
            None if text.is_empty() => Self::Empty,
            None => Self::NoColon,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command<'a>(name: &'a str, argument: Option<&'a str>) -> ClientText<'a> {
        ClientText::Command(Command { name, argument })
    }

    fn message<'a>(channel: &'a str, rest: &'a str) -> ClientText<'a> {
        ClientText::Message { channel, rest }
    }

    #[test]
    fn every_text_of_the_recordings_splits_at_its_first_colon() {
        for (text, split) in [
            ("!authenticate:idA", command("authenticate", Some("idA"))),
            ("!authenticate:", command("authenticate", Some(""))),
            ("!authenticate:a:b:c", command("authenticate", Some("a:b:c"))),
            ("!authenticate", command("authenticate", None)),
            ("!", command("", None)),
            ("!:x", command("", Some("x"))),
            ("! subscribe:foo", command(" subscribe", Some("foo"))),
            ("!!a:b", command("!a", Some("b"))),
            ("!n\"o\\pé☃:1", command("n\"o\\pé☃", Some("1"))),
            ("foo:{\"k\":1}", message("foo", "{\"k\":1}")),
            ("foo:", message("foo", "")),
            ("foo::", message("foo", ":")),
            (":{}", message("", "{}")),
            ("a!b:x", message("a!b", "x")),
            ("hello", ClientText::NoColon),
            ("", ClientText::Empty),
        ] {
            assert_eq!(ClientText::split(text), split, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_parts_put_together_are_the_text_again(text in ".{0,40}|[!:a]{0,6}") {
            let again = match ClientText::split(&text) {
                ClientText::Command(Command { name, argument: Some(argument) }) => format!("!{name}:{argument}"),
                ClientText::Command(Command { name, argument: None }) => format!("!{name}"),
                ClientText::Message { channel, rest } => format!("{channel}:{rest}"),
                ClientText::NoColon => text.clone(),
                ClientText::Empty => String::new(),
            };
            proptest::prop_assert_eq!(again, text);
        }
    }
}
