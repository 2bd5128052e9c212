//! What does a new connection want?

use std::net::IpAddr;
use std::sync::Arc;

use omnibus_hub::{Context, Counter, Overflow, Peer};
use omnibus_websocket::{HeadError, RequestHead, Upgrade, encode_101, parse_head, upgrade};
use tracing::debug;

use crate::address;
use crate::origin;
use crate::respond::Response;
use crate::script;
use crate::shared::Shared;
use crate::websocket::WebSocket;

/// The page at `/`: two windows of it see each other's mouse.
const PAGE: &str = include_str!("page.html");

/// The path that says whether the process lives.
const HEALTH_PATH: &str = "/healthz";

/// A connection until its first request head is read.
pub(crate) struct Door {
    shared: Arc<Shared>,
    /// The other end of the connection: the client, or a proxy before it.
    peer: IpAddr,
    /// The beginning of a head that did not come in one piece.
    head: Vec<u8>,
}

/// What a head asks for.
enum Route {
    WebSocket(Upgrade, IpAddr),
    Answer(Vec<u8>, Option<Counter>),
}

impl Door {
    pub(crate) fn new(shared: Arc<Shared>, peer: IpAddr) -> Self {
        Self {
            shared,
            peer,
            head: Vec::new(),
        }
    }

    fn follow(&self, route: Route, context: &mut Context<'_>) {
        match route {
            Route::WebSocket(upgrade, address) => {
                context.send(|out| encode_101(&upgrade, out));
                let peer = WebSocket::new(Arc::clone(&self.shared), address, context);
                context.replace_peer(Box::new(peer));
            }
            Route::Answer(answer, counter) => {
                counter.into_iter().for_each(|counter| context.count(counter));
                context.send(|out| out.extend_from_slice(&answer));
                context.close();
            }
        }
    }

    fn refuse(error: &HeadError) -> Route {
        debug!(%error, "request refused");
        answer(
            &Response::bad_head(error, &format!("{error}\n")),
            Some(Counter::RefusedHeads),
        )
    }

    fn route(&self, head: &RequestHead<'_>) -> Route {
        let config = &self.shared.config;
        let path = head.path();
        let reads = matches!(head.method, "GET" | "HEAD");
        let head_only = head.method == "HEAD";
        if path == config.base_url {
            return match upgrade(head) {
                Err(error) => answer(
                    &Response::no_upgrade(&error).without_body_if(head_only),
                    Some(Counter::RefusedHeads),
                ),
                Ok(_) if !origin::is_allowed(head.header("origin"), head.host(), &config.allowed_origins) => {
                    debug!(
                        origin = head.header("origin").map(|origin| origin.escape_debug().to_string()),
                        "origin refused; add it to server.allowed_origins if its pages may use this server"
                    );
                    answer(&Response::foreign_origin(), Some(Counter::RefusedOrigin))
                }
                Ok(upgrade) => Route::WebSocket(upgrade, address::of_client(self.peer, head, &config.trusted_proxies)),
            };
        }
        match path {
            _ if reads && script::is_at(path, &config.base_url) => Route::Answer(script::answer(head), None),
            "/" if config.page && reads => {
                let page = PAGE.replace("{base_url}", &config.base_url);
                answer(&Response::page(&page).without_body_if(head_only), None)
            }
            HEALTH_PATH if reads => answer(&Response::alive().without_body_if(head_only), None),
            _ => answer(
                &Response::not_found().without_body_if(head_only),
                Some(Counter::RefusedHeads),
            ),
        }
    }
}

fn answer(response: &Response<'_>, counter: Option<Counter>) -> Route {
    let mut bytes = Vec::new();
    response.append_to(&mut bytes);
    Route::Answer(bytes, counter)
}

impl Peer for Door {
    fn on_open(&mut self, context: &mut Context<'_>) {
        context.wake_at(context.now() + self.shared.config.rules.limits.head_time_max);
    }

    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        let before = self.head.len();
        // A head that comes in one piece, as nearly all do, is read where it is.
        let bytes = if before == 0 {
            &*input
        } else {
            self.head.extend_from_slice(input);
            &self.head
        };
        let (route, used) = match parse_head(bytes, &self.shared.head_limits) {
            Err(error) => (Self::refuse(&error), input.len()),
            Ok(Some((head, length))) => (self.route(&head), length - before),
            Ok(None) => {
                if before == 0 {
                    self.head.extend_from_slice(input);
                }
                return input.len();
            }
        };
        self.follow(route, context);
        used
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        let route = answer(&Response::too_late(), Some(Counter::RefusedHeads));
        self.follow(route, context);
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close {
            bytes_max: self.shared.config.rules.limits.outbox_bytes_max,
        }
    }
}
