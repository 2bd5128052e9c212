//! What does a shard keep of a connection?

use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use bytes::Bytes;

use crate::encoding::EncodingId;
use crate::ids::IdSet;
use crate::outbox::{self, Outbox};
use crate::peer::Peer;
use crate::stats::Waiting;
use crate::stream::Stream;
use crate::turn::{Dirty, Slot};

/// One connection: an entry in a shard's slab, and nothing else while it is idle.
pub(crate) struct Connection {
    /// Away while a peer that outlives its sockets has none, and on the way to another peer.
    pub(crate) stream: Option<Stream>,
    /// Away only while the peer is being called.
    pub(crate) peer: Option<Box<dyn Peer>>,
    pub(crate) generation: u32,
    pub(crate) dirty: Slot,
    pub(crate) encoding: EncodingId,
    pub(crate) phase: Phase,
    pub(crate) has_prefixes: bool,
    /// Whether the connection stands in the shard's list of those to be read.
    pub(crate) is_ready: bool,
    /// The system has told of the end of what the peer sends; it is to be read up to there.
    pub(crate) has_hung_up: bool,
    /// Found to read too slowly in this turn: nothing more is delivered before its farewell.
    pub(crate) is_slow: bool,
    /// The peer lives on where its socket ends.
    pub(crate) outlives_socket: bool,
    /// What is sent waits for the peer to ask for it; nothing of it goes to the socket.
    pub(crate) is_parked: bool,
    /// Bytes until the peer wants to be told that they have passed; 0 for never.
    pub(crate) mark: u32,
    /// Bytes of each message that do not count for it.
    pub(crate) mark_free: u8,
    /// The last publication that reached this connection by prefix, so that it comes once.
    pub(crate) stamp: u32,
    /// The tick at which the peer wants to be woken; 0 for never.
    pub(crate) wake_tick: u32,
    /// The tick by which a waiting outbox or a closing must have moved; 0 for never.
    pub(crate) stall_tick: u32,
    pub(crate) channels: IdSet,
    outbox: Option<Box<Outbox>>,
    held: Option<Box<[u8]>>,
}

/// How far a connection is from its end.
///
/// ```text
///   Open ──close──▶ Closing ──the peer's end──▶ Ended ──all written──▶ Gone
///    └──────────────────the peer's end────────────▲                     ▲
///    └──────────── abort, error, too slow in closing (from each) ───────┘
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Reads and writes.
    Open,
    /// Writes what waits; what arrives is thrown away. Then the sending half is shut, and the
    /// peer's end awaited, so that nothing unread turns the goodbye into a reset.
    Closing,
    /// The peer sends no more: writes what waits, and is taken out then.
    Ended,
    /// To be taken out now.
    Gone,
}

/// What became of a write.
pub(crate) enum Wrote {
    /// All is out.
    All,
    /// The socket is full.
    Full,
    /// The connection is gone.
    Failed,
}

impl Connection {
    pub(crate) fn new(stream: Stream, peer: Box<dyn Peer>, encoding: EncodingId, generation: u32) -> Self {
        Self {
            stream: Some(stream),
            peer: Some(peer),
            generation,
            dirty: Slot::CLEAN,
            encoding,
            phase: Phase::Open,
            has_prefixes: false,
            is_ready: false,
            has_hung_up: false,
            is_slow: false,
            outlives_socket: false,
            is_parked: false,
            mark: 0,
            mark_free: 0,
            stamp: 0,
            wake_tick: 0,
            stall_tick: 0,
            channels: IdSet::default(),
            outbox: None,
            held: None,
        }
    }

    /// Bytes that wait for the socket.
    pub(crate) fn outbox_len(&self) -> usize {
        self.outbox.as_ref().map_or(0, |outbox| outbox.len())
    }

    /// Bytes of them that count against a bound.
    pub(crate) fn outbox_weight(&self, bytes_max: usize) -> usize {
        self.outbox.as_ref().map_or(0, |outbox| outbox.weight(bytes_max))
    }

    /// Input that the peer could not use yet.
    pub(crate) fn take_held(&mut self) -> Option<Box<[u8]>> {
        self.held.take()
    }

    /// Keeps input for later; whatever was held before has been taken out.
    pub(crate) fn hold(&mut self, input: &[u8]) {
        debug_assert!(self.held.is_none(), "held input comes before new input");
        self.held = Some(input.into());
    }

