//! What has a client done?

use std::time::{SystemTime, UNIX_EPOCH};

use omnibus_protocol::json_string;

/// Something that a client has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// What it is.
    pub kind: Kind,
    /// The name of its connection, as long as the node runs.
    pub connection: &'a str,
    /// What the client calls itself. It chose that: any text of a name's length.
    pub identifier: &'a str,
    /// The user's key, where the client is known as a user.
    pub user: Option<&'a str>,
    /// The channel that was joined or left.
    pub channel: Option<&'a str>,
}

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// It has an identity now.
    Connect,
    /// It is gone, or about to become somebody else.
    Disconnect,
    /// It has joined a channel.
    Subscribe,
    /// It has left one.
    Unsubscribe,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Connect, Self::Disconnect, Self::Subscribe, Self::Unsubscribe];

    /// The kind's name on the wire and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// When an event happened, and which one of its node it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) id: u64,
    pub(crate) unix_millis: u64,
}

impl Stamp {
    /// The event with this number happens now.
    pub(crate) fn now(id: u64) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            id,
            unix_millis: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Event<'_> {
    /// Writes the event as one JSON object.
    pub(crate) fn to_json(self, stamp: Stamp) -> Box<[u8]> {
        let mut out = Vec::with_capacity(192);
        out.extend_from_slice(b"{\"event\":");
        push_text(&mut out, self.kind.name());
        out.extend_from_slice(format!(",\"id\":{}", stamp.id).as_bytes());
        out.extend_from_slice(b",\"connection\":");
        push_text(&mut out, self.connection);
        out.extend_from_slice(b",\"identifier\":");
        push_text(&mut out, self.identifier);
        out.extend_from_slice(b",\"user\":");
        match self.user {
            Some(user) => push_text(&mut out, user),
            None => out.extend_from_slice(b"null"),
        }
        let Stamp { unix_millis, .. } = stamp;
        out.extend_from_slice(format!(",\"time\":{}.{:03}", unix_millis / 1_000, unix_millis % 1_000).as_bytes());
        if let Some(channel) = self.channel {
            out.extend_from_slice(b",\"channel\":");
            push_text(&mut out, channel);
        }
        out.push(b'}');
        out.into_boxed_slice()
    }
}

/// Appends a text with its quotes.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    json_string::push_plain(out, text);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_object_as_the_specification_has_it() {
        let event = Event {
            kind: Kind::Connect,
            connection: "0-5-1",
            identifier: "5c1e",
            user: Some("42"),
            channel: None,
        };
        let stamp = Stamp {
            id: 1,
            unix_millis: 1_790_000_000_123,
        };
        assert_eq!(
            std::str::from_utf8(&event.to_json(stamp)).unwrap(),
            r#"{"event":"connect","id":1,"connection":"0-5-1","identifier":"5c1e","user":"42","time":1790000000.123}"#
        );
    }

    #[test]
    fn names_of_any_kind_come_out_as_they_went_in() {
        let name = "\"\\\u{1}\u{7f}é\u{2028}😀</script>";
        let event = Event {
            kind: Kind::Subscribe,
            connection: "0-0-1",
            identifier: name,
            user: None,
            channel: Some(name),
        };
        let stamp = Stamp { id: 2, unix_millis: 7 };
        let read: serde_json::Value = serde_json::from_slice(&event.to_json(stamp)).unwrap();
        assert_eq!(read["identifier"], name);
        assert_eq!(read["channel"], name);
        assert_eq!(read["user"], serde_json::Value::Null);
        assert_eq!(read["time"], 0.007);
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        assert_eq!(Kind::named("Connect"), None);
    }
}
