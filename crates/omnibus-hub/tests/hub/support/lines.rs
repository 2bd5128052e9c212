//! Which commands does a test's connection understand?

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use omnibus_hub::{Context, EncodingId, Overflow, Peer, PeerId, Publication, SocketEvent, Source, Subscribed, Topic};

/// What all connections of a node share.
pub(crate) struct Shared {
    pub(crate) plain: EncodingId,
    pub(crate) loud: EncodingId,
    pub(crate) gone: AtomicUsize,
    /// Times that what waited for a full socket was out.
    pub(crate) drained: AtomicUsize,
    /// How much input came in which turn: a turn is known by its moment.
    pub(crate) input: Mutex<Vec<(Instant, usize)>>,
    pub(crate) lateness: Mutex<Vec<Duration>>,
    /// Peers that wanted to be known.
    pub(crate) known: Mutex<Vec<PeerId>>,
}

/// A peer that is told what to do, a line each, and answers in lines.
pub(crate) struct Lines {
    shared: Arc<Shared>,
    name: String,
    partial: Vec<u8>,
    bound: Overflow,
    wake_at: Option<Instant>,
    is_waiting: bool,
    is_replaced: bool,
    is_detached: bool,
    ignores_stop: bool,
    /// The call in which it is to panic.
    panics_in: String,
    /// Bytes that it claims to have used beyond those it was given.
    greed: usize,
}

impl Lines {
    pub(crate) fn new(shared: Arc<Shared>, name: &str) -> Self {
        Self {
            shared,
            name: name.to_owned(),
            partial: Vec::new(),
            bound: Overflow::Close { bytes_max: 64 << 20 },
            wake_at: None,
            is_waiting: false,
            is_replaced: false,
            is_detached: false,
            ignores_stop: false,
            panics_in: String::new(),
            greed: 0,
        }
    }

    fn on_line(&mut self, line: &str, context: &mut Context<'_>) {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        let number = || first.parse::<usize>().unwrap();
        match command {
            "sub" => subscribe(Topic::Channel(rest.as_bytes()), rest, context),
            "pre" => subscribe(Topic::Prefix(rest.as_bytes()), rest, context),
            "unsub" => unsubscribe(Topic::Channel(rest.as_bytes()), rest, context),
            "unpre" => unsubscribe(Topic::Prefix(rest.as_bytes()), rest, context),
            "pub" => publish(format!("{first}:{second}"), context),
            "say" => say(context, rest),
            "fill" => say(context, &"f".repeat(number())),
            "bound" => {
                let bytes_max = second.parse().unwrap();
                self.bound = match first {
                    "close" => Overflow::Close { bytes_max },
                    _ => Overflow::DropNewest { bytes_max },
                };
            }
            "wait" => self.is_waiting = true,
            "wake" => {
                let moment = context.now() + Duration::from_millis(number() as u64);
                self.wake_at = Some(moment);
                context.wake_at(moment);
            }
            "nudge" => context.nudge(),
            "charge" => context.charge(number()),
            "sleep" => std::thread::sleep(Duration::from_millis(number() as u64)),
            "known" => {
                self.shared.known.lock().unwrap().push(context.peer_id());
                say(context, "known");
            }
            "where" => say(context, std::thread::current().name().unwrap_or_default()),
            "list" => say_channels(context),
            "who" => say(context, &self.name.clone()),
            "waiting" => say(context, &context.outbox_len().to_string()),
            "become" => {
                self.is_replaced = true;
                context.replace_peer(Box::new(Self::new(Arc::clone(&self.shared), rest)));
            }
            "outlive" => context.outlive_socket(),
            "park" => context.park(self.shared.loud),
            "unpark" => self.unpark(context),
            "mark" => context.mark(u32::try_from(number()).unwrap(), 0),
            "detach" => {
                self.is_detached = true;
                let next = Self::new(Arc::clone(&self.shared), rest);
                context.detach(Box::new(next), self.shared.loud);
            }
            "give" => {
                self.is_detached = true;
                let to = self.shared.known.lock().unwrap()[0];
                context.hand_over(to, Box::new(rest.to_owned()));
            }
            "loud" => context.set_encoding(self.shared.loud),
            "stay" => self.ignores_stop = true,
            "panic" => self.panics_in = rest.to_owned(),
            "greed" => self.greed = number(),
            "quit" => {
                say(context, "bye");
                context.close();
            }
            "abort" => context.abort(),
            _ => say(context, &format!("no such command: {line}")),
        }
        self.may_panic("on_line");
    }

