//! How does a request send to its session?

use std::sync::Arc;

use omnibus_hub::{Context, PeerId, Post};
use omnibus_protocol::Close;
use omnibus_sockjs::{Messages, MessagesError, Transport, form_payload};
use omnibus_websocket::RequestHead;

use crate::client::{Client, Flow, Wire};
use crate::http::{Exchange, Response};

/// A request that brings texts.
pub(crate) struct Sending {
    pub(crate) session: Box<str>,
    transport: Transport,
    is_form: bool,
}

impl Sending {
    pub(crate) fn new(head: &RequestHead<'_>, session: &str, transport: Transport) -> Self {
        let content_type = head.header("content-type").unwrap_or_default();
        let is_form = transport == Transport::JsonpSend
            && content_type
                .to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded");
        Self {
            session: session.into(),
            transport,
            is_form,
        }
    }

    /// The largest body of texts of so many bytes: escaping makes three of one.
    pub(crate) fn body_bytes_max(&self, texts_bytes_max: usize) -> usize {
        texts_bytes_max.saturating_mul(if self.is_form { 3 } else { 1 })
    }

    /// The texts of a body.
    ///
    /// # Errors
    /// There are none, or they can't be read.
    pub(crate) fn texts(&self, body: Vec<u8>) -> Result<Batch, MessagesError> {
        Batch::check(if self.is_form { form_payload(&body) } else { body })
    }

    /// What the client is told of it.
    pub(crate) fn answer(&self, taken: Taken, exchange: &Exchange) -> Response {
        let told = |response: Response| for_page(response, exchange);
        match (taken, self.transport) {
            (Taken::All, Transport::JsonpSend) => told(Response::text(200)).body("ok"),
            (Taken::All, _) => told(Response::text(204)),
            (Taken::Gone, _) => told(Response::html(404)),
            (Taken::Busy, _) => {
                told(Response::text(503)).body("too many requests send at once; wait for their answers\n")
            }
        }
    }

    /// What the client is told of a body that can't be read.
    pub(crate) fn refusal(error: MessagesError, exchange: &Exchange) -> Response {
        for_page(Response::text(500), exchange).body(format!("{error}\n"))
    }
}

/// A response that a page may read, and that is for it alone.
fn for_page(response: Response, exchange: &Exchange) -> Response {
    response.readable(exchange).fresh().sticky(exchange)
}

/// The largest frame of texts of so many bytes, which escapes may double.
pub(crate) fn frame_bytes_max(texts_bytes_max: usize) -> usize {
    texts_bytes_max.saturating_mul(2).saturating_add(1_024)
}

/// What became of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The session has them.
    All,
    /// There is no such session, or it is closed.
    Gone,
    /// More are waiting than may.
    Busy,
}

/// Texts on their way to a session, and who wants to know when it has them.
pub(crate) struct Incoming {
    pub(crate) batch: Batch,
    post: Arc<dyn Post>,
    from: PeerId,
    taken: Taken,
}

impl Incoming {
    pub(crate) fn new(batch: Batch, context: &Context<'_>) -> Self {
        Self {
            batch,
            post: context.post(),
            from: context.peer_id(),
            taken: Taken::Gone,
        }
    }

    /// Says what became of the texts.
    pub(crate) fn settle(mut self, taken: Taken) {
        self.taken = taken;
    }
}

/// Whoever drops texts unseen, because their session is gone, says so by that.
impl Drop for Incoming {
    fn drop(&mut self) {
        self.post.tell(self.from, Box::new(self.taken));
    }
}

/// Texts of one body or frame that were checked, and how many of them are done.
pub(crate) struct Batch {
    body: Box<str>,
    at: usize,
}

impl Batch {
    /// Checks a body.
    ///
    /// # Errors
    /// It has no texts.
    pub(crate) fn check(body: Vec<u8>) -> Result<Self, MessagesError> {
        Messages::check(&body)?;
        let body = String::from_utf8(body).map_err(|_| MessagesError::Broken)?;
        Ok(Self {
            body: body.into_boxed_str(),
            at: 0,
        })
    }

    /// Has a client say its texts until it must wait or has closed; whether all are said.
    pub(crate) fn run<W: Wire>(&mut self, client: &mut Client<W>, context: &mut Context<'_>) -> bool {
        let mut texts = Messages::resume(&self.body, self.at);
        loop {
            if client.wire.is_closed() {
                return true;
            }
            if client.flow() == Flow::Wait {
                self.at = texts.position();
                return false;
            }
            let Some(text) = texts.next() else { return true };
            if text.len() > client.message_bytes_max() {
                client.close(Close::MessageTooBig, context);
            } else {
                client.on_text(&text, context);
            }
        }
    }
}
