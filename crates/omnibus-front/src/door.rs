//! How does a connection come to what it wants, request after request?
//!
//! ```text
//!            head                  body, if there is one
//!   Head ──────────▶ answered ───────────────────▶ Telling: the session has it ──▶ answered
//!    ▲  │                                                                             │
//!    │  ├──▶ a WebSocket takes its place                                              │
//!    │  └──▶ moved to its session, which answers, and gives the socket to a new door  │
//!    └──────────────────────── keep-alive ────────────────────────────────────────────┘
//! ```

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use omnibus_hub::{Context, Counter, Overflow, Peer, PeerId, SocketEvent};
use omnibus_sockjs::append_close;
use omnibus_websocket::{encode_101, parse_head};

use crate::chunked::{Chunked, ChunkedError};
use crate::http::{Exchange, Response};
use crate::routing::{self, Route};
use crate::sessions::{NoSeat, Sessions};
use crate::shared::Shared;
use crate::sockjs::{Asked, Incoming, Receive, Sending, SockSession, Taken};
use crate::websocket::{Form, WebSocket};

/// How long a connection may stay silent between two requests.
const KEEP_ALIVE_MAX: Duration = Duration::from_secs(60);

/// The largest body of a request that brings none of meaning.
const IDLE_BODY_BYTES_MAX: usize = 16 << 10;

/// A connection between requests, or in one that no session has.
pub(crate) struct Door {
    shared: Arc<Shared>,
    /// The other end of the connection: the client, or a proxy before it.
    peer: IpAddr,
    state: State,
}

enum State {
    /// The beginning of a head that did not come in one piece.
    Head { bytes: Vec<u8>, is_first: bool },
    /// A body is on its way.
    Body(Box<Body>),
    /// A session has been told, and answers.
    Telling(Box<(Sending, Exchange)>),
    /// Nothing is read any more: the connection ends, or is another's.
    Done,
}

struct Body {
    asked: Asked,
    exchange: Exchange,
    /// Where its texts go; they are thrown away if there is nobody.
    to: Option<PeerId>,
    bytes: Vec<u8>,
    length: Length,
}

/// How a body says where it ends.
enum Length {
    Left(usize),
    Chunked(Chunked),
}

impl Door {
    /// The door of a connection that has just come.
    pub(crate) fn new(shared: Arc<Shared>, peer: IpAddr) -> Self {
        let bytes = Vec::new();
        Self {
            shared,
            peer,
            state: State::Head { bytes, is_first: true },
        }
    }

    /// The door of a connection whose request is answered; it may bring another if it is kept.
    pub(crate) fn next(shared: Arc<Shared>, peer: IpAddr, keep_alive: bool) -> Box<dyn Peer> {
        let mut door = Self::new(shared, peer);
        if keep_alive {
            door.await_next();
        } else {
            door.state = State::Done;
        }
        Box::new(door)
    }

    fn await_next(&mut self) {
        self.state = State::Head {
            bytes: Vec::new(),
            is_first: false,
        };
    }

    /// Reads a head; `None` where nothing can be done before more comes.
    fn on_head(&mut self, input: &[u8], context: &mut Context<'_>) -> Option<usize> {
        let State::Head { bytes: head, is_first } = &mut self.state else {
            return None;
        };
        if head.is_empty() && !*is_first {
            context.wake_at(context.now() + self.shared.config.rules.limits.head_time_max);
        }
        let before = head.len();
        // A head that comes in one piece, as nearly all do, is read where it is.
        let bytes = if before == 0 {
            input
        } else {
            head.extend_from_slice(input);
            &*head
        };
        let (route, used, body) = match parse_head(bytes, &self.shared.head_limits) {
            Err(error) => (routing::refuse(&error), input.len(), Some(0)),
            Ok(Some((head, length))) => {
                let body = (!head.is_chunked()).then(|| head.content_length().unwrap_or(0));
                (routing::route(&head, self.peer, &self.shared), length - before, body)
            }
            Ok(None) => {
                if before == 0 {
                    head.extend_from_slice(input);
                }
                return Some(input.len());
            }
        };
        self.follow(route, body, context);
        Some(used)
    }

