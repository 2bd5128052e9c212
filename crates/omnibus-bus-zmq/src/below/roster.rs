//! What does this node have of each node below?

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::from_node::{Accepted, FromNode, lock};
use crate::node::Node;

/// Nodes that are remembered, those that are connected among them: as many of these as there are
/// connections, none is forgotten before it has left.
const NODES_MAX: usize = 1_024;

/// The last publication of each node below, so that one that comes back sends what is missing
/// and nothing twice.
#[derive(Default)]
pub(crate) struct Roster {
    nodes: Mutex<HashMap<Node, Arc<Mutex<Accepted>>>>,
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
        while nodes.len() >= NODES_MAX
            && let Some(longest_gone) = longest_gone(&nodes)
        {
            nodes.remove(&longest_gone);
        }
        let accepted = Arc::new(Mutex::new(Accepted {
            sequence: 0,
            connection: 0,
            left: Instant::now(),
        }));
        nodes.insert(node, Arc::clone(&accepted));
        FromNode::new(node, accepted, 0, None)
    }
}

/// The node that has left before all others that are gone.
fn longest_gone(nodes: &HashMap<Node, Arc<Mutex<Accepted>>>) -> Option<Node> {
    nodes
        .iter()
        // Each connection holds what was accepted, and nobody else does.
        .filter(|(_, accepted)| Arc::strong_count(accepted) == 1)
        .min_by_key(|(_, accepted)| lock(accepted).left)
        .map(|(node, _)| *node)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::control::Control;

    #[test]
    fn a_node_that_is_connected_is_never_forgotten() {
        let roster = Roster::default();
        let connected = Node::this();
        let first = roster.enter(connected);
        assert_eq!(first.resume, Some(Control::Resume { accepted: None }));
        lock(&first.accepted).sequence = 7;
        for _ in 0..NODES_MAX {
            roster.enter(Node::this());
        }
        assert_eq!(lock(&roster.nodes).len(), NODES_MAX);
        let second = roster.enter(connected);
        assert_eq!(second.resume, Some(Control::Resume { accepted: Some(7) }));
        assert!(lock(&first.accepted).connection > 0, "the first may say no more");
    }

    #[test]
    fn of_those_that_are_gone_the_one_that_left_first_is_forgotten_first() {
        let roster = Roster::default();
        let nodes: Vec<Node> = (0..NODES_MAX).map(|_| Node::this()).collect();
        let connections: Vec<FromNode> = nodes.iter().map(|node| roster.enter(*node)).collect();
        let start = Instant::now();
        // Those that came last have left first.
        for (connection, later) in connections.iter().rev().zip(1..) {
            lock(&connection.accepted).left = start + Duration::from_secs(later);
        }
        drop(connections);
        roster.enter(Node::this());
        let is_remembered = |node: &Node| lock(&roster.nodes).contains_key(node);
        assert!(!is_remembered(&nodes[NODES_MAX - 1]));
        assert!(nodes[..NODES_MAX - 1].iter().all(is_remembered));
    }
}
