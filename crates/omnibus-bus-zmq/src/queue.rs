//! Which publications are on their way up, and which wait?

use std::collections::VecDeque;
use std::sync::Arc;

use omnibus_hub::Publication;

/// Publications for the node above, in their order, each kept until it is acknowledged.
///
/// ```text
///   acknowledged ◀── sent ── unsent ◀── push
///      (gone)      (front)   (back)  ◀── release ── held ◀── hold
/// ```
///
/// What is held was not taken while the link was up, and is all that may be dropped.
#[derive(Debug, Default)]
pub(crate) struct UpQueue {
    entries: VecDeque<Arc<Publication>>,
    /// How many of the entries, from the front, are sent.
    sent: usize,
    bytes: usize,
    /// The number of the entry at the front, counted from 1 over the life of the node.
    first: u64,
    held: VecDeque<Arc<Publication>>,
    held_bytes: usize,
}

impl UpQueue {
    pub(crate) fn new() -> Self {
        Self {
            first: 1,
            ..Self::default()
        }
    }

    /// All publications.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() + self.held.len()
    }

    /// Publications that are not sent yet.
    pub(crate) fn unsent(&self) -> usize {
        self.len() - self.sent
    }

    /// Bytes of all publications.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.held_bytes
    }

    /// Publications that are held, and their bytes.
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.held.len(), self.held_bytes)
    }

    /// Takes a publication while the link is up.
    pub(crate) fn push(&mut self, publication: Arc<Publication>) {
        self.bytes += publication.frame().len();
        self.entries.push_back(publication);
    }

    /// Takes a publication while the link is not up.
    pub(crate) fn hold(&mut self, publication: Arc<Publication>) {
        self.held_bytes += publication.frame().len();
        self.held.push_back(publication);
    }

    /// Drops the publication that is held longest; false if there is none.
    pub(crate) fn drop_oldest_held(&mut self) -> bool {
        let Some(dropped) = self.held.pop_front() else {
            return false;
        };
        self.held_bytes -= dropped.frame().len();
        true
    }

    /// The link is up: what is held is to be sent, like all else.
    pub(crate) fn release(&mut self) {
        self.bytes += std::mem::take(&mut self.held_bytes);
        self.entries.append(&mut self.held);
    }

    /// The next publication to be sent, with its number; it counts as sent.
    pub(crate) fn send(&mut self) -> Option<(u64, Arc<Publication>)> {
        let publication = Arc::clone(self.entries.get(self.sent)?);
        let sequence = self.first + self.sent as u64;
        self.sent += 1;
        Some((sequence, publication))
    }

    /// Everything up to this number has arrived.
    pub(crate) fn acknowledge(&mut self, sequence: u64) {
        while self.sent > 0 && self.first <= sequence {
            self.forget_first();
        }
    }

    /// A peer that acknowledges nothing has been sent all that counts as sent.
    pub(crate) fn forget_sent(&mut self) {
        while self.sent > 0 {
            self.forget_first();
        }
    }

    /// The link is back, to the same start of the same node, which has everything up to this
    /// number: what it lacks is sent again.
    pub(crate) fn resume(&mut self, sequence: u64) {
        self.acknowledge(sequence);
        self.sent = 0;
    }

    /// The link is back, to a node that can't tell what it had: what was sent may have arrived,
    /// and is not sent twice. Returns how many are in doubt.
    pub(crate) fn abandon_sent(&mut self) -> u64 {
        let doubtful = self.sent as u64;
        self.forget_sent();
        doubtful
    }

    fn forget_first(&mut self) {
        if let Some(publication) = self.entries.pop_front() {
            self.bytes -= publication.frame().len();
            self.first += 1;
            self.sent -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(count: u8) -> UpQueue {
        let mut queue = UpQueue::new();
        for number in 1..=count {
            queue.push(Arc::new(Publication::new([b'c', b':', number].into())));
        }
        queue
    }

    fn sequences(queue: &mut UpQueue) -> Vec<(u64, u8)> {
        std::iter::from_fn(|| {
            queue
                .send()
                .map(|(sequence, publication)| (sequence, publication.frame()[2]))
        })
        .collect()
    }

    #[test]
    fn what_a_returning_node_lacks_is_sent_again_and_nothing_else() {
        let mut queue = queue(4);
        for _ in 0..3 {
            queue.send();
        }
        queue.acknowledge(1);
        queue.resume(2);
        assert_eq!(sequences(&mut queue), [(3, 3), (4, 4)]);
        queue.acknowledge(4);
        assert_eq!((queue.bytes(), queue.unsent()), (0, 0));
    }

    #[test]
    fn what_may_have_arrived_at_a_node_that_is_gone_is_not_sent_twice() {
        let mut queue = queue(4);
        queue.send();
        queue.send();
        assert_eq!(queue.abandon_sent(), 2);
        assert_eq!(sequences(&mut queue), [(3, 3), (4, 4)]);
    }

    #[test]
    fn the_oldest_that_is_held_is_dropped_first_and_nothing_else_ever() {
        let mut queue = queue(3);
        queue.send();
        for number in 4..=6 {
            queue.hold(Arc::new(Publication::new([b'c', b':', number].into())));
        }
        assert!(queue.drop_oldest_held());
        assert_eq!(
            (queue.len(), queue.unsent(), queue.bytes(), queue.held()),
            (5, 4, 15, (2, 6))
        );
        queue.release();
        assert!(!queue.drop_oldest_held());
        assert_eq!(
            (queue.len(), queue.unsent(), queue.bytes(), queue.held()),
            (5, 4, 15, (0, 0))
        );
        assert_eq!(sequences(&mut queue), [(2, 2), (3, 3), (4, 5), (5, 6)]);
    }
}
