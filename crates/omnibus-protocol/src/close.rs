//! Why does the server close a connection, and may the client come back?
//!
//! `spec/close-codes.toml` is the definition, shared with the clients; the
//! table here is checked against it row by row. A client's code is echoed
//! whatever it is (N27), so only the server's own reasons stand here.

use std::time::Duration;

/// A reason of the server's to close a connection.
///
/// Two reasons may share a code; the text in the close frame tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Close {
    /// The client asked for it, or there is nothing left to do.
    Normal,
    /// The server stops (N44, N45: the original just vanished).
    GoingAway,
    /// The client broke RFC 6455 (N26, N29–N32).
    ProtocolError,
    /// A text that is not UTF-8 (N25).
    NotUtf8,
    /// More malformed messages than a connection may send.
    BadMessages,
    /// The client has not said who it is in time.
    AuthenticationTimeout,
    /// A message that was not whole in time.
    MessageTooSlow,
    /// A message beyond the limit (N33).
    MessageTooBig,
    /// A defect of the server's.
    InternalError,
    /// The client reads too slowly and its outbox is full.
    SlowConsumer,
    /// The server has no room for more.
    Overloaded,
    /// The token that the client was let in with has run out; it may come back
    /// with a new one.
    TokenExpired,
    /// The client's user has lost rights; it finds out anew which it has.
    RightsChanged,
    /// The client's user may not log in any more.
    UserDeactivated,
}

/// What the wire and a client need to know about one [`Close`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseFacts {
    /// The name in data and metrics.
    pub name: &'static str,
    /// The WebSocket close code.
    pub code: u16,
    /// The text in the close frame, at most 123 bytes (RFC 6455 section 5.5).
    pub reason: &'static str,
    /// How soon the client may come back, at the earliest; `None` if it should
    /// not, because the same would happen again.
    pub reconnect_after: Option<Duration>,
}

impl Close {
    /// Every reason, in the order of `spec/close-codes.toml`.
    pub const ALL: [Self; 14] = [
        Self::Normal,
        Self::GoingAway,
        Self::ProtocolError,
        Self::NotUtf8,
        Self::BadMessages,
        Self::AuthenticationTimeout,
        Self::MessageTooSlow,
        Self::MessageTooBig,
        Self::InternalError,
        Self::SlowConsumer,
        Self::Overloaded,
        Self::TokenExpired,
        Self::RightsChanged,
        Self::UserDeactivated,
    ];

    /// Everything about this reason.
    #[must_use]
    pub const fn facts(self) -> CloseFacts {
        match self {
            Self::Normal => row("normal", 1000, "closed as asked", None),
            Self::GoingAway => row("going_away", 1001, "server is stopping", Some(500)),
            Self::ProtocolError => row("protocol_error", 1002, "broken websocket frame", None),
            Self::NotUtf8 => row("not_utf8", 1007, "text is not utf-8", None),
            Self::BadMessages => row("bad_messages", 1008, "too many malformed messages", None),
            Self::AuthenticationTimeout => {
                row("authentication_timeout", 1008, "not authenticated in time", Some(5_000))
            }
            Self::MessageTooSlow => row("message_too_slow", 1008, "message took too long to arrive", Some(5_000)),
            Self::MessageTooBig => row("message_too_big", 1009, "message too big", Some(1_000)),
            Self::InternalError => row("internal_error", 1011, "internal error", Some(5_000)),
            Self::SlowConsumer => row("slow_consumer", 1013, "client reads too slowly", Some(1_000)),
            Self::Overloaded => row("overloaded", 1013, "server is overloaded", Some(10_000)),
            // The codes that the registry of RFC 6455 has for these: unauthorized and forbidden.
            Self::TokenExpired => row("token_expired", 3000, "token has run out", Some(500)),
            Self::RightsChanged => row("rights_changed", 3000, "rights have changed", Some(500)),
            Self::UserDeactivated => row("user_deactivated", 3003, "user may not log in", None),
        }
    }

    /// The WebSocket close code.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.facts().code
    }

    /// The text in the close frame.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.facts().reason
    }

    /// The name in data and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }
}

const fn row(name: &'static str, code: u16, reason: &'static str, reconnect_after_ms: Option<u64>) -> CloseFacts {
    CloseFacts {
        name,
        code,
        reason,
        reconnect_after: match reconnect_after_ms {
            Some(ms) => Some(Duration::from_millis(ms)),
            None => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = include_str!("../../../spec/close-codes.toml");

    #[test]
    fn every_row_of_the_data_is_here_and_nothing_else() {
        let data: toml_edit::DocumentMut = DATA.parse().unwrap();
        let rows: Vec<_> = data["close"].as_array_of_tables().unwrap().iter().collect();
        assert_eq!(rows.len(), Close::ALL.len());
        for (row, close) in rows.iter().zip(Close::ALL) {
            let facts = close.facts();
            let after = row
                .get("reconnect_after_ms")
                .map(|ms| Duration::from_millis(u64::try_from(ms.as_integer().unwrap()).unwrap()));
            assert_eq!(row["name"].as_str(), Some(facts.name));
            assert_eq!(row["code"].as_integer(), Some(i64::from(facts.code)));
            assert_eq!(row["reason"].as_str(), Some(facts.reason));
            assert_eq!(after, facts.reconnect_after, "{}", facts.name);
            assert_eq!(row["reconnect"].as_bool(), Some(after.is_some()));
        }
    }

    #[test]
    fn every_row_fits_a_close_frame_and_has_a_name_of_its_own() {
        for (at, close) in Close::ALL.into_iter().enumerate() {
            let facts = close.facts();
            assert!(facts.reason.len() <= 123);
            // 1004–1006 and 1015 never stand in a frame (RFC 6455 section 7.4.1).
            assert!(matches!(facts.code, 1000..=1003 | 1007..=1014 | 3000..=4999));
            for other in &Close::ALL[..at] {
                assert_ne!(other.name(), facts.name);
                assert_ne!((other.code(), other.reason()), (facts.code, facts.reason));
            }
        }
    }
}
