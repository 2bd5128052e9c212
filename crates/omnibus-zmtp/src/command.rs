//! What does a command say?
//!
//! A command's body is the length of its name, the name, and data
//! (RFC 37, grammar: `command-body`).

use std::time::Duration;

use crate::error::{Error, quoted};

pub(crate) const READY: &[u8] = b"READY";
pub(crate) const ERROR: &[u8] = b"ERROR";
pub(crate) const SUBSCRIBE: &[u8] = b"SUBSCRIBE";
pub(crate) const CANCEL: &[u8] = b"CANCEL";
pub(crate) const PING: &[u8] = b"PING";
pub(crate) const PONG: &[u8] = b"PONG";

/// Longest context of a PING (RFC 37, grammar: `ping-context`).
pub(crate) const PING_CONTEXT_BYTES_MAX: usize = 16;

/// A command in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Command<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) data: &'a [u8],
}

impl<'a> Command<'a> {
    /// Cuts a command's body into name and data.
    ///
    /// The grammar allows letters only; digits and punctuation are let through, because other
    /// speakers' extensions use them and nothing depends on it.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Error> {
        let parts = body
            .split_first()
            .and_then(|(&name_bytes, rest)| rest.split_at_checked(usize::from(name_bytes)));
        match parts {
            Some((name, data)) if !name.is_empty() && name.iter().all(u8::is_ascii_graphic) => Ok(Self { name, data }),
            _ => Err(Error::BadCommandName { bytes: body.len() }),
        }
    }

    /// States that this command has no meaning at `place`.
    pub(crate) fn unexpected(self, place: &'static str) -> Error {
        Error::UnexpectedCommand {
            name: quoted(self.name),
            place,
        }
    }
}

/// A PING in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ping<'a> {
    /// Time that the peer asks us to wait for more; zero asks for nothing.
    pub(crate) ttl: Duration,
    /// What our PONG must repeat.
    pub(crate) context: &'a [u8],
}

impl<'a> Ping<'a> {
    /// Reads a PING's data: a TTL in tenths of a second, and up to 16 bytes of context.
    pub(crate) fn read(data: &'a [u8]) -> Result<Self, Error> {
        match data.split_first_chunk() {
            Some((&ttl, context)) if context.len() <= PING_CONTEXT_BYTES_MAX => Ok(Self {
                ttl: Duration::from_millis(100) * u32::from(u16::from_be_bytes(ttl)),
                context,
            }),
            _ => Err(Error::BadPing { bytes: data.len() }),
        }
    }
}

/// Reads the reason of an ERROR. What is not as the grammar says is shown as it stands: the
/// connection is over in any case.
pub(crate) fn error_reason(data: &[u8]) -> String {
    match data.split_first() {
        Some((&reason_bytes, rest)) if usize::from(reason_bytes) == rest.len() => quoted(rest),
        _ => quoted(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_cut_into_name_and_data() {
        assert_eq!(
            Command::read(b"\x06CANCELa:"),
            Ok(Command {
                name: CANCEL,
                data: b"a:"
            })
        );
        assert_eq!(Command::read(b"\x05READY"), Ok(Command { name: READY, data: b"" }));
    }

    #[test]
    fn a_command_without_a_readable_name_is_refused() {
        for body in [&b""[..], b"\0", b"\0READY", b"\x06READY", b"\x02A\n", b"\x02\xc3\xa4"] {
            assert_eq!(Command::read(body), Err(Error::BadCommandName { bytes: body.len() }));
        }
    }

    #[test]
    fn a_ping_carries_tenths_of_a_second_and_a_context() {
        assert_eq!(
            Ping::read(b"\x00\x0fabc"),
            Ok(Ping {
                ttl: Duration::from_millis(1500),
                context: b"abc"
            })
        );
        assert_eq!(
            Ping::read(b"\xff\xff").map(|ping| ping.ttl),
            Ok(Duration::from_millis(6_553_500))
        );
    }

    #[test]
    fn a_ping_of_the_wrong_length_is_refused() {
        for bytes in [0, 1, 19, 200] {
            assert_eq!(Ping::read(&vec![7; bytes]), Err(Error::BadPing { bytes }));
        }
        assert!(Ping::read(&[7; 18]).is_ok());
    }

    #[test]
    fn the_reason_of_an_error_is_shown_even_when_it_is_malformed() {
        assert_eq!(error_reason(b"\x03bad"), "bad");
        assert_eq!(error_reason(b"\x09bad"), "\\tbad");
        assert_eq!(error_reason(b""), "");
    }
}
