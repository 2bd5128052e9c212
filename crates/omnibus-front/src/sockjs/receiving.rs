//! How does a request receive for its session?

use omnibus_sockjs::{Callback, Framing, Transport, Wrap};

use crate::http::{Exchange, Response};

/// A request that asks for what its session says.
pub(crate) struct Receive {
    pub(crate) session: Box<str>,
    pub(crate) transport: Transport,
    pub(crate) exchange: Exchange,
    /// The page's function, where a script calls it.
    pub(crate) callback: Option<Callback>,
}

impl Receive {
    /// How frames leave by a response that goes on; `None` for a poll, which one frame answers.
    pub(crate) fn wrap(&self) -> Option<Wrap> {
        let framing = match self.transport {
            Transport::XhrStreaming => Framing::Lines,
            Transport::EventSource => Framing::Events,
            Transport::HtmlFile => Framing::Scripts,
            _ => return None,
        };
        Some(Wrap {
            framing,
            chunked: self.exchange.is_modern,
        })
    }

    /// Appends the answer to a poll: one frame.
    pub(crate) fn answer(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        let mut body = Vec::new();
        match &self.callback {
            Some(callback) => callback.script(&mut body, write),
            None => {
                let line = Wrap {
                    framing: Framing::Lines,
                    chunked: false,
                };
                line.frame(&mut body, write);
            }
        }
        self.head().body(body).append_to(&self.exchange, out);
    }

    /// Appends what a response that goes on begins with.
    pub(crate) fn begin(&self, wrap: Wrap, out: &mut Vec<u8>) {
        self.head().append_stream_head(&self.exchange, out);
        wrap.prelude(self.callback.as_ref(), out);
    }

    /// Appends a whole response of one frame, whatever the transport.
    pub(crate) fn say_once(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        match self.wrap() {
            None => self.answer(out, write),
            Some(wrap) => {
                self.begin(wrap, out);
                wrap.frame(out, write);
                wrap.end(out);
            }
        }
    }

    /// Whether another request may follow on the connection.
    pub(crate) fn keep_alive(&self) -> bool {
        self.exchange.keep_alive
    }

    fn head(&self) -> Response {
        let response = match self.transport {
            Transport::EventSource => Response::new(200)
                .header("Content-Type", "text/event-stream")
                .readable(&self.exchange),
            Transport::HtmlFile => Response::html(200)
                .header("X-Content-Type-Options", "nosniff")
                .readable(&self.exchange),
            Transport::Jsonp => Response::new(200)
                .header("Content-Type", "application/javascript; charset=UTF-8")
                .header("X-Content-Type-Options", "nosniff"),
            _ => Response::new(200)
                .header("Content-Type", "application/javascript; charset=UTF-8")
                .readable(&self.exchange),
        };
        let response = response.fresh().sticky(&self.exchange);
        match self.wrap() {
            // nginx would keep a stream until its buffer is full.
            Some(_) => response.header("X-Accel-Buffering", "no"),
            None => response,
        }
    }
}
