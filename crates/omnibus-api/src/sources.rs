//! What is read at a scrape?

use std::fmt;
use std::sync::Arc;

use omnibus_auth::Auth;
use omnibus_hooks::Hooks;
use omnibus_hub::{Engine, Hub, LinkFigures, NodeCounters, ShardFigures, ShardName};

use crate::process::Process;

/// The parts of a node that tell how they do.
#[derive(Clone)]
pub struct Sources {
    /// The shards.
    pub hub: Hub,
    /// What holds the link to the node above, if there is one.
    pub engine: Arc<dyn Engine>,
    /// What judges users, if they are told apart.
    pub auth: Option<Auth>,
    /// What tells the application of clients, if it is told.
    pub hooks: Option<Hooks>,
    /// The process.
    pub process: Process,
}

/// What they tell at one moment.
pub(crate) struct Reading<'a> {
    pub(crate) shards: Vec<(ShardName, ShardFigures)>,
    pub(crate) counters: &'a NodeCounters,
    pub(crate) connections_max: usize,
    pub(crate) link: Option<LinkFigures>,
    pub(crate) auth: Option<&'a omnibus_auth::Counters>,
    pub(crate) hooks: Option<&'a omnibus_hooks::Counters>,
    /// Events that wait for the application.
    pub(crate) hooks_waiting: usize,
    pub(crate) process: Process,
}

impl Sources {
    pub(crate) fn read(&self) -> Reading<'_> {
        Reading {
            shards: self.hub.shards().collect(),
            counters: self.hub.counters(),
            connections_max: self.hub.connections_max(),
            link: self.engine.link(),
            auth: self.auth.as_ref().map(Auth::counters),
            hooks: self.hooks.as_ref().map(Hooks::counters),
            hooks_waiting: self.hooks.as_ref().map_or(0, Hooks::waiting),
            process: self.process,
        }
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}
