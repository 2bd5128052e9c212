//! What does this node have of each node below?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::from_node::FromNode;
use crate::node::Node;

/// Nodes that are remembered after they have left.
const NODES_MAX: usize = 1_024;

/// The last publication of each node below, so that one that comes back sends what is missing
/// and nothing twice.
#[derive(Default)]
pub(crate) struct Roster {
    nodes: Mutex<HashMap<Node, Arc<Mutex<Accepted>>>>,
}

/// What was accepted from one start of one node.
pub(crate) struct Accepted {
    /// The last number; 0 for none.
    pub(crate) sequence: u64,
    /// The connection that may say more; an older one, half open perhaps, may not.
    pub(crate) connection: u64,
    pub(crate) seen: Instant,
}

impl Roster {
    /// A node's publisher connection has come; it takes the place of an earlier one.
    pub(crate) fn enter(&self, node: Node) -> FromNode {
        let mut nodes = lock(&self.nodes);
        if let Some(accepted) = nodes.get(&node) {
            let accepted = Arc::clone(accepted);
            let mut guard = lock(&accepted);
            guard.connection += 1;
            let (connection, sequence) = (guard.connection, guard.sequence);
            drop(guard);
            return FromNode::new(node, accepted, connection, Some(sequence));
        }
        if nodes.len() >= NODES_MAX {
            let longest_gone = nodes
                .iter()
                .min_by_key(|(_, accepted)| lock(accepted).seen)
                .map(|(node, _)| *node);
            longest_gone.into_iter().for_each(|node| {
                nodes.remove(&node);
            });
        }
        let accepted = Arc::new(Mutex::new(Accepted {
            sequence: 0,
            connection: 0,
            seen: Instant::now(),
        }));
        nodes.insert(node, Arc::clone(&accepted));
        FromNode::new(node, accepted, 0, None)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Single values and whole insertions only: a panic elsewhere leaves them whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
