//! What do the parent and the threads of a run say to each other?
//!
//! ```text
//! thread   … Progress … Gathered          … Progress … Sent                … Done
//! parent                          Start                        Settle
//! ```
//!
//! Between processes each is a line of JSON.

use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::plan::Plan;

/// What the parent tells all threads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Order {
    /// All are in: publish from this time on.
    Start { at: u64 },
    /// Nothing more is published; so many messages of each publisher have to arrive.
    Settle { published: Vec<u32> },
}

/// What a thread tells the parent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Report {
    /// How it goes.
    Progress(Progress),
    /// All of its clients are in, or have failed to get in.
    Gathered(Progress),
    /// All is published: so many messages of each of its publishers, the first of which has this
    /// number among those of all threads.
    Sent { first: u32, published: Vec<u32> },
    /// It has nothing more to do.
    Done(Box<Figures>),
    /// It can't go on.
    Failed(String),
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) joined: u64,
    pub(crate) failed: u64,
    pub(crate) published: u64,
    pub(crate) delivered: u64,
    pub(crate) visits: u64,
}

/// What a child process has to do: the first line that it reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Assignment {
    pub(crate) plan: Plan,
    /// The number of its first thread among all.
    pub(crate) first: u32,
    pub(crate) threads: u32,
    /// Threads of all processes.
    pub(crate) of: u32,
}
