//! Which compressed bytes must a client get, where only the server knows them beforehand?
//!
//! The first client that gets a message has it inflated and compared with what was published.
//! All others must get the bytes of that one: a message that is compressed anew for another
//! client, or goes as it is, is refused like one that is lost.

use std::collections::VecDeque;

use flate2::{Decompress, FlushDecompress};

use super::frame;

/// First byte of an unfragmented text that is compressed (RFC 7692 §6).
const COMPRESSED_TEXT: u8 = 0xc1;

/// What the sender has taken away from the end of a message (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The compressed messages that some client may still lack.
pub(super) struct Learned {
    /// What was published and came to nobody yet.
    due: VecDeque<Vec<u8>>,
    /// What has come to the client that is ahead of all others.
    stream: Vec<u8>,
    /// The number of its first byte.
    start: u64,
    /// Where messages end, from the one of the number `first` on.
    ends: VecDeque<u64>,
    first: u64,
    inflater: Decompress,
    inflated: Vec<u8>,
}

/// How far a client has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) bytes: u64,
    pub(super) messages: u64,
}

impl Learned {
    pub(super) fn new() -> Self {
        Self {
            due: VecDeque::new(),
            stream: Vec::new(),
            start: 0,
            ends: VecDeque::new(),
            first: 0,
            inflater: Decompress::new(false),
            inflated: Vec::new(),
        }
    }

    /// Takes up the text of the next message.
    pub(super) fn publish(&mut self, text: &[u8]) {
        self.due.push_back(text.to_vec());
    }

    /// Forgets the messages below this number, which all have.
    pub(super) fn forget(&mut self, below: u64) {
        while self.first < below
            && let Some(end) = self.ends.pop_front()
        {
            self.stream.drain(..index(end - self.start));
            self.start = end;
            self.first += 1;
        }
    }

    /// Whether a client may get this behind what it has; it is further on then.
    pub(super) fn accept(&mut self, place: &mut Place, bytes: &[u8]) -> bool {
        let Some(before) = place.bytes.checked_sub(self.start).map(index) else {
            return false;
        };
        let known = &self.stream[before..];
        let (same, new) = bytes.split_at(bytes.len().min(known.len()));
        if same != &known[..same.len()] {
            return false;
        }
        self.stream.extend_from_slice(new);
        if !new.is_empty() && !self.learn() {
            return false;
        }
        place.bytes += bytes.len() as u64;
        while index(place.messages - self.first) < self.ends.len()
            && self.ends[index(place.messages - self.first)] <= place.bytes
        {
            place.messages += 1;
        }
        true
    }

    /// Looks at the messages that have become whole; false where one was not due.
    fn learn(&mut self) -> bool {
        loop {
            let begin = index(self.ends.back().map_or(0, |end| end - self.start));
            let frame = &self.stream[begin..];
            if frame.is_empty() {
                return true;
            }
            let Some(due) = self.due.front() else { return false };
            let (start, end) = match frame::payload(frame) {
                _ if frame[0] != COMPRESSED_TEXT => return false,
                Some((start, end)) if end <= frame.len() => (start, end),
                _ => return true,
            };
            let message = [&frame[start..end], &TAIL].concat();
            self.inflater.reset(false);
            self.inflated.clear();
            // One byte more than is due, so that more than is due is seen.
            self.inflated.reserve(due.len() + 1);
            let inflated = self
                .inflater
                .decompress_vec(&message, &mut self.inflated, FlushDecompress::Sync);
            if inflated.is_err() || self.inflater.total_in() != message.len() as u64 || self.inflated != *due {
                return false;
            }
            self.due.pop_front();
            self.ends.push_back(self.start + (begin + end) as u64);
        }
    }
}

/// What is in memory has indices.
fn index(number: u64) -> usize {
    usize::try_from(number).expect("the stream is in memory")
}

#[cfg(test)]
mod tests {
    use flate2::{Compress, Compression, FlushCompress};

    use super::*;

    const TEXTS: [&str; 3] = [
        "bench:one one one one",
        "bench:two two two two",
        "bench:three three three",
    ];

    /// What a server sends for a text that it compresses so hard.
    fn compressed(text: &str, level: u32) -> Vec<u8> {
        let mut payload = Vec::with_capacity(256);
        Compress::new(Compression::new(level), false)
            .compress_vec(text.as_bytes(), &mut payload, FlushCompress::Sync)
            .unwrap();
        let payload = payload.strip_suffix(&TAIL).unwrap();
        let mut bytes = Vec::new();
        frame::of_server(COMPRESSED_TEXT, payload, &mut bytes);
        bytes
    }

    fn published(texts: &[&str]) -> Learned {
        let mut learned = Learned::new();
        for text in texts {
            learned.publish(text.as_bytes());
        }
        learned
    }

    #[test]
    fn clients_get_what_was_published_in_whatever_pieces() {
        let stream = TEXTS.map(|text| compressed(text, 6)).concat();
        for size in [1, 7, stream.len()] {
            let mut learned = published(&TEXTS);
            let mut places = [Place::default(); 3];
            for piece in stream.chunks(size) {
                for place in &mut places {
                    assert!(learned.accept(place, piece));
                }
                learned.forget(places[0].messages);
            }
            assert!(places.iter().all(|place| place.messages == 3));
            assert!(learned.stream.is_empty());
        }
    }

    #[test]
    fn client_that_is_behind_is_compared_with_the_one_ahead() {
        let mut learned = published(&TEXTS);
        let [mut ahead, mut behind] = [Place::default(); 2];
        let [one, two, three] = TEXTS.map(|text| compressed(text, 6));
        assert!(learned.accept(&mut ahead, &[one.clone(), two.clone()].concat()));
        assert!(learned.accept(&mut behind, &one));
        learned.forget(1);
        // It comes ahead of the other within one piece.
        assert!(learned.accept(&mut behind, &[two, three.clone()].concat()));
        assert!(learned.accept(&mut ahead, &three));
        assert_eq!((ahead.messages, behind.messages), (3, 3));
    }

    #[test]
    fn loss_doubles_disorder_and_what_nobody_published_are_refused() {
        let [one, two, three] = TEXTS.map(|text| compressed(text, 6));
        let other = compressed("bench:four", 6);
        let longer = compressed("bench:one one one one one", 6);
        for stream in [
            [two.clone(), one.clone()].concat(),
            [one.clone(), one.clone()].concat(),
            [one.clone(), three.clone()].concat(),
            [one.clone(), two, three, other.clone()].concat(),
            other,
            longer,
        ] {
            assert!(!published(&TEXTS).accept(&mut Place::default(), &stream));
        }
    }

    #[test]
    fn plain_message_and_one_compressed_anew_are_refused() {
        let mut plain = Vec::new();
        frame::of_server(frame::TEXT, TEXTS[0].as_bytes(), &mut plain);
        let (once, anew) = (compressed(TEXTS[0], 6), compressed(TEXTS[0], 0));
        assert_ne!(once, anew);
        assert!(!published(&TEXTS).accept(&mut Place::default(), &plain));
        for second in [&plain, &anew] {
            let mut learned = published(&TEXTS);
            assert!(learned.accept(&mut Place::default(), &once));
            assert!(!learned.accept(&mut Place::default(), second));
        }
    }
}
