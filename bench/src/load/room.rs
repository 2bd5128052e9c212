//! How do many clients share one channel, cheaply enough that the server is the limit?
//!
//! One thread, one `read` per client and burst, one comparison per piece: what a client must get
//! is known to the byte, so that loss, doubles and disorder all show as bytes that differ.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::Error;

use super::client::Client;
use super::script::{self, CHANNEL, PUBLISHER, RECEIVED_BYTES};

/// Publications that may be under way at once.
pub(crate) const IN_FLIGHT_MAX: u64 = RING as u64;

/// Messages whose bytes are kept for comparison.
const RING: usize = 64;

/// What a run may wait for the next byte before it counts as stalled.
const STALL_MAX: Duration = Duration::from_secs(30);

const READ_BYTES: usize = 64 << 10;

/// Before anything is measured the publisher finds out that what it publishes arrives: the
/// original loses the first publication of a process.
const PROBE_CHANNEL: &str = "probe";
const PROBES_MAX: usize = 50;
const PROBE_TIME: Duration = Duration::from_millis(200);

/// The original confirms a subscription before it carries, by about a millisecond.
const SETTLE: Duration = Duration::from_millis(500);

/// Clients that have joined one channel; the first of them publishes, and hears itself.
pub(crate) struct Room {
    poll: Poll,
    events: Events,
    clients: Vec<Listener>,
    ring: Ring,
    buffer: Vec<u8>,
    output: Vec<u8>,
}

struct Listener {
    socket: TcpStream,
    /// Bytes of messages that have come, all of them as they should be.
    received: u64,
}

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// Once so many are published.
    Messages(u64),
    /// After this time.
    Elapsed(Duration),
}

/// What a run has done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// Messages times clients, each checked.
    pub(crate) deliveries: u64,
    pub(crate) elapsed: Duration,
}

impl Room {
    /// Lets a publisher and so many subscribers join the channel.
    ///
    /// # Errors
    /// The server refuses one.
    pub(crate) fn join(address: SocketAddr, subscribers: usize) -> Result<Self, Error> {
        let poll = Poll::new().map_err(Error::system("make an event loop"))?;
        let mut publisher = Client::connect(address, PUBLISHER)?;
        publisher.ask("subscribe", CHANNEL)?;
        probe(&mut publisher)?;
        let mut room = Self {
            poll,
            events: Events::with_capacity(4_096),
            clients: Vec::with_capacity(subscribers + 1),
            ring: Ring::default(),
            buffer: vec![0; READ_BYTES],
            output: Vec::new(),
        };
        room.admit(publisher)?;
        for number in 0..subscribers {
            let mut client = Client::connect(address, &format!("subscriber-{number}"))?;
            client.ask("subscribe", CHANNEL)?;
            room.admit(client)?;
        }
        thread::sleep(SETTLE);
        Ok(room)
    }

    fn admit(&mut self, client: Client) -> Result<(), Error> {
        let socket = client.into_socket()?;
        socket
            .set_nonblocking(true)
            .map_err(Error::system("make a socket non-blocking"))?;
        let mut socket = TcpStream::from_std(socket);
        self.poll
            .registry()
            .register(&mut socket, Token(self.clients.len()), Interest::READABLE)
            .map_err(Error::system("watch a socket"))?;
        self.clients.push(Listener { socket, received: 0 });
        Ok(())
    }

    /// Publishes, at most `in_flight` messages ahead of the slowest client, until it is time to
    /// stop and every client has every message.
    ///
    /// # Errors
    /// A client did not get every message once and in order.
    pub(crate) fn publish(&mut self, in_flight: u64, until: Until) -> Result<Run, Error> {
        let first = self.ring.published;
        let started = Instant::now();
        loop {
            let room = in_flight - (self.ring.published - self.ring.complete);
            let wanted = match until {
                Until::Messages(count) => room.min(first + count - self.ring.published),
                Until::Elapsed(time) if started.elapsed() < time => room,
                Until::Elapsed(_) => 0,
            };
            if wanted > 0 {
                self.send(wanted)?;
            } else if self.ring.published == self.ring.complete {
                break;
            }
            self.receive()?;
        }
        Ok(Run {
            deliveries: (self.ring.published - first) * self.clients.len() as u64,
            elapsed: started.elapsed(),
        })
    }

    /// Publishes the next messages in one write.
    fn send(&mut self, count: u64) -> Result<(), Error> {
        self.output.clear();
        for _ in 0..count {
            let number = self.ring.publish(self.clients.len());
            script::publish(number, &mut self.output);
        }
        // A few kilobytes always find room: all that was sent before has come back.
        let sent = self.clients[0].socket.write_all(&self.output);
        sent.map_err(Error::system("publish"))
    }

    /// Waits for the next events and reads what has come.
    fn receive(&mut self) -> Result<(), Error> {
        match self.poll.poll(&mut self.events, Some(STALL_MAX)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled.map_err(Error::system("wait for the server"))?,
        }
        if self.events.is_empty() {
            return Err(Error::Stalled {
                missing: self.ring.missing(),
                message: self.ring.complete,
                after: STALL_MAX,
            });
        }
        for event in &self.events {
            let number = event.token().0;
            let client = &mut self.clients[number];
            let message = client.received / RECEIVED_BYTES as u64;
            loop {
                let count = match read(&mut client.socket, &mut self.buffer) {
                    Ok(None) => break,
                    Ok(Some(0)) | Err(_) => {
                        return Err(Error::CutOff {
                            client: number,
                            message,
                        });
                    }
                    Ok(Some(count)) => count,
                };
                if !self.ring.accept(&mut client.received, &self.buffer[..count]) {
                    return Err(Error::WrongMessage {
                        client: number,
                        message,
                    });
                }
                // A short read has emptied the socket.
                if count < self.buffer.len() {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn read(socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match socket.read(buffer) {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Publishes into another channel until something arrives.
fn probe(publisher: &mut Client) -> Result<(), Error> {
    publisher.ask("subscribe", PROBE_CHANNEL)?;
    for number in 0..PROBES_MAX {
        let text =
            format!(r#"{PROBE_CHANNEL}:{{"type":"probe","sender":"{PUBLISHER}","payload":{{"number":{number}}}}}"#);
        publisher.say(&text)?;
        if publisher.hears(&text, PROBE_TIME)? {
            return publisher.ask("unsubscribe", PROBE_CHANNEL);
        }
    }
    Err(Error::Answer {
        got: "nothing".to_owned(),
        expected: "what was published".to_owned(),
    })
}

/// The messages that some client may still lack.
struct Ring {
    /// The bytes of the last [`RING`] messages, each at its number modulo [`RING`].
    bytes: Vec<u8>,
    /// How many clients lack each.
    missing: [usize; RING],
    published: u64,
    /// Messages that every client has.
    complete: u64,
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
    fn publish(&mut self, clients: usize) -> u64 {
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
    fn accept(&mut self, received: &mut u64, mut piece: &[u8]) -> bool {
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
    fn missing(&self) -> usize {
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
