//! Which offer of permessage-deflate is accepted, and in which words? (RFC 7692 §5, §7.1)

/// The extension's name.
const NAME: &str = "permessage-deflate";

const SERVER_FORGETS: &str = "server_no_context_takeover";
const CLIENT_FORGETS: &str = "client_no_context_takeover";
const SERVER_WINDOW: &str = "server_max_window_bits";
const CLIENT_WINDOW: &str = "client_max_window_bits";

/// The parameters that an offer may have, each once (RFC 7692 §7.1).
const PARAMETERS: [&str; 4] = [SERVER_FORGETS, CLIENT_FORGETS, SERVER_WINDOW, CLIENT_WINDOW];

/// The window sizes there are, as they may be written: no sign, no zero in front (RFC 7692 §7.1.2).
const WINDOW_BITS: [&str; 8] = ["8", "9", "10", "11", "12", "13", "14", FULL_WINDOW];

/// The only window of the server's: every client gets the same bytes.
const FULL_WINDOW: &str = "15";

/// A connection's permessage-deflate: neither side keeps anything from one message to the next, and
/// the server's window is the full one of 15 bits.
///
/// So one compressed form of a message serves every connection, and none has state of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate {
    /// Whether the answer must name the server's window, because the offer did (RFC 7692 §7.1.2.1).
    names_window: bool,
}

impl Deflate {
    /// Accepts the first offer that can be kept; `offers` are the extensions with their parameters,
    /// most wanted first.
    ///
    /// An offer is declined that asks for a smaller window of the server's, and one with a
    /// parameter that is unknown, doubled or has no valid value (RFC 7692 §7).
    pub(crate) fn choose(offers: &[String]) -> Option<Self> {
        offers.iter().find_map(|offer| Self::accept(offer))
    }

    fn accept(offer: &str) -> Option<Self> {
        let mut parts = offer.split(';').map(str::trim);
        if parts.next() != Some(NAME) {
            return None;
        }
        let mut seen = [false; PARAMETERS.len()];
        let mut names_window = false;
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
                None => (part, None),
            };
            let place = PARAMETERS.iter().position(|parameter| *parameter == name)?;
            if std::mem::replace(&mut seen[place], true) {
                return None;
            }
            match (name, value) {
                (SERVER_FORGETS | CLIENT_FORGETS | CLIENT_WINDOW, None) => {}
                // What the client says of its own window is for those who keep one for it.
                (CLIENT_WINDOW, Some(bits)) if WINDOW_BITS.contains(&bits) => {}
                (SERVER_WINDOW, Some(FULL_WINDOW)) => names_window = true,
                _ => return None,
            }
        }
        Some(Self { names_window })
    }

    /// Appends the header that accepts the extension.
    pub(crate) fn append_header(self, out: &mut Vec<u8>) {
        let mut text = format!("Sec-WebSocket-Extensions: {NAME}; {SERVER_FORGETS}; {CLIENT_FORGETS}");
        if self.names_window {
            text.extend(["; ", SERVER_WINDOW, "=", FULL_WINDOW]);
        }
        text.push_str("\r\n");
        out.extend_from_slice(text.as_bytes());
    }
}

/// A parameter's value may be quoted, and must then be a token as well (RFC 6455 §9.1).
fn unquoted(value: &str) -> &str {
    value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(offers: &[&str]) -> Option<String> {
        let offers: Vec<String> = offers.iter().map(|offer| (*offer).to_owned()).collect();
        let mut out = Vec::new();
        Deflate::choose(&offers)?.append_header(&mut out);
        Some(String::from_utf8(out).unwrap())
    }

    const PLAIN: &str = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
                         client_no_context_takeover\r\n";
    const WITH_WINDOW: &str = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
                               client_no_context_takeover; server_max_window_bits=15\r\n";

    #[test]
    fn an_offer_that_can_be_kept_is_accepted() {
        for offer in [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate;client_max_window_bits=8",
            "permessage-deflate; client_max_window_bits = \"12\"",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        ] {
            assert_eq!(answer(&[offer]).as_deref(), Some(PLAIN), "{offer}");
        }
        for offer in [
            "permessage-deflate; server_max_window_bits=15",
            "permessage-deflate; client_max_window_bits=9; server_max_window_bits=\"15\"",
        ] {
            assert_eq!(answer(&[offer]).as_deref(), Some(WITH_WINDOW), "{offer}");
        }
    }

    #[test]
    fn an_offer_that_cannot_be_kept_or_read_is_declined() {
        for offer in [
            "",
            "permessage-bzip2",
            "x-webkit-deflate-frame",
            "permessage-deflate; server_max_window_bits=14",
            "permessage-deflate; server_max_window_bits=8; client_max_window_bits",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=015",
            "permessage-deflate; server_max_window_bits=+15",
            "permessage-deflate; server_max_window_bits=",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=08",
            "permessage-deflate; client_max_window_bits=\"1\\0\"",
            "permessage-deflate; client_max_window_bits=\"10",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=\"\"",
            "permessage-deflate; quality=9",
            "permessage-deflate;",
            "permessage-deflate; ; client_max_window_bits",
        ] {
            assert_eq!(answer(&[offer]), None, "{offer}");
        }
    }

    #[test]
    fn the_first_offer_that_can_be_kept_wins() {
        let offers = [
            "x-other",
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; server_max_window_bits=15",
            "permessage-deflate",
        ];
        assert_eq!(answer(&offers).as_deref(), Some(WITH_WINDOW));
        assert_eq!(answer(&[]), None);
    }
}