    /// Does what a head asks for; `body` is the length of what follows it, if it says so.
    fn follow(&mut self, route: Route, body: Option<u64>, context: &mut Context<'_>) {
        self.state = State::Done;
        match route {
            Route::WebSocket {
                upgrade,
                framed,
                address,
            } => {
                let dialects = self.shared.dialects;
                let (form, encoding) = match (framed, upgrade.deflate, dialects.deflated) {
                    (true, ..) => (Form::SockJs, dialects.plain),
                    (false, Some(_), Some(deflated)) => (Form::Deflated, deflated),
                    (false, ..) => (Form::Plain, dialects.plain),
                };
                context.set_encoding(encoding);
                context.send(|out| encode_101(&upgrade, out));
                let shared = Arc::clone(&self.shared);
                let peer = WebSocket::boxed(shared, form, address, context);
                context.replace_peer(peer);
            }
            Route::Answer(response, counter) => {
                counter.into_iter().for_each(|counter| context.count(counter));
                context.send(|out| response.append_last(out));
                context.close();
            }
            Route::SockJs { asked, exchange } => self.expect_body(asked, exchange, body, context),
        }
    }

    /// Waits for a body, unless it is larger than anybody would take.
    fn expect_body(&mut self, asked: Asked, exchange: Exchange, length: Option<u64>, context: &mut Context<'_>) {
        let (to, bytes_max) = match &asked {
            Asked::Send(sending) => match self
                .shared
                .sessions
                .find(&sending.session, exchange.address, context.now())
            {
                Some((peer, texts_bytes_max)) => (Some(peer), sending.body_bytes_max(texts_bytes_max)),
                None => (None, IDLE_BODY_BYTES_MAX),
            },
            _ => (None, IDLE_BODY_BYTES_MAX),
        };
        let length = match length.map(usize::try_from) {
            None => Length::Chunked(Chunked::new(bytes_max)),
            Some(Ok(left)) if left <= bytes_max => Length::Left(left),
            Some(_) => return self.refuse_large(&asked, to, exchange, context),
        };
        let is_whole = matches!(length, Length::Left(0));
        let body = Box::new(Body {
            asked,
            exchange,
            to,
            bytes: Vec::new(),
            length,
        });
        if is_whole {
            return self.act(*body, context);
        }
        context.wake_at(context.now() + self.shared.config.rules.limits.message_time_max);
        self.state = State::Body(body);
    }

    /// Refuses a body that is larger than anybody would take.
    fn refuse_large(&mut self, asked: &Asked, to: Option<PeerId>, exchange: Exchange, context: &mut Context<'_>) {
        let response = match asked {
            // Who sends to nobody hears that, and need not read about sizes.
            Asked::Send(sending) if to.is_none() => sending.answer(Taken::Gone, &exchange),
            _ => Response::text(413).body("the body is larger than a message may be; send less at once\n"),
        };
        self.end(&response, exchange, context);
    }

    fn on_body(&mut self, input: &[u8], context: &mut Context<'_>) -> usize {
        let State::Body(mut body) = std::mem::replace(&mut self.state, State::Done) else {
            return 0;
        };
        let read = match &mut body.length {
            Length::Left(left) => {
                let used = (*left).min(input.len());
                body.bytes.extend_from_slice(&input[..used]);
                *left -= used;
                Ok((used, *left == 0))
            }
            Length::Chunked(chunked) => chunked
                .read(input, &mut body.bytes)
                .map(|used| (used, chunked.is_over())),
        };
        if body.to.is_none() {
            body.bytes.clear();
        }
        match read {
            Ok((used, true)) => {
                self.act(*body, context);
                used
            }
            Ok((used, false)) => {
                self.state = State::Body(body);
                used
            }
            Err(ChunkedError::TooLarge) => {
                self.refuse_large(&body.asked, body.to, body.exchange, context);
                input.len()
            }
            Err(ChunkedError::Broken) => {
                let response = Response::text(400).body("the chunks of the body are broken\n");
                self.end(&response, body.exchange, context);
                input.len()
            }
        }
    }

    /// Does what a request asks for that has come completely.
    fn act(&mut self, body: Body, context: &mut Context<'_>) {
        let Body {
            asked,
            exchange,
            to,
            bytes,
            ..
        } = body;
        match asked {
            Asked::Answer(response, counter) => {
                counter.into_iter().for_each(|counter| context.count(counter));
                self.answer(&response, &exchange, context);
            }
            Asked::Receive(request) => self.receive(request, context),
            Asked::Send(sending) => self.send(sending, exchange, to, bytes, context),
            // The routing has made it another route.
            Asked::WebSocket { .. } => context.abort(),
        }
    }

    /// Takes a request to its session, or opens it here.
    fn receive(&mut self, request: Box<Receive>, context: &mut Context<'_>) {
        let Some(config) = &self.shared.config.sockjs else {
            return context.abort();
        };
        self.state = State::Done;
        let address = request.exchange.address;
        match Sessions::sit(
            &self.shared.sessions,
            config,
            &request.session,
            context.peer_id(),
            address,
        ) {
            Ok(seat) => {
                let shared = Arc::clone(&self.shared);
                let session = SockSession::open(shared, seat, request, context);
                context.replace_peer(Box::new(session));
            }
            Err(NoSeat::Taken(peer)) => context.hand_over(peer, request),
            Err(NoSeat::Full) => {
                context.count(Counter::RefusedFull);
                let response = Response::text(503)
                    .readable(&request.exchange)
                    .body("too many sessions; close some or come back later\n");
                self.answer(&response, &request.exchange, context);
            }
        }
    }

