//! How do answers keep the order of their commands?

use std::collections::{HashSet, VecDeque};

/// Answers that wait because one before them does: a subscription is answered once the bus has
/// confirmed it, and whatever was asked after it is answered after it.
///
/// It exists only while something waits.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    queue: VecDeque<Answer>,
    /// Bytes of the texts in the queue.
    bytes: usize,
    held: Option<Box<[u8]>>,
}

#[derive(Debug)]
enum Answer {
    /// A subscription of this channel; it is answered when `confirmed`.
    Subscribe { channel: Box<str>, confirmed: bool },
    /// The channel was left.
    Unsubscribed(Box<str>),
    /// An answer that is ready.
    Text(Vec<u8>),
}

/// Answers that may wait for one connection; past it, the connection is not read for a while.
const WAITING_MAX: usize = 1_024;

/// Their bytes, likewise: an answer may quote what it refuses.
const WAITING_BYTES_MAX: usize = 64 << 10;

impl Answers {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.held.is_none()
    }

    /// Whether the connection's next message has to wait, too.
    pub(crate) fn is_full(&self) -> bool {
        self.held.is_some() || self.queue.len() >= WAITING_MAX || self.bytes >= WAITING_BYTES_MAX
    }

    /// A subscription waits for the bus.
    pub(crate) fn wait_for(&mut self, channel: &str) {
        self.queue.push_back(Answer::Subscribe {
            channel: channel.into(),
            confirmed: false,
        });
    }

    /// The channels whose subscription is still to be answered.
    pub(crate) fn waiting_for(&self) -> HashSet<&str> {
        let waiting = self.queue.iter().filter_map(|answer| match answer {
            Answer::Subscribe { channel, .. } => Some(&**channel),
            Answer::Unsubscribed(_) | Answer::Text(_) => None,
        });
        waiting.collect()
    }

    /// A channel was joined at once, and the answer waits for its turn.
    pub(crate) fn push_subscribed(&mut self, channel: &str) {
        self.queue.push_back(Answer::Subscribe {
            channel: channel.into(),
            confirmed: true,
        });
    }

    /// A channel was left, and the answer waits for its turn.
    pub(crate) fn push_unsubscribed(&mut self, channel: &str) {
        self.queue.push_back(Answer::Unsubscribed(channel.into()));
    }

    /// Appends an answer that is ready, to wait for its turn.
    pub(crate) fn push(&mut self, text: Vec<u8>) {
        self.bytes += text.len();
        self.queue.push_back(Answer::Text(text));
    }

    /// Keeps a publication until all that was subscribed before it is confirmed, so that its own
    /// sender gets it (recording N39b).
    pub(crate) fn hold(&mut self, frame: &[u8]) {
        self.held = Some(frame.into());
    }

    /// The bus has confirmed a channel, or the client has left it.
    pub(crate) fn confirm(&mut self, channel: &[u8]) {
        for answer in &mut self.queue {
            if let Answer::Subscribe {
                channel: waiting,
                confirmed,
            } = answer
                && waiting.as_bytes() == channel
            {
                *confirmed = true;
            }
        }
    }

    /// Nothing has to be waited for any more.
    pub(crate) fn confirm_all(&mut self) {
        for answer in &mut self.queue {
            if let Answer::Subscribe { confirmed, .. } = answer {
                *confirmed = true;
            }
        }
    }

    /// The next answer whose turn has come.
    pub(crate) fn pop(&mut self) -> Option<Ready> {
        match self.queue.front()? {
            Answer::Subscribe { confirmed: false, .. } => None,
            _ => Some(match self.queue.pop_front()? {
                Answer::Subscribe { channel, .. } => Ready::Subscribed(channel),
                Answer::Unsubscribed(channel) => Ready::Unsubscribed(channel),
                Answer::Text(text) => {
                    self.bytes -= text.len();
                    Ready::Text(text)
                }
            }),
        }
    }

    /// The publication that was kept, once nothing before it waits.
    pub(crate) fn release(&mut self) -> Option<Box<[u8]>> {
        if self.queue.is_empty() { self.held.take() } else { None }
    }
}

/// An answer whose turn has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    /// The subscription of this channel succeeded.
    Subscribed(Box<str>),
    /// This channel was left.
    Unsubscribed(Box<str>),
    /// Any other answer.
    Text(Vec<u8>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_leave_in_the_order_of_their_commands() {
        let mut answers = Answers::default();
        answers.wait_for("a");
        answers.push(b"unknown command".to_vec());
        answers.wait_for("b");
        answers.confirm(b"b");
        assert_eq!(answers.pop(), None);
        answers.confirm(b"a");
        assert_eq!(answers.pop(), Some(Ready::Subscribed("a".into())));
        assert_eq!(answers.pop(), Some(Ready::Text(b"unknown command".to_vec())));
        assert_eq!(answers.pop(), Some(Ready::Subscribed("b".into())));
        assert!(answers.is_empty());
    }

    #[test]
    fn answers_that_wait_are_bounded_by_their_bytes_too() {
        let mut answers = Answers::default();
        answers.wait_for("a");
        answers.push(vec![b'x'; WAITING_BYTES_MAX - 1]);
        assert!(!answers.is_full());
        answers.push(vec![b'x']);
        assert!(answers.is_full());
        answers.confirm_all();
        while answers.pop().is_some() {}
        assert!(!answers.is_full());
    }

    #[test]
    fn a_publication_waits_for_the_subscriptions_before_it() {
        let mut answers = Answers::default();
        answers.wait_for("a");
        answers.hold(b"a:{}");
        assert!(answers.is_full());
        assert_eq!(answers.release(), None);
        answers.confirm_all();
        answers.pop();
        assert_eq!(answers.release().as_deref(), Some(b"a:{}".as_slice()));
    }
}
