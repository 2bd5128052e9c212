//! What does a request head ask for?

use std::net::IpAddr;

use omnibus_hub::Counter;
use omnibus_websocket::{HeadError, RequestHead, Upgrade, upgrade};
use tracing::debug;

use crate::address;
use crate::http::{Exchange, Response};
use crate::origin;
use crate::respond;
use crate::script;
use crate::shared::Shared;
use crate::sockjs::{self, Asked};

/// The page at `/`: two windows of it see each other's mouse.
const PAGE: &str = include_str!("page.html");

/// The path that says whether the process lives.
const HEALTH_PATH: &str = "/healthz";

/// What a head asks for.
pub(crate) enum Route {
    /// A WebSocket, with SockJS's frames in its own or without.
    WebSocket {
        upgrade: Upgrade,
        framed: bool,
        address: IpAddr,
    },
    /// An answer that ends its connection.
    Answer(Response, Option<Counter>),
    /// Something of SockJS's, on a connection that may go on.
    SockJs { asked: Asked, exchange: Exchange },
}

/// Looks at a head from the other end of a connection.
pub(crate) fn route(head: &RequestHead<'_>, peer: IpAddr, shared: &Shared) -> Route {
    let config = &shared.config;
    let path = head.path();
    let reads = matches!(head.method, "GET" | "HEAD");
    if path == config.base_url && !(config.sockjs.is_some() && is_plain(head)) {
        return websocket(head, false, peer, shared);
    }
    match path {
        "/" if config.page && reads => {
            let page = PAGE.replace("{base_url}", &config.base_url);
            return answer(head, respond::page(page), None);
        }
        HEALTH_PATH if reads => return answer(head, respond::alive(), None),
        path if reads && script::is_at(path, &config.base_url) => return answer(head, script::answer(head), None),
        _ => {}
    }
    sockjs(head, peer, shared).unwrap_or_else(|| answer(head, respond::not_found(), Some(Counter::RefusedHeads)))
}

/// A head that can't be read.
pub(crate) fn refuse(error: &HeadError) -> Route {
    debug!(%error, "request refused");
    Route::Answer(respond::bad_head(error), Some(Counter::RefusedHeads))
}

/// A request that took too long.
pub(crate) fn too_late() -> Route {
    Route::Answer(respond::too_late(), Some(Counter::RefusedHeads))
}

/// Whether a request does not look like one for a WebSocket.
fn is_plain(head: &RequestHead<'_>) -> bool {
    head.header("upgrade").is_none()
}

fn websocket(head: &RequestHead<'_>, framed: bool, peer: IpAddr, shared: &Shared) -> Route {
    let config = &shared.config;
    match upgrade(head) {
        Err(error) => answer(head, respond::no_upgrade(&error), Some(Counter::RefusedHeads)),
        Ok(_) if !origin::is_allowed(head.header("origin"), head.host(), &config.allowed_origins) => {
            origin::log_refused(head.header("origin"));
            answer(head, respond::foreign_origin(), Some(Counter::RefusedOrigin))
        }
        Ok(upgrade) => Route::WebSocket {
            // What stands in SockJS's frames goes as it is: another form to compress for few clients.
            upgrade: match shared.dialects.deflated {
                Some(_) if !framed => upgrade.accept_deflate(),
                _ => upgrade,
            },
            framed,
            address: address::of_client(peer, head, &config.trusted_proxies),
        },
    }
}

fn sockjs(head: &RequestHead<'_>, peer: IpAddr, shared: &Shared) -> Option<Route> {
    let below = head.path().strip_prefix(shared.config.base_url.trim_end_matches('/'))?;
    let (asked, exchange) = sockjs::ask(head, below, peer, shared)?;
    Some(match asked {
        Asked::WebSocket { framed } => websocket(head, framed, peer, shared),
        asked => Route::SockJs { asked, exchange },
    })
}

fn answer(head: &RequestHead<'_>, response: Response, counter: Option<Counter>) -> Route {
    let response = match head.method {
        "HEAD" => response.without_body(),
        _ => response,
    };
    Route::Answer(response, counter)
}