    /// Tells a session what its client says.
    fn send(
        &mut self,
        sending: Sending,
        exchange: Exchange,
        to: Option<PeerId>,
        bytes: Vec<u8>,
        context: &mut Context<'_>,
    ) {
        let Some(to) = to else {
            return self.answer(&sending.answer(Taken::Gone, &exchange), &exchange, context);
        };
        match sending.texts(bytes) {
            Err(error) => self.answer(&Sending::refusal(error, &exchange), &exchange, context),
            Ok(batch) => {
                let incoming = Incoming::new(batch, context);
                context.post().tell(to, Box::new(incoming));
                self.state = State::Telling(Box::new((sending, exchange)));
            }
        }
    }

    /// Answers, and awaits the next request if there may be one.
    fn answer(&mut self, response: &Response, exchange: &Exchange, context: &mut Context<'_>) {
        context.send(|out| response.append_to(exchange, out));
        if exchange.keep_alive {
            self.await_next();
            context.wake_at(context.now() + KEEP_ALIVE_MAX);
        } else {
            self.state = State::Done;
            context.close();
        }
    }

    /// Answers, and ends the connection.
    fn end(&mut self, response: &Response, exchange: Exchange, context: &mut Context<'_>) {
        let exchange = Exchange {
            keep_alive: false,
            ..exchange
        };
        context.count(Counter::RefusedHeads);
        self.answer(response, &exchange, context);
    }
}

/// What a second request is told that wants to receive for a session (sockjs-protocol).
fn append_still_open(out: &mut Vec<u8>) {
    append_close(2010, "Another connection still open", out);
}

impl Peer for Door {
    fn on_open(&mut self, context: &mut Context<'_>) {
        match &self.state {
            State::Done => context.close(),
            State::Head { is_first: false, .. } => context.wake_at(context.now() + KEEP_ALIVE_MAX),
            _ => context.wake_at(context.now() + self.shared.config.rules.limits.head_time_max),
        }
    }

    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        let mut used = 0;
        while used < input.len() {
            // A client that asks and does not read is not read either.
            if context.outbox_len() > 0 {
                break;
            }
            used += match &self.state {
                State::Head { .. } => match self.on_head(&input[used..], context) {
                    Some(count) => count,
                    None => break,
                },
                State::Body(_) => self.on_body(&input[used..], context),
                State::Telling(_) | State::Done => break,
            };
        }
        used
    }

    fn on_told(&mut self, told: Box<dyn Any + Send>, context: &mut Context<'_>) {
        let (Ok(taken), State::Telling(_)) = (told.downcast::<Taken>(), &self.state) else {
            return;
        };
        if let State::Telling(telling) = std::mem::replace(&mut self.state, State::Done) {
            let (sending, exchange) = *telling;
            self.answer(&sending.answer(*taken, &exchange), &exchange, context);
        }
    }

    fn on_socket(&mut self, event: SocketEvent, context: &mut Context<'_>) {
        match event {
            SocketEvent::Refused(request) => {
                if let Ok(request) = request.downcast::<Receive>() {
                    context.send(|out| request.say_once(out, append_still_open));
                    if request.keep_alive() {
                        self.await_next();
                        context.wake_at(context.now() + KEEP_ALIVE_MAX);
                    } else {
                        context.close();
                    }
                }
            }
            // It ended just now: its id is free, or another's already.
            SocketEvent::Unknown(request) => {
                if let Ok(request) = request.downcast::<Receive>() {
                    self.receive(request, context);
                }
            }
            SocketEvent::Attached(_) | SocketEvent::Lost | SocketEvent::Passed => {}
        }
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        match &self.state {
            // While inboxes are full nobody is read: what is missing may be there.
            State::Head { .. } | State::Body(_) if context.has_unread() => context.wake_at(context.now()),
            State::Head { bytes, is_first: false } if bytes.is_empty() => context.close(),
            State::Head { .. } | State::Body(_) => self.follow(routing::too_late(), Some(0), context),
            State::Telling(_) | State::Done => {}
        }
    }

    fn on_stop(&mut self, context: &mut Context<'_>) {
        match &mut self.state {
            // It gets its answer, and nothing after it.
            State::Telling(telling) => telling.1.keep_alive = false,
            _ => context.close(),
        }
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close {
            bytes_max: self.shared.config.rules.limits.outbox_bytes_max,
        }
    }
}
