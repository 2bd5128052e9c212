//! What goes into one request?

use bytes::Bytes;

use crate::config::Node;
use crate::event::push_text;

/// Events in one request at most.
pub(crate) const EVENTS_MAX: usize = 100;

/// Bytes of one request's body at most.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// What every body begins with: who tells.
#[derive(Debug)]
pub(crate) struct Head(Vec<u8>);

/// What every body ends with.
const TAIL: &[u8] = b"]}";

/// Events that go in one request, and what they take of the queue's bounds until they are done.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Their objects, with commas between them.
    objects: Vec<u8>,
    pub(crate) events: usize,
    /// What they took of the bound, which is less than what stands in the body.
    pub(crate) bytes: usize,
}

impl Head {
    pub(crate) fn of(node: &Node) -> Self {
        let mut head = b"{\"node\":".to_vec();
        push_text(&mut head, &node.name);
        head.extend_from_slice(format!(",\"incarnation\":{},\"events\":[", node.incarnation).as_bytes());
        Self(head)
    }

    /// Bytes that are left to a body's events.
    pub(crate) fn room(&self) -> usize {
        BODY_BYTES_MAX.saturating_sub(self.0.len() + TAIL.len())
    }
}

impl Batch {
    /// Whether one more event of so many bytes fits; the first always does.
    pub(crate) fn has_room(&self, bytes: usize, room: usize) -> bool {
        self.events == 0 || (self.events < EVENTS_MAX && self.objects.len() + 1 + bytes <= room)
    }

    pub(crate) fn push(&mut self, object: &[u8]) {
        if self.events > 0 {
            self.objects.push(b',');
        }
        self.objects.extend_from_slice(object);
        self.events += 1;
        self.bytes += object.len();
    }

    /// The body of its request.
    pub(crate) fn body(&self, head: &Head) -> Bytes {
        [head.0.as_slice(), &self.objects, TAIL].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head::of(&Node {
            name: "n\"1".to_owned(),
            incarnation: 7,
        })
    }

    #[test]
    fn a_body_is_one_object_with_its_events_in_order() {
        let mut batch = Batch::default();
        batch.push(b"{\"id\":1}");
        batch.push(b"{\"id\":2}");
        let body = batch.body(&head());
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            r#"{"node":"n\"1","incarnation":7,"events":[{"id":1},{"id":2}]}"#
        );
    }

    #[test]
    fn a_body_is_within_both_bounds() {
        let (head, large) = (head(), vec![b'x'; 300 << 10]);
        let mut batch = Batch::default();
        while batch.has_room(large.len(), head.room()) {
            batch.push(&large);
        }
        assert_eq!(batch.events, 3);
        assert!(batch.body(&head).len() <= BODY_BYTES_MAX);

        let mut batch = Batch::default();
        while batch.has_room(2, head.room()) {
            batch.push(b"{}");
        }
        assert_eq!(batch.events, EVENTS_MAX);
    }
}
