//! Which shard is which?

use std::fmt;

/// A shard by what it is for. Shown as metrics have it: the number of one of clients', or `bus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardName {
    /// One of those that hold clients, counted from 0.
    Clients(usize),
    /// The bus's own: nodes must answer each other in time, however long the others write to
    /// clients in a turn.
    Bus,
}

impl ShardName {
    /// The name of a shard, of so many: the bus's is the last.
    pub(crate) fn of(number: usize, shards: usize) -> Self {
        if number == Self::bus(shards) {
            Self::Bus
        } else {
            Self::Clients(number)
        }
    }

    /// The number of the bus's shard, of so many.
    pub(crate) fn bus(shards: usize) -> usize {
        shards - 1
    }
}

impl fmt::Display for ShardName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clients(number) => write!(formatter, "{number}"),
            Self::Bus => formatter.write_str("bus"),
        }
    }
}
