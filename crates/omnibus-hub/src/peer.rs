//! What must a connection's owner know?

use std::any::Any;
use std::fmt;

use crate::topic::Topic;

mod context;

pub use context::Context;
pub(crate) use context::Host;

/// Whatever holds a connection: a browser, a legacy ZeroMQ socket, another node.
///
/// All calls come from the one shard thread that owns the connection, one at a time. What a
/// peer answers goes through the [`Context`], in the order in which it was said.
pub trait Peer: Send {
    /// The connection has come to its shard; the first call.
    fn on_open(&mut self, _context: &mut Context<'_>) {}

    /// Bytes have arrived. Returns how many were used; fewer than given means that the peer
    /// can't go on now: the rest is kept, nothing more is read, and the call is made again with
    /// it after any other call to this peer ([`Peer::on_joined`], as a rule), or when more has
    /// come. The bytes may be changed in place.
    fn on_bytes(&mut self, input: &mut [u8], context: &mut Context<'_>) -> usize;

    /// The subscription of this topic that was answered `Joining` now carries.
    fn on_joined(&mut self, _topic: Topic<'_>, _context: &mut Context<'_>) {}

    /// The moment named by [`Context::wake_at`] has come (within a tenth of a second).
    fn on_wake(&mut self, _context: &mut Context<'_>) {}

    /// Another thread called [`crate::Hub::nudge`] for this peer.
    fn on_nudge(&mut self, _context: &mut Context<'_>) {}

    /// Another thread called [`crate::Hub::tell`] with this for this peer.
    fn on_told(&mut self, _told: Box<dyn Any + Send>, _context: &mut Context<'_>) {}

    /// Something has become of this peer's socket, or of one that it handed over.
    fn on_socket(&mut self, _event: SocketEvent, _context: &mut Context<'_>) {}

    /// What waited because the socket was full is out.
    fn on_drained(&mut self, _context: &mut Context<'_>) {}

    /// More waits for this peer than [`Peer::outbox`] allows. Everything but the part under
    /// way has been dropped, and its subscriptions are gone: the peer says farewell, and is
    /// closed if it does not close itself.
    fn on_slow(&mut self, context: &mut Context<'_>) {
        context.abort();
    }

    /// The node stops: what was published is in the outbox; the peer says farewell and closes.
    fn on_stop(&mut self, context: &mut Context<'_>) {
        context.close();
    }

    /// The connection has ended; the last call.
    fn on_gone(&mut self, _context: &mut Context<'_>) {}

    /// How much may wait for this peer, and what happens past it.
    fn outbox(&self) -> Overflow;
}

/// What becomes of a socket that may move from one peer to another.
///
/// ```text
///   peer with a socket ──hand_over──▶ another peer, if it outlives its sockets and has none now
///   peer that outlives its sockets ──detach──▶ a new peer that goes on with the socket
/// ```
pub enum SocketEvent {
    /// The socket of another peer is this one's now, which had none; what the other said.
    Attached(Box<dyn Any + Send>),
    /// The peer that should get this one's socket has one. What was said to it.
    Refused(Box<dyn Any + Send>),
    /// The peer that should get this one's socket lives no more, or never takes one.
    Unknown(Box<dyn Any + Send>),
    /// The socket has ended, and this peer lives on. What was sent and had not left is lost.
    Lost,
    /// As many bytes were sent as [`Context::mark`] has named.
    Passed,
}

/// How much may wait for a peer, and what happens past it.
///
/// A single publication larger than the bound still goes out when nothing else waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The peer is told so and closed ([`Peer::on_slow`]).
    Close {
        /// Bytes that may wait.
        bytes_max: usize,
    },
    /// What is newest is dropped and counted, and the peer stays.
    DropNewest {
        /// Bytes that may wait.
        bytes_max: usize,
    },
}

/// Tells peers something, from any thread.
pub trait Post: Send + Sync {
    /// Calls the peer's [`Peer::on_told`] with `told` on its own thread; what one thread tells a
    /// peer comes in its order. Dropped if the peer lives no more. Whoever tells bounds how much is
    /// under way.
    fn tell(&self, peer: PeerId, told: Box<dyn Any + Send>);
}

/// Where a peer lives. It is never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeerId {
    pub(crate) shard: u16,
    pub(crate) generation: u32,
    pub(crate) key: u32,
}

impl fmt::Display for PeerId {
    /// Three numbers that name a connection as long as the node runs: `0-5-1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shard, generation, key } = self;
        write!(f, "{shard}-{key}-{generation}")
    }
}
