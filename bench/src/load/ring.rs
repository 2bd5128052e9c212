//! Which messages may a client still get, and did it get the right one?
//!
//! What a client must get is known to the byte, so that loss, doubles and disorder all show as
//! bytes that differ.

use super::transport::Transport;

/// Publications that may be under way at once.
pub(crate) const IN_FLIGHT_MAX: u64 = RING as u64;

/// Messages whose bytes are kept for comparison.
const RING: usize = 64;

/// The messages that some client may still lack.
pub(super) struct Ring {
    /// What comes on each transport that clients have.
    due: Vec<Due>,
    /// How many clients lack each.
    missing: [usize; RING],
    pub(super) published: u64,
    /// Messages that every client has.
    pub(super) complete: u64,
}

/// What comes on one transport.
struct Due {
    transport: Transport,
    /// The bytes of one message.
    message_bytes: usize,
    /// The bytes of the last [`RING`] messages, each at its number modulo [`RING`].
    bytes: Vec<u8>,
}

/// What one client has got.
#[derive(Debug, Clone, Copy)]
pub(super) struct Received {
    transport: Transport,
    /// Bytes of messages that have come, all of them as they should be.
    bytes: u64,
}

impl Received {
    /// Nothing so far.
    pub(super) fn by(transport: Transport) -> Self {
        Self { transport, bytes: 0 }
    }
}

impl Ring {
    /// No message so far, for clients that have these transports.
    pub(super) fn new(transports: &[Transport]) -> Self {
        let due = |&transport: &Transport| {
            let message_bytes = transport.received_bytes();
            Due {
                transport,
                message_bytes,
                bytes: vec![0; RING * message_bytes],
            }
        };
        Self {
            due: transports.iter().map(due).collect(),
            missing: [0; RING],
            published: 0,
            complete: 0,
        }
    }

    /// Takes the next message up, and returns its number.
    pub(super) fn publish(&mut self, clients: usize) -> u64 {
        let number = self.published;
        let slot = slot(number);
        for due in &mut self.due {
            let mut bytes = Vec::with_capacity(due.message_bytes);
            due.transport.received(number, &mut bytes);
            due.bytes[slot * due.message_bytes..][..due.message_bytes].copy_from_slice(&bytes);
        }
        self.missing[slot] = clients;
        self.published += 1;
        number
    }

    /// Compares what a client got behind the bytes that it has; false if anything else was due.
    pub(super) fn accept(&mut self, received: &mut Received, mut piece: &[u8]) -> bool {
        let due = due_on(&self.due, received.transport);
        let message_bytes = due.message_bytes as u64;
        let before = received.bytes / message_bytes;
        let ring_bytes = due.bytes.len() as u64;
        while !piece.is_empty() {
            let at = usize::try_from(received.bytes % ring_bytes).expect("the ring is in memory");
            let count = piece.len().min(due.bytes.len() - at);
            if piece[..count] != due.bytes[at..at + count] {
                return false;
            }
            received.bytes += count as u64;
            piece = &piece[count..];
        }
        // Slots that are not taken up again still hold old messages.
        if received.bytes > self.published * message_bytes {
            return false;
        }
        let after = received.bytes / message_bytes;
        for number in before..after {
            let missing = &mut self.missing[slot(number)];
            *missing -= 1;
            // Every client gets messages in order, so they are completed in order.
            self.complete += u64::from(*missing == 0);
        }
        true
    }

    /// The number of the message that a client gets next.
    pub(super) fn next(&self, received: &Received) -> u64 {
        received.bytes / due_on(&self.due, received.transport).message_bytes as u64
    }

    /// How many clients lack the oldest message.
    pub(super) fn missing(&self) -> usize {
        self.missing[slot(self.complete)]
    }
}

fn due_on(due: &[Due], transport: Transport) -> &Due {
    due.iter()
        .find(|due| due.transport == transport)
        .expect("a room names its clients' transports")
}

fn slot(number: u64) -> usize {
    usize::try_from(number % IN_FLIGHT_MAX).expect("the ring is small")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSPORTS: [Transport; 2] = [Transport::WebSocket, Transport::EventSource];

    /// A ring with two messages for two clients, and their bytes on each transport.
    fn two_messages() -> (Ring, [Vec<u8>; 2]) {
        let (mut ring, mut bytes) = (Ring::new(&TRANSPORTS), [Vec::new(), Vec::new()]);
        for _ in 0..2 {
            let number = ring.publish(2);
            for (transport, bytes) in TRANSPORTS.iter().zip(&mut bytes) {
                transport.received(number, bytes);
            }
        }
        (ring, bytes)
    }

    #[test]
    fn message_is_complete_once_every_client_has_it_in_whatever_pieces() {
        let (mut ring, bytes) = two_messages();
        let mut received = TRANSPORTS.map(Received::by);
        assert!(ring.accept(&mut received[0], &bytes[0]));
        assert_eq!((ring.complete, ring.missing()), (0, 1));
        for piece in bytes[1].chunks(7) {
            assert!(ring.accept(&mut received[1], piece));
        }
        assert_eq!(ring.complete, 2);
        assert_eq!(ring.next(&received[1]), 2);
    }

    #[test]
    fn loss_doubles_and_disorder_are_refused() {
        for (transport, number) in TRANSPORTS.into_iter().zip(0..) {
            let refuses = |choose: fn(&[u8], &[u8]) -> Vec<u8>| {
                let (mut ring, bytes) = two_messages();
                let (first, second) = bytes[number].split_at(transport.received_bytes());
                !ring.accept(&mut Received::by(transport), &choose(first, second))
            };
            assert!(refuses(|_, second| second.to_vec()));
            assert!(refuses(|first, _| [first, first].concat()));
            assert!(refuses(|first, second| [first, second, first].concat()));
        }
    }

    #[test]
    fn what_is_due_on_another_transport_is_refused() {
        let (mut ring, bytes) = two_messages();
        assert!(!ring.accept(&mut Received::by(TRANSPORTS[0]), &bytes[1]));
    }

    #[test]
    fn message_of_the_last_time_round_is_refused() {
        for transport in TRANSPORTS {
            let mut ring = Ring::new(&[transport]);
            let mut bytes = Vec::new();
            for _ in 0..RING {
                let number = ring.publish(1);
                transport.received(number, &mut bytes);
            }
            let mut received = Received::by(transport);
            assert!(ring.accept(&mut received, &bytes));
            assert!(!ring.accept(&mut received, &bytes[..transport.received_bytes()]));
        }
    }
}
