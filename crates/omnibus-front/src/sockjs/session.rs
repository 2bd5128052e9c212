//! How does a session live that outlives its requests?
//!
//! ```text
//!            a request receives               answered, or the stream is long enough
//!   Away ───────────────────────▶ Polling ────────────────────────────▶ Away
//!    │                            Streaming
//!    │ 5 s                           │ the request's connection is lost
//!    ▼                               ▼
//!   gone ◀───────── 5 s ───────── closed: who asks is told `c[…]`
//! ```
//!
//! One peer for its whole life: its subscriptions stay where they are while sockets come and go,
//! and what comes meanwhile is parked. While it streams, it is a subscriber like any other.

use std::any::Any;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use omnibus_hub::{Context, Overflow, Peer, SocketEvent, Topic};
use omnibus_protocol::Close;
use omnibus_sockjs::{Wrap, append_close, append_heartbeat, append_message, append_open, append_parked, drain_parked};
use tracing::debug;

use crate::client::{Client, Wire};
use crate::config::SockJs;
use crate::sessions::Seat;
use crate::shared::Shared;

use super::{Incoming, Receive, Taken, frame_bytes_max};

/// What a chunk has beside its frame, as a rule; a stream's length is that of its frames.
const CHUNK_BYTES: u8 = 6;

/// Requests of one session that may wait to be taken.
const WAITING_MAX: usize = 16;

/// A SockJS session that is received by requests.
pub(crate) struct SockSession {
    client: Client<Outlet>,
    seat: Seat,
    /// The other end of the last socket.
    peer: IpAddr,
    link: Link,
    /// Sent texts that wait; none as a rule.
    #[expect(clippy::box_collection, reason = "each session has one, and few ever wait")]
    waiting: Option<Box<VecDeque<Incoming>>>,
    /// The next heartbeat, or, while nobody receives, the end.
    due: Instant,
    /// How large a message the sending requests know of.
    message_bytes_max: usize,
}

/// Who receives for the session.
enum Link {
    /// Nobody now.
    Away,
    /// A request that is answered with the next frame.
    Polling(Box<Receive>),
    /// A response that goes on.
    Streaming { wrap: Wrap, keep_alive: bool },
}

/// How a session's texts leave.
pub(crate) struct Outlet {
    /// How they leave by the stream; parked where there is none.
    stream: Option<Wrap>,
    /// Why the session is closed.
    closed: Option<Box<(u16, String)>>,
}

impl Wire for Outlet {
    fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(text);
        match self.stream {
            Some(wrap) => wrap.frame(out, |out| append_message(&text, out)),
            None => append_parked(&text, out),
        }
    }

    /// Who receives is told by the session, now or when somebody does.
    fn close(&mut self, code: u16, reason: &str, _context: &mut Context<'_>) {
        self.closed.get_or_insert_with(|| Box::new((code, reason.to_owned())));
    }

    fn is_closed(&self) -> bool {
        self.closed.is_some()
    }
}

impl SockSession {
    /// Opens a session on the connection whose request has asked for it.
    pub(crate) fn open(shared: Arc<Shared>, seat: Seat, request: Box<Receive>, context: &mut Context<'_>) -> Self {
        let now = context.now();
        let outlet = Outlet {
            stream: None,
            closed: None,
        };
        let mut session = Self {
            client: Client::new(shared, outlet, request.exchange.address, now),
            seat,
            peer: request.exchange.peer,
            link: Link::Away,
            waiting: None,
            due: now,
            message_bytes_max: 0,
        };
        session.tell_limit();
        context.outlive_socket();
        session.receive(request, true, context);
        #[cfg(feature = "conformance")]
        {
            session.client.on_open(context);
            session.follow(context);
        }
        session
    }

    /// A request has come to receive.
    fn receive(&mut self, request: Box<Receive>, is_first: bool, context: &mut Context<'_>) {
        self.peer = request.exchange.peer;
        let dialects = self.client.shared().dialects;
        let wrap = request.wrap();
        let encoding = wrap.map_or(dialects.plain, |wrap| dialects.of(wrap));
        let waited = context.unpark(encoding);
        match wrap {
            Some(wrap) => self.stream(&request, wrap, is_first, &waited, context),
            None if is_first => self.answer(&request, append_open, context),
            None => self.poll(request, &waited, context),
        }
        self.schedule(context);
    }

