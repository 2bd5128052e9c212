//! Which answer does a request's head ask for?

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use omnibus_hub::Counter;
use omnibus_sockjs::{Callback, Info, Route, SessionRoute, Transport, route};
use omnibus_websocket::RequestHead;

use crate::config::SockJs;
use crate::http::{Exchange, Response};
use crate::origin;
use crate::shared::Shared;

use super::{Receive, Sending};

/// What one request wants, once its body has come.
pub(crate) enum Asked {
    /// An answer that is known already.
    Answer(Response, Option<Counter>),
    /// The upgrade to a session of its own.
    WebSocket {
        /// Whether SockJS's frames stand in the WebSocket's.
        framed: bool,
    },
    /// To receive for a session.
    Receive(Box<Receive>),
    /// To send to a session.
    Send(Sending),
}

const A_YEAR: Duration = Duration::from_secs(31_536_000);

/// Looks at a head below the base URL; `None` where SockJS has nothing there.
pub(crate) fn ask(head: &RequestHead<'_>, below: &str, peer: IpAddr, shared: &Shared) -> Option<(Asked, Exchange)> {
    let config = shared.config.sockjs.as_ref()?;
    let route = route(below)?;
    let mut exchange = Exchange::of(head, peer, &shared.config.trusted_proxies);
    let asked = match route {
        Route::Greeting => plain(head, &exchange, || Response::text(200).body("Welcome to SockJS!\n")),
        Route::Iframe => plain(head, &exchange, || iframe(head, shared)),
        Route::RawWebSocket => websocket(head, config, false, &exchange)?,
        Route::Info => judged(head, shared, &mut exchange).unwrap_or_else(|| info(head, config, &exchange)),
        Route::Session(SessionRoute { session, transport }) => {
            if !config.transports.contains(&received_by(transport)) && !is_sent_for(transport, config) {
                return None;
            }
            if transport == Transport::WebSocket {
                websocket(head, config, true, &exchange)?
            } else {
                if config.cookie {
                    exchange.cookie = Some(cookie(head).into());
                }
                judged(head, shared, &mut exchange).unwrap_or_else(|| of_session(head, session, transport, &exchange))
            }
        }
    };
    Some((asked, exchange))
}

/// The transport of which this one is a part, if it is one.
fn received_by(transport: Transport) -> Transport {
    match transport {
        Transport::JsonpSend => Transport::Jsonp,
        other => other,
    }
}

/// Streams and polls send by `xhr_send`.
fn is_sent_for(transport: Transport, config: &SockJs) -> bool {
    transport == Transport::XhrSend
        && config
            .transports
            .iter()
            .any(|transport| !matches!(transport, Transport::WebSocket | Transport::Jsonp))
}

fn websocket(head: &RequestHead<'_>, config: &SockJs, framed: bool, exchange: &Exchange) -> Option<Asked> {
    config
        .transports
        .contains(&Transport::WebSocket)
        .then(|| match head.method {
            "GET" | "HEAD" => Asked::WebSocket { framed },
            _ => wrong_method("GET", exchange),
        })
}

/// A page that any site may show.
fn plain(head: &RequestHead<'_>, exchange: &Exchange, answer: impl FnOnce() -> Response) -> Asked {
    match head.method {
        "GET" | "HEAD" => Asked::Answer(answer(), None),
        _ => wrong_method("GET", exchange),
    }
}

fn iframe(head: &RequestHead<'_>, shared: &Shared) -> Response {
    let iframe = &shared.iframe;
    let is_known = iframe.is_known(head.header("if-none-match"));
    let response = lasting(Response::new(if is_known { 304 } else { 200 })).header("ETag", iframe.etag());
    if is_known {
        return response;
    }
    response
        .header("Content-Type", "text/html; charset=UTF-8")
        .header("X-Content-Type-Options", "nosniff")
        .body(iframe.page())
}

/// Allows to keep an answer for long.
fn lasting(response: Response) -> Response {
    response
        .header("Cache-Control", "public, max-age=31536000")
        .header("Expires", &httpdate::fmt_http_date(SystemTime::now() + A_YEAR))
}

/// Whether the page that asks may; the refusal, if not.
fn judged(head: &RequestHead<'_>, shared: &Shared, exchange: &mut Exchange) -> Option<Asked> {
    let origin = origin::of(head);
    if origin::is_allowed(origin, head.host(), &shared.config.allowed_origins) {
        exchange.origin = head.header("origin").map(Into::into);
        return None;
    }
    origin::log_refused(origin);
    let response = Response::text(403).body("Cross origin requests not allowed");
    Some(Asked::Answer(response, Some(Counter::RefusedOrigin)))
}

fn info(head: &RequestHead<'_>, config: &SockJs, exchange: &Exchange) -> Asked {
    if head.method == "OPTIONS" {
        return Asked::Answer(preflight(head, "OPTIONS, GET", exchange), None);
    }
    plain(head, exchange, || {
        let info = Info {
            websocket: config.transports.contains(&Transport::WebSocket),
            cookie_needed: config.cookie,
            entropy: fastrand::u32(..),
        };
        Response::new(200)
            .header("Content-Type", "application/json; charset=UTF-8")
            .readable(exchange)
            .fresh()
            .body(info.to_json())
    })
}

fn of_session(head: &RequestHead<'_>, session: &str, transport: Transport, exchange: &Exchange) -> Asked {
    let methods = match transport.method() {
        "POST" => "OPTIONS, POST",
        _ => "OPTIONS, GET",
    };
    if head.method == "OPTIONS" {
        return Asked::Answer(preflight(head, methods, exchange), None);
    }
    if head.method != transport.method() {
        return wrong_method(methods, exchange);
    }
    if transport.is_sending() {
        return Asked::Send(Sending::new(head, session, transport));
    }
    let callback = match transport {
        Transport::Jsonp | Transport::HtmlFile => match Callback::from_query(head.query()) {
            Ok(callback) => Some(callback),
            Err(error) => {
                let response = Response::text(500).fresh().body(format!("{error}\n"));
                return Asked::Answer(response, Some(Counter::RefusedHeads));
            }
        },
        _ => None,
    };
    Asked::Receive(Box::new(Receive {
        session: session.into(),
        transport,
        exchange: exchange.clone(),
        callback,
    }))
}

fn wrong_method(allowed: &str, exchange: &Exchange) -> Asked {
    let response = Response::new(405).header("Allow", allowed).readable(exchange);
    Asked::Answer(response, Some(Counter::RefusedHeads))
}

/// The answer to a browser that asks whether it may ask.
fn preflight(head: &RequestHead<'_>, methods: &str, exchange: &Exchange) -> Response {
    let response = lasting(Response::new(204))
        .header("Access-Control-Max-Age", "31536000")
        .header("Access-Control-Allow-Methods", methods)
        .header("Allow", methods)
        .readable(exchange)
        .sticky(exchange);
    let headers = head.header("access-control-request-headers").unwrap_or_default();
    let are_names = |byte: u8| byte.is_ascii_alphanumeric() || b"-_, ".contains(&byte);
    if headers.is_empty() || !headers.bytes().all(are_names) {
        return response;
    }
    response.header("Access-Control-Allow-Headers", headers)
}

/// The value of the cookie that a load balancer has set, or one that says nothing.
fn cookie<'a>(head: &RequestHead<'a>) -> &'a str {
    const VALUE_BYTES_MAX: usize = 128;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!".contains(&byte);
    head.headers("cookie")
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix("JSESSIONID="))
        .filter(|value| !value.is_empty() && value.len() <= VALUE_BYTES_MAX && value.bytes().all(is_plain))
        .unwrap_or("dummy")
}
