//! What can a peer's bytes mean?

use crate::error::Error;
use crate::message::Message;

/// Reports one call of [`Connection::decode`](crate::Connection::decode).
#[derive(Debug)]
#[must_use]
pub struct Decoded<'a> {
    /// Bytes taken from the front of the input; the rest is to be handed in again.
    pub consumed: usize,
    /// What they meant. `Ok(None)`: the input is used up and the next event is incomplete.
    pub event: Result<Option<Event<'a>>, Error>,
}

/// Tells what the peer has done. Slices are borrowed from the input or from the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// The handshake is over: [`Connection::peer`](crate::Connection::peer) says who it is, and
    /// everything may be sent from now on. Comes exactly once, before everything else.
    Ready,
    /// The peer sent a message. From a subscriber it is one that is no subscription.
    Message(Message<'a>),
    /// A subscriber wants what begins with this topic, in either form of RFC 37 and RFC 23.
    /// Subscriptions count: two of them need two cancellations.
    Subscribe(&'a [u8]),
    /// A subscriber takes one subscription back; it need not have had it.
    Cancel(&'a [u8]),
    /// A command of its own making, for the layer above.
    Command {
        /// 1 to 255 visible ASCII characters; none of the commands of RFC 37 for NULL.
        name: &'a [u8],
        /// What follows the name.
        body: &'a [u8],
    },
}