    fn stream(&mut self, request: &Receive, wrap: Wrap, is_first: bool, waited: &[u8], context: &mut Context<'_>) {
        // What a response begins with is none of what it brings.
        let mut begun = 0;
        context.send(|out| {
            let before = out.len();
            request.begin(wrap, out);
            begun = out.len() - before;
            if is_first {
                wrap.frame(out, append_open);
            }
        });
        let (list, _) = drain_parked(waited, usize::MAX);
        if !list.is_empty() {
            context.send(|out| wrap.frame(out, |out| append_list(&list, out)));
        }
        self.link = Link::Streaming {
            wrap,
            keep_alive: request.keep_alive(),
        };
        self.client.wire.stream = Some(wrap);
        if self.client.wire.is_closed() {
            return self.say_closed(context);
        }
        let begun = u32::try_from(begun).unwrap_or(u32::MAX);
        let bytes_max = self.sockjs().stream_bytes_max.max(1).saturating_add(begun);
        context.mark(bytes_max, if wrap.chunked { CHUNK_BYTES } else { 0 });
        self.due = context.now() + self.client.shared().config.ping_interval;
    }

    /// Answers a poll with what has waited; without it, the poll waits.
    fn poll(&mut self, request: Box<Receive>, waited: &[u8], context: &mut Context<'_>) {
        let (list, _) = drain_parked(waited, usize::MAX);
        if !list.is_empty() {
            return self.answer(&request, |out| append_list(&list, out), context);
        }
        if self.client.wire.is_closed() {
            self.link = Link::Polling(request);
            return self.say_closed(context);
        }
        context.park(self.client.shared().dialects.parked);
        context.mark(1, 0);
        self.link = Link::Polling(request);
        self.due = context.now() + self.client.shared().config.ping_interval;
    }

    fn answer(&mut self, request: &Receive, frame: impl FnOnce(&mut Vec<u8>), context: &mut Context<'_>) {
        context.send(|out| request.answer(out, frame));
        self.part(request.keep_alive(), context);
    }

    /// Lets the socket go on without the session.
    fn part(&mut self, keep_alive: bool, context: &mut Context<'_>) {
        let shared = self.client.shared();
        let door = (shared.next_door)(Arc::clone(shared), self.peer, keep_alive);
        context.detach(door, self.client.shared().dialects.parked);
        self.be_away(context);
    }

    fn be_away(&mut self, context: &Context<'_>) {
        self.link = Link::Away;
        self.client.wire.stream = None;
        self.due = context.now() + self.sockjs().expiry;
    }

    /// Tells the one who receives why the session is closed.
    fn say_closed(&mut self, context: &mut Context<'_>) {
        let Some(closed) = &self.client.wire.closed else { return };
        let (code, reason) = (closed.0, closed.1.clone());
        let frame = |out: &mut Vec<u8>| append_close(code, &reason, out);
        match std::mem::replace(&mut self.link, Link::Away) {
            Link::Away => {}
            Link::Polling(request) => self.answer(&request, frame, context),
            Link::Streaming { wrap, keep_alive } => {
                context.send(|out| {
                    wrap.frame(out, frame);
                    wrap.end(out);
                });
                self.part(keep_alive, context);
            }
        }
    }

    /// Does what is to be done once the client has said or done something.
    fn follow(&mut self, context: &mut Context<'_>) {
        if self.client.wire.is_closed() {
            context.unsubscribe_all();
            self.client.on_gone(context);
            self.waiting = None;
            // What was said before is still to be read.
            self.answer_poll(context);
            self.say_closed(context);
        } else {
            self.tell_limit();
        }
        self.schedule(context);
    }

    /// Answers a poll that waits, if there is something to answer it with.
    fn answer_poll(&mut self, context: &mut Context<'_>) {
        if !matches!(self.link, Link::Polling(_)) {
            return;
        }
        let waited = context.unpark(self.client.shared().dialects.plain);
        if let Link::Polling(request) = std::mem::replace(&mut self.link, Link::Away) {
            self.poll(request, &waited, context);
        }
    }

    /// Takes sent texts, or lets them wait behind those that wait already.
    fn take(&mut self, incoming: Incoming, context: &mut Context<'_>) {
        if self.client.wire.is_closed() {
            return incoming.settle(Taken::Gone);
        }
        let waiting = self.waiting.get_or_insert_default();
        if waiting.len() >= WAITING_MAX {
            return incoming.settle(Taken::Busy);
        }
        waiting.push_back(incoming);
        self.go_on(context);
    }

