//! What does a shard keep of a connection?

use std::io::{self, ErrorKind, Read};

use bytes::Bytes;

use crate::encoding::EncodingId;
use crate::ids::IdSet;
use crate::outbox::{self, Outbox};
use crate::peer::Peer;
use crate::stream::Stream;
use crate::turn::{Dirty, Slot};

/// One connection: an entry in a shard's slab, and nothing else while it is idle.
pub(crate) struct Connection {
    pub(crate) stream: Stream,
    /// Away only while the peer is being called.
    pub(crate) peer: Option<Box<dyn Peer>>,
    pub(crate) generation: u32,
    pub(crate) dirty: Slot,
    pub(crate) encoding: EncodingId,
    pub(crate) phase: Phase,
    pub(crate) has_prefixes: bool,
    /// Whether the connection stands in the shard's list of those to be read again.
    pub(crate) is_ready: bool,
    /// The last publication that reached this connection by prefix, so that it comes once.
    pub(crate) stamp: u32,
    /// The tick at which the peer wants to be woken; 0 for never.
    pub(crate) wake_tick: u32,
    /// The tick of the one wheel entry that counts; 0 for none.
    pub(crate) scheduled_tick: u32,
    /// The tick by which a waiting outbox or a closing must have moved; 0 for never.
    pub(crate) stall_tick: u32,
    pub(crate) channels: IdSet,
    outbox: Option<Box<Outbox>>,
    held: Option<Box<[u8]>>,
}

/// How far a connection is from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Reads and writes.
    Open,
    /// Writes what waits; what arrives is thrown away. Then the sending half is shut, and the
    /// peer's end awaited, so that nothing unread turns the goodbye into a reset.
    Closing,
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
            stream,
            peer: Some(peer),
            generation,
            dirty: Slot::CLEAN,
            encoding,
            phase: Phase::Open,
            has_prefixes: false,
            is_ready: false,
            stamp: 0,
            wake_tick: 0,
            stall_tick: 0,
            scheduled_tick: 0,
            channels: IdSet::default(),
            outbox: None,
            held: None,
        }
    }

    /// Bytes that wait for the socket.
    pub(crate) fn outbox_len(&self) -> usize {
        self.outbox.as_ref().map_or(0, |outbox| outbox.len())
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

    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Reads once; `None` where nothing is there, 0 at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.stream.read(buffer) {
                Ok(count) => return Ok(Some(count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes a turn's spans, straight from the arena where one span is all; what the socket does
    /// not take is left to [`Connection::queue`]. Returns the bytes written.
    pub(crate) fn write(&mut self, dirty: &Dirty, arena: &[u8], scratch: &mut Vec<u8>) -> io::Result<usize> {
        if self.outbox.is_some() {
            return Ok(0);
        }
        let mut spans = dirty.spans();
        let first = spans.next().expect("a dirty peer has a span");
        let Some(second) = spans.next() else {
            return outbox::send(&mut self.stream, &arena[first.start..first.end]);
        };
        // One send of copied small frames costs less than a vectored write of them.
        scratch.clear();
        for span in [first, second].into_iter().chain(spans) {
            scratch.extend_from_slice(&arena[span.start..span.end]);
        }
        outbox::send(&mut self.stream, scratch)
    }

    /// Puts a turn's spans, less the `written` bytes that are out, into the outbox.
    pub(crate) fn queue(&mut self, dirty: &Dirty, arena: &Arena, mut written: usize) {
        let outbox = self.outbox.get_or_insert_default();
        for span in dirty.spans() {
            let skip = written.min(span.len());
            written -= skip;
            match arena {
                Arena::Owned(bytes) => outbox.copy(&bytes[span.start + skip..span.end]),
                Arena::Frozen(bytes) => outbox.share(bytes.slice(span.start + skip..span.end)),
            }
        }
    }

    /// Writes what waits.
    pub(crate) fn drain(&mut self) -> (usize, Wrote) {
        let Some(outbox) = &mut self.outbox else {
            return (0, Wrote::All);
        };
        match outbox.drain(&mut self.stream) {
            Err(_) => (0, Wrote::Failed),
            Ok(sent) if outbox.is_empty() => {
                self.outbox = None;
                (sent, Wrote::All)
            }
            Ok(sent) => (sent, Wrote::Full),
        }
    }

    /// Drops what waits, but for the messages under way.
    pub(crate) fn truncate_outbox(&mut self) {
        if let Some(outbox) = &mut self.outbox {
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

    /// Makes the bytes shareable if `waiting` of them are worth it: a small piece is copied
    /// instead, so that it does not keep the whole arena alive.
    pub(crate) fn prepare(&mut self, waiting: usize) {
        if let Self::Owned(bytes) = self
            && waiting >= SHARED_MIN
            && waiting * 4 >= bytes.len()
        {
            *self = Self::Frozen(Bytes::from(std::mem::take(bytes)));
        }
    }
}

/// Waiting pieces below this size are copied.
const SHARED_MIN: usize = 64 << 10;
