//! How do many clients share channels, cheaply enough that the server is the limit?
//!
//! One thread, one `read` per client and burst, one comparison per piece.

use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::Error;

use super::coming;
use super::connection::Connection;
use super::dialect::{Dialect, client_name};
use super::message::{self, Fill, channel_name};
use super::patience::STALL_MAX;
use super::ring::{Received, Ring};
use super::stream::Stream;
use super::walk::Walk;

const READ_BYTES: usize = 64 << 10;

/// Between the last subscription and the first message: some servers confirm a subscription
/// before it carries.
const SETTLE: Duration = Duration::from_millis(500);

/// Who comes, and what is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guests {
    /// How the first of each room speaks, who may publish.
    pub(crate) publisher: &'static dyn Dialect,
    /// How all others speak.
    pub(crate) subscriber: &'static dyn Dialect,
    pub(crate) rooms: usize,
    /// In each room, publishers included.
    pub(crate) clients: usize,
    pub(crate) body_bytes: usize,
    pub(crate) fill: Fill,
    /// Messages of a room that may be under way at once.
    pub(crate) in_flight_max: usize,
}

impl Guests {
    /// To how many clients of its room a message comes.
    pub(super) fn hearers(&self) -> usize {
        self.clients - usize::from(!self.publisher.comes_back())
    }
}

/// Clients in rooms of equal size, each room with a channel of its own.
pub(crate) struct Crowd {
    poll: Poll,
    events: Events,
    pub(super) clients: Vec<Client>,
    pub(super) rings: Vec<Ring>,
    /// Rooms in which a message was completed since somebody looked.
    pub(super) completed: Vec<usize>,
    buffer: Vec<u8>,
    pub(super) guests: Guests,
}

pub(super) struct Client {
    pub(super) name: String,
    pub(super) stream: Stream<TcpStream>,
    room: usize,
    received: Received,
}

impl Crowd {
    /// Lets all of them join.
    ///
    /// # Errors
    /// The server refuses one.
    pub(crate) fn join(address: SocketAddr, guests: Guests) -> Result<Self, Error> {
        let dialects = [guests.publisher, guests.subscriber];
        let dialect_of = |number: usize| dialects[usize::from(!number.is_multiple_of(guests.clients))];
        let channel_of = |number: usize| channel_name(number / guests.clients);
        let mut aside = None;
        // The first one finds out that all is well.
        let mut first = dialect_of(0).join(address, &client_name(0), &channel_of(0), &mut aside)?;
        dialect_of(0).prove(&mut first, &client_name(0))?;
        let mut connections = vec![first];
        let others = 1..guests.rooms * guests.clients;
        if guests.subscriber.walks_alone() {
            let walk = |number| Walk::new(dialect_of(number).steps(address, &client_name(number), &channel_of(number)));
            let is_encrypted = guests.subscriber.is_encrypted();
            for stream in coming::all(address, others.map(walk).collect(), is_encrypted)? {
                connections.push(Connection::of(stream)?);
            }
        } else {
            for number in others {
                let name = client_name(number);
                connections.push(dialect_of(number).join(address, &name, &channel_of(number), &mut aside)?);
            }
        }
        for (number, connection) in connections.iter_mut().enumerate() {
            connection.walk(dialect_of(number).settling())?;
        }
        let mut crowd = Self::seat(guests, dialects)?;
        for connection in connections {
            crowd.admit(connection)?;
        }
        thread::sleep(SETTLE);
        Ok(crowd)
    }

    /// The rooms, empty.
    fn seat(guests: Guests, dialects: [&'static dyn Dialect; 2]) -> Result<Self, Error> {
        let sample = message::body(0, &client_name(0), guests.body_bytes, guests.fill);
        let ring = |room| Ring::new(channel_name(room), &dialects, guests.in_flight_max, &sample);
        Ok(Self {
            poll: Poll::new().map_err(Error::system("make an event loop"))?,
            events: Events::with_capacity(4_096),
            clients: Vec::with_capacity(guests.rooms * guests.clients),
            rings: (0..guests.rooms).map(ring).collect(),
            completed: Vec::new(),
            buffer: vec![0; READ_BYTES],
            guests,
        })
    }

    fn admit(&mut self, connection: Connection) -> Result<(), Error> {
        let stream = connection.into_stream()?;
        stream
            .socket()
            .set_nonblocking(true)
            .map_err(Error::system("make a socket non-blocking"))?;
        let mut stream = stream.map(TcpStream::from_std);
        let number = self.clients.len();
        self.poll
            .registry()
            .register(stream.socket_mut(), Token(number), Interest::READABLE)
            .map_err(Error::system("watch a socket"))?;
        let room = number / self.guests.clients;
        self.clients.push(Client {
            name: client_name(number),
            stream,
            room,
            received: self.rings[room].nothing(usize::from(!number.is_multiple_of(self.guests.clients))),
        });
        Ok(())
    }

    /// Takes the next message of a room up, and appends the bytes that its client sends.
    pub(super) fn publish(&mut self, room: usize, client: usize, out: &mut Vec<u8>) {
        let ring = &mut self.rings[room];
        let Guests { body_bytes, fill, .. } = self.guests;
        let body = message::body(ring.published, &self.clients[client].name, body_bytes, fill);
        self.guests.publisher.publish(ring.channel(), &body, out);
        ring.publish(&body, self.guests.clients);
        if !self.guests.publisher.comes_back() {
            ring.pass(&mut self.clients[client].received);
        }
    }

    /// Waits for the next events, reads what has come and tells of each client's new messages:
    /// the slot of the ring that each has, and how many there are. `None` waits for as long as a
    /// server may take.
    pub(super) fn receive(&mut self, wait: Option<Duration>, mut got: impl FnMut(&[usize])) -> Result<(), Error> {
        match self.poll.poll(&mut self.events, Some(wait.unwrap_or(STALL_MAX))) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled.map_err(Error::system("wait for the server"))?,
        }
        if self.events.is_empty() && wait.is_none() {
            return Err(self.stalled());
        }
        let mut slots = Vec::new();
        for event in &self.events {
            let number = event.token().0;
            let client = &mut self.clients[number];
            let ring = &mut self.rings[client.room];
            let complete = ring.complete;
            let cut_off = |ring: &Ring, received: &Received| Error::CutOff {
                client: number,
                message: ring.next(received),
            };
            loop {
                let count = match read(&mut client.stream, &mut self.buffer) {
                    Ok(None) => break,
                    Ok(Some(0)) | Err(_) => return Err(cut_off(ring, &client.received)),
                    Ok(Some(count)) => count,
                };
                let message = ring.next(&client.received);
                let Some(numbers) = ring.accept(&mut client.received, &self.buffer[..count]) else {
                    return Err(Error::WrongMessage {
                        client: number,
                        message,
                    });
                };
                slots.clear();
                slots.extend(numbers.map(|number| ring.slot(number)));
                got(&slots);
                // A short read has emptied the socket.
                if count < self.buffer.len() {
                    break;
                }
            }
            if ring.complete > complete {
                self.completed.push(client.room);
            }
        }
        Ok(())
    }

    /// The oldest message that somebody lacks.
    pub(super) fn stalled(&self) -> Error {
        let late = self.rings.iter().find(|ring| ring.complete < ring.published);
        Error::Stalled {
            missing: late.map_or(0, Ring::missing),
            message: late.map_or(0, |ring| ring.complete),
            after: STALL_MAX,
        }
    }
}

fn read(socket: &mut impl Read, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match socket.read(buffer) {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(error) => Err(error),
    }
}
