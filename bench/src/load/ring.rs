//! Which messages of a channel may a client still get, and did it get the right one?
//!
//! What a client must get is known to the byte, so that loss, doubles and disorder all show as
//! bytes that differ. Of compressed messages only their first receiver's are looked into: see
//! `learned`.

use std::ops::Range;

use super::dialect::Dialect;
use super::frame::Unframer;
use super::learned::{Learned, Place};

/// The messages that some client of a channel may still lack.
pub(super) struct Ring {
    channel: String,
    /// What comes to clients of each dialect that they have.
    due: Vec<Due>,
    /// How many clients lack each.
    missing: Vec<usize>,
    pub(super) published: u64,
    /// Messages that every client has.
    pub(super) complete: u64,
}

/// What comes in one dialect.
struct Due {
    dialect: &'static dyn Dialect,
    stream: Bytes,
}

/// How the bytes are known that must come.
enum Bytes {
    Known(Known),
    Learned(Box<Learned>),
}

/// Bytes that are known beforehand.
struct Known {
    /// The bytes of one message.
    message_bytes: usize,
    /// The bytes of the last messages, each at its number modulo the ring's length.
    bytes: Vec<u8>,
}

/// What one client has got.
#[derive(Debug, Clone, Copy)]
pub(super) struct Received {
    /// The number of its dialect.
    dialect: usize,
    /// Bytes and messages that have come, all of them as they should be.
    place: Place,
    /// Where frames may begin anywhere.
    unframer: Option<Unframer>,
}

impl Ring {
    /// No message so far, for clients of these dialects; holds so many messages, and `sample` is
    /// as long as all of them.
    pub(super) fn new(channel: String, dialects: &[&'static dyn Dialect], messages: usize, sample: &str) -> Self {
        let due = |&dialect: &&'static dyn Dialect| {
            let mut bytes = Vec::new();
            dialect.received(&channel, sample, &mut bytes);
            let stream = if dialect.is_compressed() {
                Bytes::Learned(Box::new(Learned::new()))
            } else {
                Bytes::Known(Known {
                    message_bytes: bytes.len(),
                    bytes: vec![0; messages * bytes.len()],
                })
            };
            Due { dialect, stream }
        };
        Self {
            due: dialects.iter().map(due).collect(),
            channel,
            missing: vec![0; messages],
            published: 0,
            complete: 0,
        }
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel
    }

    /// A client of the dialect of this number that has got nothing yet.
    pub(super) fn nothing(&self, dialect: usize) -> Received {
        Received {
            dialect,
            place: Place::default(),
            unframer: (!self.due[dialect].dialect.frames_are_known()).then(Unframer::default),
        }
    }

    /// How many more messages it has room for.
    pub(super) fn room(&self) -> u64 {
        self.missing.len() as u64 - (self.published - self.complete)
    }

    /// Takes the next message up, which so many clients must get.
    pub(super) fn publish(&mut self, body: &str, clients: usize) {
        debug_assert!(self.room() > 0, "the caller asks for room first");
        let slot = self.slot(self.published);
        let mut bytes = Vec::new();
        for due in &mut self.due {
            bytes.clear();
            due.dialect.received(&self.channel, body, &mut bytes);
            match &mut due.stream {
                Bytes::Known(known) => known.put(slot, &bytes),
                Bytes::Learned(learned) => learned.publish(&bytes),
            }
        }
        self.missing[slot] = clients;
        self.published += 1;
    }

    /// Compares what a client got behind what it has, and returns the numbers of the messages that
    /// it has got as a whole now; `None` if anything else was due.
    pub(super) fn accept(&mut self, received: &mut Received, bytes: &[u8]) -> Option<Range<u64>> {
        let before = received.place.messages;
        let is_due = match &mut self.due[received.dialect].stream {
            Bytes::Known(known) => known.accept(received, bytes, self.published),
            Bytes::Learned(learned) => learned.accept(&mut received.place, bytes),
        };
        if !is_due {
            return None;
        }
        let now = before..received.place.messages;
        let complete = self.complete;
        for number in now.clone() {
            let slot = self.slot(number);
            self.missing[slot] -= 1;
            // Every client gets messages in order, so they are completed in order.
            self.complete += u64::from(self.missing[slot] == 0);
        }
        if self.complete > complete {
            for due in &mut self.due {
                if let Bytes::Learned(learned) = &mut due.stream {
                    learned.forget(self.complete);
                }
            }
        }
        Some(now)
    }

    /// Takes it that a client has the last message, which is its own and does not come to it. It
    /// has all messages before.
    pub(super) fn pass(&mut self, received: &mut Received) {
        let Bytes::Known(known) = &self.due[received.dialect].stream else {
            unreachable!("what is compressed comes back to whoever has published it");
        };
        received.place.bytes += known.message_bytes as u64;
        received.place.messages += 1;
        debug_assert_eq!(received.place.messages, self.published, "it has all before");
        let slot = self.slot(self.published - 1);
        self.missing[slot] -= 1;
    }

    /// The number of the message that a client gets next.
    pub(super) fn next(&self, received: &Received) -> u64 {
        received.place.messages
    }

    /// How many clients lack the oldest message.
    pub(super) fn missing(&self) -> usize {
        self.missing[self.slot(self.complete)]
    }

    /// Where a message of this number is kept.
    pub(super) fn slot(&self, number: u64) -> usize {
        usize::try_from(number % self.missing.len() as u64).expect("the ring is in memory")
    }
}

