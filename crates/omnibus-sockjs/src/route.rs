//! What does a URL below the base ask for?

/// The longest session id; clients choose 8 characters.
const SESSION_BYTES_MAX: usize = 128;

/// What a path below the base URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// The base itself: a greeting.
    Greeting,
    /// `/info`: what the server can do.
    Info,
    /// `/iframe….html`: a page through which other origins' pages talk.
    Iframe,
    /// `/websocket`: a WebSocket without SockJS's frames.
    RawWebSocket,
    /// `/<server>/<session>/<transport>`.
    Session(SessionRoute<'a>),
}

/// One request of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRoute<'a> {
    /// The session's id; the server's, before it, means nothing here.
    pub session: &'a str,
    /// What the request is.
    pub transport: Transport,
}

/// The last part of a session's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A WebSocket, the whole session.
    WebSocket,
    /// A poll: answered with the next frame.
    Xhr,
    /// Texts to the server.
    XhrSend,
    /// A response that goes on, a line a frame.
    XhrStreaming,
    /// A response that goes on, as server-sent events.
    EventSource,
    /// A response that goes on, as scripts in a page.
    HtmlFile,
    /// A poll, answered by a script that calls a function.
    Jsonp,
    /// Texts to the server, by a form.
    JsonpSend,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::WebSocket,
        Self::Xhr,
        Self::XhrSend,
        Self::XhrStreaming,
        Self::EventSource,
        Self::HtmlFile,
        Self::Jsonp,
        Self::JsonpSend,
    ];

    /// As it stands in a URL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Xhr => "xhr",
            Self::XhrSend => "xhr_send",
            Self::XhrStreaming => "xhr_streaming",
            Self::EventSource => "eventsource",
            Self::HtmlFile => "htmlfile",
            Self::Jsonp => "jsonp",
            Self::JsonpSend => "jsonp_send",
        }
    }

    /// The method that it is asked with.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Xhr | Self::XhrSend | Self::XhrStreaming | Self::JsonpSend => "POST",
            Self::WebSocket | Self::EventSource | Self::HtmlFile | Self::Jsonp => "GET",
        }
    }

    /// Whether it brings texts to the server.
    #[must_use]
    pub fn is_sending(self) -> bool {
        matches!(self, Self::XhrSend | Self::JsonpSend)
    }
}

/// Reads a path below the base URL, from behind the base on and without its query; `None` where
/// SockJS has nothing there.
#[must_use]
pub fn route(below: &str) -> Option<Route<'_>> {
    match below {
        "" | "/" => return Some(Route::Greeting),
        "/info" => return Some(Route::Info),
        "/websocket" => return Some(Route::RawWebSocket),
        _ => {}
    }
    let path = below.strip_prefix('/')?;
    if is_iframe(path) {
        return Some(Route::Iframe);
    }
    let mut parts = path.split('/');
    let (server, session, name) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none();
    let is_part = |part: &str| !part.is_empty() && part.len() <= SESSION_BYTES_MAX && !part.contains('.');
    let transport = Transport::ALL.into_iter().find(|transport| transport.name() == name)?;
    (is_whole && is_part(server) && is_part(session)).then_some(Route::Session(SessionRoute { session, transport }))
}

/// `iframe` and perhaps a version, `.html`.
fn is_iframe(path: &str) -> bool {
    let Some(version) = path.strip_prefix("iframe").and_then(|rest| rest.strip_suffix(".html")) else {
        return false;
    };
    let is_version = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    version.bytes().all(is_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_base_name_what_the_protocol_says() {
        for (path, expected) in [
            ("", Route::Greeting),
            ("/", Route::Greeting),
            ("/info", Route::Info),
            ("/websocket", Route::RawWebSocket),
            ("/iframe.html", Route::Iframe),
            ("/iframe-.html", Route::Iframe),
            ("/iframe-0.1.2abc-dirty.2144.html", Route::Iframe),
        ] {
            assert_eq!(route(path), Some(expected), "{path}");
        }
        for transport in Transport::ALL {
            for (server, session) in [("000", "abc"), ("_", "_"), ("1", "abcdefg_i-j%20")] {
                let path = format!("/{server}/{session}/{}", transport.name());
                assert_eq!(route(&path), Some(Route::Session(SessionRoute { session, transport })));
            }
        }
    }

    #[test]
    fn everything_else_is_nothing() {
        for path in [
            "x",
            "/x",
            "//",
            "///",
            "/a/a",
            "/a/a/",
            "/info/",
            "/Info",
            "/a.html",
            "/iframe.htm",
            "/iframe",
            "/IFRAME.HTML",
            "/iframe.HTML",
            "/iframe.xml",
            "/iframe-/.html",
            "/iframeA.html",
            "////xhr",
            "/a./a/xhr",
            "/a/a./xhr",
            "/./././xhr",
            "//xhr",
            "/a//xhr",
            "/a/b/XHR",
            "/a/b/xhr/",
            "/a/b/c/xhr",
            "/a/b/xhr_sends",
        ] {
            assert_eq!(route(path), None, "{path}");
        }
    }

    #[test]
    fn a_session_id_has_a_longest_length() {
        let path = |bytes: usize| format!("/0/{}/xhr", "x".repeat(bytes));
        assert!(route(&path(SESSION_BYTES_MAX)).is_some());
        assert_eq!(route(&path(SESSION_BYTES_MAX + 1)), None);
    }
}
