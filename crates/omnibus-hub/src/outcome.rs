//! What can come of publishing and of subscribing?

use thiserror::Error;

/// Who has published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A client or a backend of this node.
    Local,
    /// A node below this one, which has accepted the publication already.
    Below,
}

/// Why a publication was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// An inbox is full; try again in a moment.
    #[error("the node is overloaded; publish again in a moment")]
    Overloaded,
    /// The link to the director is down, and this node was told to refuse meanwhile.
    #[error("the link to the director is down; publish again when it is back")]
    LinkDown,
}

/// Whether what is published from now on reaches this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// It does.
    Now,
    /// It will, once [`Hub::joined`](crate::Hub::joined) is called.
    Later,
}

/// What came of a peer's subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscribed {
    /// It was there before.
    Already,
    /// It carries: nothing that is published from now on is missed.
    Now,
    /// It will carry; [`Peer::on_joined`](crate::Peer::on_joined) comes within
    /// [`Config::join_time_max`](crate::Config::join_time_max).
    Joining,
}