impl Known {
    /// Takes up a message.
    fn put(&mut self, slot: usize, message: &[u8]) {
        self.bytes[slot * self.message_bytes..][..self.message_bytes].copy_from_slice(message);
    }

    /// Whether a client may get this behind what it has, of so many messages; it is further on then.
    fn accept(&self, received: &mut Received, bytes: &[u8], published: u64) -> bool {
        let all = &mut received.place.bytes;
        let is_due = match &mut received.unframer {
            None => self.begins_with(all, bytes),
            Some(unframer) => unframer.unframe(bytes, |piece| self.begins_with(all, piece)),
        };
        let message_bytes = self.message_bytes as u64;
        received.place.messages = received.place.bytes / message_bytes;
        // Slots that are not taken up again still hold old messages.
        is_due && received.place.bytes <= published * message_bytes
    }

    /// Whether a stream goes on like this behind its first bytes, which become more.
    fn begins_with(&self, before: &mut u64, mut piece: &[u8]) -> bool {
        let ring_bytes = self.bytes.len() as u64;
        while !piece.is_empty() {
            let at = usize::try_from(*before % ring_bytes).expect("the ring is in memory");
            let count = piece.len().min(self.bytes.len() - at);
            if piece[..count] != self.bytes[at..at + count] {
                return false;
            }
            *before += count as u64;
            piece = &piece[count..];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::dialect::{EVENT_SOURCE, NATS, OMNIBUS, PUSHER};
    use crate::load::message::{BODY_BYTES, Fill, body};

    const DIALECTS: [&dyn Dialect; 3] = [OMNIBUS, EVENT_SOURCE, NATS];
    const MESSAGES: usize = 4;

    fn text(number: u64) -> String {
        body(number, "client-00000", BODY_BYTES, Fill::Dots)
    }

    /// What a client of a dialect gets for one message.
    fn bytes(dialect: &dyn Dialect, number: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        dialect.received("bench", &text(number), &mut bytes);
        if !dialect.frames_are_known() {
            let payload = bytes.clone();
            bytes.clear();
            crate::load::frame::of_server(crate::load::frame::BINARY, &payload, &mut bytes);
        }
        bytes
    }

    /// A ring with two messages for as many clients as there are dialects.
    fn two_messages() -> Ring {
        let mut ring = Ring::new("bench".to_owned(), &DIALECTS, MESSAGES, &text(0));
        for number in 0..2 {
            ring.publish(&text(number), DIALECTS.len());
        }
        ring
    }

    #[test]
    fn message_is_complete_once_every_client_has_it_in_whatever_pieces() {
        let mut ring = two_messages();
        for (number, dialect) in DIALECTS.into_iter().enumerate() {
            assert_eq!((ring.complete, ring.missing()), (0, DIALECTS.len() - number));
            let mut received = ring.nothing(number);
            let stream = [bytes(dialect, 0), bytes(dialect, 1)].concat();
            let mut got = Vec::new();
            for piece in stream.chunks(7) {
                got.extend(ring.accept(&mut received, piece).unwrap());
            }
            assert_eq!(got, [0, 1]);
            assert_eq!(ring.next(&received), 2);
        }
        assert_eq!((ring.complete, ring.room()), (2, MESSAGES as u64));
    }

    #[test]
    fn loss_doubles_and_disorder_are_refused() {
        for (number, dialect) in DIALECTS.into_iter().enumerate() {
            let refuses = |order: &[u64]| {
                let mut ring = two_messages();
                let stream: Vec<u8> = order.iter().flat_map(|&number| bytes(dialect, number)).collect();
                let mut received = ring.nothing(number);
                ring.accept(&mut received, &stream).is_none()
            };
            assert!(!refuses(&[0, 1]));
            assert!(refuses(&[1]));
            assert!(refuses(&[0, 0]));
            assert!(refuses(&[0, 1, 0]));
        }
    }

    #[test]
    fn message_that_does_not_come_back_is_complete_once_the_others_have_it() {
        let mut ring = Ring::new("bench".to_owned(), &[PUSHER], MESSAGES, &text(0));
        let [mut one, mut other] = [ring.nothing(0); 2];
        ring.publish(&text(0), 2);
        ring.pass(&mut one);
        assert_eq!((ring.complete, ring.missing()), (0, 1));
        assert_eq!(ring.accept(&mut other, &bytes(PUSHER, 0)), Some(0..1));
        assert_eq!(ring.complete, 1);
        // The other one publishes next, and only the first hears it.
        ring.publish(&text(1), 2);
        ring.pass(&mut other);
        assert_eq!(ring.accept(&mut one, &bytes(PUSHER, 1)), Some(1..2));
        assert_eq!((ring.complete, ring.next(&one), ring.next(&other)), (2, 2, 2));
    }

    #[test]
    fn what_is_due_in_another_dialect_is_refused() {
        let mut ring = two_messages();
        let mut received = ring.nothing(0);
        assert!(ring.accept(&mut received, &bytes(EVENT_SOURCE, 0)).is_none());
    }

    #[test]
    fn message_of_the_last_time_round_is_refused() {
        for dialect in DIALECTS {
            let mut ring = Ring::new("bench".to_owned(), &[dialect], MESSAGES, &text(0));
            let mut received = ring.nothing(0);
            for number in 0..MESSAGES as u64 {
                ring.publish(&text(number), 1);
                assert_eq!(
                    ring.accept(&mut received, &bytes(dialect, number)),
                    Some(number..number + 1)
                );
            }
            assert!(ring.accept(&mut received, &bytes(dialect, 0)).is_none());
        }
    }
}