    /// Has the client say what waits, as far as it may.
    fn go_on(&mut self, context: &mut Context<'_>) {
        let Some(waiting) = &mut self.waiting else { return };
        while let Some(mut incoming) = waiting.pop_front() {
            if !incoming.batch.run(&mut self.client, context) {
                waiting.push_front(incoming);
                return;
            }
            incoming.settle(Taken::All);
        }
        self.waiting = None;
    }

    /// Lets sending requests know how much they may bring.
    fn tell_limit(&mut self) {
        let message_bytes_max = self.client.message_bytes_max();
        if std::mem::replace(&mut self.message_bytes_max, message_bytes_max) != message_bytes_max {
            self.seat.set_body_bytes_max(frame_bytes_max(message_bytes_max));
        }
    }

    fn schedule(&self, context: &mut Context<'_>) {
        let deadline = self.client.deadline().filter(|_| !self.client.wire.is_closed());
        context.wake_at(deadline.map_or(self.due, |deadline| deadline.min(self.due)));
    }

    fn sockjs(&self) -> &SockJs {
        let config = &self.client.shared().config;
        config
            .sockjs
            .as_ref()
            .expect("a session is opened by SockJS's URLs only")
    }

    /// The moment named by `due` has come.
    fn on_due(&mut self, context: &mut Context<'_>) {
        let next = context.now() + self.client.shared().config.ping_interval;
        match std::mem::replace(&mut self.link, Link::Away) {
            Link::Away => context.close(),
            Link::Polling(request) => {
                context.unpark(self.client.shared().dialects.plain);
                self.answer(&request, append_heartbeat, context);
            }
            Link::Streaming { wrap, keep_alive } => {
                context.send(|out| wrap.frame(out, append_heartbeat));
                self.link = Link::Streaming { wrap, keep_alive };
                self.due = next;
            }
        }
    }
}

/// Appends `a[…]` with messages that have waited.
fn append_list(list: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"a[");
    out.extend_from_slice(list);
    out.push(b']');
}

impl Peer for SockSession {
    /// What comes behind a request that receives is the next one, which waits for its end.
    fn on_bytes(&mut self, _input: &mut [u8], _context: &mut Context<'_>) -> usize {
        0
    }

    fn on_joined(&mut self, topic: Topic<'_>, context: &mut Context<'_>) {
        self.client.on_joined(topic, context);
        self.go_on(context);
        self.follow(context);
    }

    fn on_told(&mut self, told: Box<dyn Any + Send>, context: &mut Context<'_>) {
        match told.downcast::<Incoming>() {
            Ok(incoming) => self.take(*incoming, context),
            Err(told) => {
                // Whatever is neither is nobody's business.
                let _unknown = self.client.on_told(told, context);
                self.go_on(context);
            }
        }
        self.follow(context);
    }

    fn on_socket(&mut self, event: SocketEvent, context: &mut Context<'_>) {
        match event {
            SocketEvent::Attached(request) => {
                if let Ok(request) = request.downcast::<Receive>() {
                    self.receive(request, false, context);
                }
            }
            SocketEvent::Passed => match &self.link {
                Link::Streaming { wrap, keep_alive } => {
                    let (wrap, keep_alive) = (*wrap, *keep_alive);
                    context.send(|out| wrap.end(out));
                    self.part(keep_alive, context);
                    self.schedule(context);
                }
                _ => {
                    self.answer_poll(context);
                    self.schedule(context);
                }
            },
            SocketEvent::Lost => {
                debug!("the connection that received for a session is lost; the session is closed");
                context.park(self.client.shared().dialects.parked);
                self.be_away(context);
                self.client.wire.close(INTERRUPTED.0, INTERRUPTED.1, context);
                self.follow(context);
            }
            SocketEvent::Refused(_) | SocketEvent::Unknown(_) => {}
        }
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        if !self.client.wire.is_closed() && self.client.on_tick(context) {
            return self.follow(context);
        }
        if self.due <= context.now() {
            self.on_due(context);
        }
        self.schedule(context);
    }

    fn on_slow(&mut self, context: &mut Context<'_>) {
        debug!("closing a session that is received too slowly");
        self.client.close(Close::SlowConsumer, context);
        self.follow(context);
    }

    fn on_stop(&mut self, context: &mut Context<'_>) {
        self.client.on_stop(context);
        self.follow(context);
        context.close();
    }

    fn on_gone(&mut self, context: &mut Context<'_>) {
        self.client.on_gone(context);
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close {
            bytes_max: self.client.shared().config.rules.limits.outbox_bytes_max,
        }
    }
}

/// What the next request is told after one was cut (sockjs-protocol, "HandlingClose").
const INTERRUPTED: (u16, &str) = (1002, "Connection interrupted");