    fn may_panic(&self, call: &str) {
        assert_ne!(self.panics_in, call, "as the test wants it");
    }

    fn unpark(&self, context: &mut Context<'_>) {
        let waited = context.unpark(self.shared.plain);
        let waited = String::from_utf8(waited).unwrap();
        say(context, &format!("waited {}", waited.trim_end().replace('\n', ", ")));
    }

    fn go_on(&mut self, what: &str, context: &mut Context<'_>) {
        self.may_panic(what);
        self.is_waiting = false;
        say(context, what);
    }
}

impl Peer for Lines {
    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize {
        let mut used = 0;
        while !self.is_waiting && !self.is_replaced && !self.is_detached {
            let Some(end) = input[used..].iter().position(|&byte| byte == b'\n') else {
                self.partial.extend_from_slice(&input[used..]);
                used = input.len();
                break;
            };
            self.partial.extend_from_slice(&input[used..used + end]);
            used += end + 1;
            let line = String::from_utf8(std::mem::take(&mut self.partial)).unwrap();
            self.on_line(&line, context);
        }
        self.shared.input.lock().unwrap().push((context.now(), used));
        used + self.greed
    }

    fn on_joined(&mut self, topic: Topic<'_>, context: &mut Context<'_>) {
        let (Topic::Channel(name) | Topic::Prefix(name)) = topic;
        self.is_waiting = false;
        say(context, &format!("+{}", name.escape_ascii()));
    }

    fn on_wake(&mut self, context: &mut Context<'_>) {
        let wake_at = self.wake_at.take().unwrap();
        self.shared
            .lateness
            .lock()
            .unwrap()
            .push(context.now().checked_duration_since(wake_at).unwrap());
        self.go_on("woken", context);
    }

    fn on_nudge(&mut self, context: &mut Context<'_>) {
        self.go_on("nudged", context);
    }

    fn on_told(&mut self, told: Box<dyn Any + Send>, context: &mut Context<'_>) {
        self.go_on(told.downcast_ref::<String>().unwrap(), context);
    }

    fn on_socket(&mut self, event: SocketEvent, context: &mut Context<'_>) {
        let said = |request: Box<dyn Any + Send>| *request.downcast::<String>().unwrap();
        self.is_detached = false;
        match event {
            SocketEvent::Attached(request) => {
                self.unpark(context);
                say(context, &format!("attached {}", said(request)));
            }
            SocketEvent::Refused(request) => say(context, &format!("refused {}", said(request))),
            SocketEvent::Unknown(request) => say(context, &format!("unknown {}", said(request))),
            SocketEvent::Lost => context.park(self.shared.loud),
            SocketEvent::Passed => say(context, "passed"),
        }
    }

    fn on_drained(&mut self, _context: &mut Context<'_>) {
        self.shared.drained.fetch_add(1, Ordering::SeqCst);
        self.is_waiting = false;
    }

    fn on_slow(&mut self, context: &mut Context<'_>) {
        // It does not close by itself: a peer that was too slow is closed whatever it does.
        say(context, "slow");
    }

    fn on_stop(&mut self, context: &mut Context<'_>) {
        if !self.ignores_stop {
            say(context, "stopped");
            context.close();
        }
    }

    fn on_gone(&mut self, _context: &mut Context<'_>) {
        self.shared.gone.fetch_add(1, Ordering::SeqCst);
        self.may_panic("on_gone");
    }

    fn outbox(&self) -> Overflow {
        self.may_panic("outbox");
        self.bound
    }
}

fn say(context: &mut Context<'_>, line: &str) {
    context.send(|out| {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    });
}

/// Says which channels the peer is in.
fn say_channels(context: &mut Context<'_>) {
    let mut names = context.subscribed();
    names.sort();
    let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
    say(context, &format!("in {}", names.join(" ")));
}

fn subscribe(topic: Topic<'_>, name: &str, context: &mut Context<'_>) {
    match context.subscribe(topic) {
        Subscribed::Already => say(context, &format!("={name}")),
        Subscribed::Now => say(context, &format!("+{name}")),
        Subscribed::Joining => {}
    }
}

fn unsubscribe(topic: Topic<'_>, name: &str, context: &mut Context<'_>) {
    let sign = if context.unsubscribe(topic) { '-' } else { '?' };
    say(context, &format!("{sign}{name}"));
}

fn publish(frame: String, context: &mut Context<'_>) {
    if let Err(refused) = context.publish(Publication::new(frame.into_bytes().into()), Source::Local) {
        say(context, &format!("refused {refused:?}"));
    }
}