    /// Keeps input that came with a socket, if there was any.
    pub(crate) fn hold_back(&mut self, held: Option<Box<[u8]>>) {
        self.held = held;
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Reads once; `None` where nothing is there, 0 at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(stream) = &mut self.stream else {
            return Ok(None);
        };
        loop {
            match stream.read(buffer) {
                Ok(count) => return Ok(Some(count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The socket, where a turn's spans may go to it at once.
    pub(crate) fn open_socket(&self) -> Option<BorrowedFd<'_>> {
        if self.outbox.is_some() || self.is_parked || self.is_slow || self.phase == Phase::Gone {
            return None;
        }
        self.stream.as_ref()?.socket()
    }

    /// Writes a turn's spans, less the `written` bytes that are out, straight from the arena where
    /// one span is all; what the socket does not take is left to [`Connection::queue`]. Returns the
    /// bytes that are out then.
    pub(crate) fn write(
        &mut self,
        dirty: &Dirty,
        arena: &[u8],
        written: usize,
        scratch: &mut Vec<u8>,
    ) -> io::Result<usize> {
        if self.outbox.is_some() || self.is_parked || written == dirty.len() {
            return Ok(written);
        }
        let Some(stream) = &mut self.stream else {
            return Ok(written);
        };
        let mut writing = Writing {
            stream,
            gathered: scratch,
            written,
        };
        writing.write(dirty, arena)?;
        Ok(writing.written)
    }

    /// Puts a turn's spans, less the `written` bytes that are out, into the outbox, which counts
    /// among `all` that wait.
    pub(crate) fn queue(&mut self, dirty: &Dirty, arena: &mut Arena, mut written: usize, all: &Arc<Waiting>) {
        let waiting = dirty.len() - written;
        let outbox = self.outbox.get_or_insert_with(|| Box::new(Outbox::new(all)));
        for span in dirty.spans() {
            let skip = written.min(span.len());
            written -= skip;
            let rest = span.start + skip..span.end;
            // A small piece is copied, and so is what would keep a much larger arena alive.
            if rest.len() >= SHARED_MIN && waiting * 4 >= arena.as_slice().len() {
                outbox.share(arena.share(rest));
            } else {
                outbox.copy(&arena.as_slice()[rest]);
            }
        }
    }

    /// Writes what waits.
    pub(crate) fn drain(&mut self) -> (usize, Wrote) {
        let (Some(outbox), Some(stream)) = (&mut self.outbox, &mut self.stream) else {
            return (0, Wrote::All);
        };
        match outbox.drain(stream) {
            Err(_) => (0, Wrote::Failed),
            Ok(sent) if outbox.is_empty() => {
                self.outbox = None;
                (sent, Wrote::All)
            }
            Ok(sent) => (sent, Wrote::Full),
        }
    }

    /// Takes what waits.
    pub(crate) fn take_outbox(&mut self) -> Option<Box<Outbox>> {
        self.outbox.take()
    }

    /// Puts back what waited for the socket that has come with it; it counts among `all` that wait.
    pub(crate) fn restore(&mut self, outbox: Option<Box<Outbox>>, held: Option<Box<[u8]>>, all: &Arc<Waiting>) {
        self.outbox = outbox;
        if let Some(outbox) = &mut self.outbox {
            outbox.move_to(all);
        }
        self.held = held;
    }

    /// Drops what waits, but for the messages under way: of what is parked, nothing is.
    pub(crate) fn truncate_outbox(&mut self) {
        if self.is_parked {
            self.outbox = None;
        } else if let Some(outbox) = &mut self.outbox {
            outbox.truncate();
        }
    }
}

/// A turn's bytes while they are written: shared once a large part of them must wait.
pub(crate) enum Arena {
    /// The shard's own.
    Owned(Vec<u8>),
    /// Shared with outboxes.
    Frozen(Bytes),
}

impl Arena {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Frozen(bytes) => bytes,
        }
    }

    /// A part of the bytes that lives as long as it is needed, and all of them with it.
    fn share(&mut self, part: Range<usize>) -> Bytes {
        if let Self::Owned(bytes) = self {
            *self = Self::Frozen(Bytes::from(std::mem::take(bytes)));
        }
        match self {
            Self::Owned(bytes) => Bytes::copy_from_slice(&bytes[part]),
            Self::Frozen(bytes) => bytes.slice(part),
        }
    }
}

/// Waiting pieces below this size are copied.
const SHARED_MIN: usize = 16 << 10;

/// A turn's spans on their way into a socket.
struct Writing<'a> {
    stream: &'a mut Stream,
    /// Small spans, copied together: one send of them costs less than a vectored write.
    gathered: &'a mut Vec<u8>,
    written: usize,
}

/// Spans are copied together up to this size; larger ones are sent from where they are.
const GATHERED_MAX: usize = 64 << 10;

impl Writing<'_> {
    fn write(&mut self, dirty: &Dirty, arena: &[u8]) -> io::Result<()> {
        let mut spans = dirty.spans().peekable();
        self.gathered.clear();
        let mut skip = self.written;
        while let Some(span) = spans.next() {
            let out = skip.min(span.len());
            skip -= out;
            let bytes = &arena[span.start + out..span.end];
            let is_alone = self.gathered.is_empty() && spans.peek().is_none();
            if !is_alone && self.gathered.len() + bytes.len() <= GATHERED_MAX {
                self.gathered.extend_from_slice(bytes);
            } else if !(self.send_gathered()? && self.send(bytes)?) {
                return Ok(());
            }
        }
        self.send_gathered().map(|_| ())
    }

    fn send_gathered(&mut self) -> io::Result<bool> {
        let gathered = std::mem::take(self.gathered);
        let all = self.send(&gathered);
        *self.gathered = gathered;
        self.gathered.clear();
        all
    }

    /// Whether the socket took all.
    fn send(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let sent = outbox::send(self.stream, bytes)?;
        self.written += sent;
        Ok(sent == bytes.len())
    }
}
