//! Which messages may a client still get, and did it get the right one?
//!
//! What a client must get is known to the byte, so that loss, doubles and disorder all show as
//! bytes that differ.

use super::script::{self, RECEIVED_BYTES};

/// Publications that may be under way at once.
pub(crate) const IN_FLIGHT_MAX: u64 = RING as u64;

/// Messages whose bytes are kept for comparison.
const RING: usize = 64;

/// The messages that some client may still lack.
pub(super) struct Ring {
    /// The bytes of the last [`RING`] messages, each at its number modulo [`RING`].
    bytes: Vec<u8>,
    /// How many clients lack each.
    missing: [usize; RING],
    pub(super) published: u64,
    /// Messages that every client has.
    pub(super) complete: u64,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            bytes: vec![0; RING * RECEIVED_BYTES],
            missing: [0; RING],
            published: 0,
            complete: 0,
        }
    }
}

impl Ring {
    /// Takes the next message up, and returns its number.
    pub(super) fn publish(&mut self, clients: usize) -> u64 {
        let number = self.published;
        let slot = slot(number);
        let mut frame = Vec::with_capacity(RECEIVED_BYTES);
        script::received(number, &mut frame);
        self.bytes[slot * RECEIVED_BYTES..][..RECEIVED_BYTES].copy_from_slice(&frame);
        self.missing[slot] = clients;
        self.published += 1;
        number
    }

    /// Compares what a client got behind the bytes that it has; false if anything else was due.
    pub(super) fn accept(&mut self, received: &mut u64, mut piece: &[u8]) -> bool {
        let before = *received / RECEIVED_BYTES as u64;
        let ring_bytes = self.bytes.len() as u64;
        while !piece.is_empty() {
            let at = usize::try_from(*received % ring_bytes).expect("the ring is in memory");
            let count = piece.len().min(self.bytes.len() - at);
            if piece[..count] != self.bytes[at..at + count] {
                return false;
            }
            *received += count as u64;
            piece = &piece[count..];
        }
        // Slots that are not taken up again still hold old messages.
        if *received > self.published * RECEIVED_BYTES as u64 {
            return false;
        }
        let after = *received / RECEIVED_BYTES as u64;
        for number in before..after {
            let missing = &mut self.missing[slot(number)];
            *missing -= 1;
            // Every client gets messages in order, so they are completed in order.
            self.complete += u64::from(*missing == 0);
        }
        true
    }

    /// How many clients lack the oldest message.
    pub(super) fn missing(&self) -> usize {
        self.missing[slot(self.complete)]
    }
}

fn slot(number: u64) -> usize {
    usize::try_from(number % IN_FLIGHT_MAX).expect("the ring is small")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring with two messages for two clients, and their bytes.
    fn two_messages() -> (Ring, Vec<u8>) {
        let (mut ring, mut bytes) = (Ring::default(), Vec::new());
        for _ in 0..2 {
            let number = ring.publish(2);
            script::received(number, &mut bytes);
        }
        (ring, bytes)
    }

    #[test]
    fn message_is_complete_once_every_client_has_it_in_whatever_pieces() {
        let (mut ring, bytes) = two_messages();
        let mut received = [0, 0];
        assert!(ring.accept(&mut received[0], &bytes));
        assert_eq!((ring.complete, ring.missing()), (0, 1));
        for piece in bytes.chunks(7) {
            assert!(ring.accept(&mut received[1], piece));
        }
        assert_eq!(ring.complete, 2);
    }

    #[test]
    fn loss_doubles_and_disorder_are_refused() {
        let (mut ring, bytes) = two_messages();
        let (first, second) = bytes.split_at(RECEIVED_BYTES);
        assert!(!ring.accept(&mut 0, second));
        assert!(!ring.accept(&mut 0, &[first, first].concat()));
        assert!(!ring.accept(&mut 0, &[first, second, first].concat()));
    }

    #[test]
    fn message_of_the_last_time_round_is_refused() {
        let mut ring = Ring::default();
        let mut bytes = Vec::new();
        for _ in 0..RING {
            let number = ring.publish(1);
            script::received(number, &mut bytes);
        }
        let mut received = 0;
        assert!(ring.accept(&mut received, &bytes));
        assert!(!ring.accept(&mut received, &bytes[..RECEIVED_BYTES]));
    }
}
