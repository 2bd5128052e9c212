//! How do many clients share one channel, cheaply enough that the server is the limit?
//!
//! One thread, one `read` per client and burst, one comparison per piece.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::Error;

use super::ring::{Received, Ring};
use super::script::{self, CHANNEL, PUBLISHER};
use super::socket::WebSocket;
use super::stream::Streams;
use super::transport::Transport;

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
    received: Received,
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
    /// Lets a publisher and so many subscribers join the channel. The publisher has a WebSocket,
    /// whatever the subscribers have.
    ///
    /// # Errors
    /// The server refuses one.
    pub(crate) fn join(address: SocketAddr, transport: Transport, subscribers: usize) -> Result<Self, Error> {
        let poll = Poll::new().map_err(Error::system("make an event loop"))?;
        let mut publisher = WebSocket::connect(address, PUBLISHER)?;
        publisher.ask("subscribe", CHANNEL)?;
        probe(&mut publisher)?;
        let transports = [Transport::WebSocket, transport];
        let different = if transport == transports[0] { 1 } else { 2 };
        let mut room = Self {
            poll,
            events: Events::with_capacity(4_096),
            clients: Vec::with_capacity(subscribers + 1),
            ring: Ring::new(&transports[..different]),
            buffer: vec![0; READ_BYTES],
            output: Vec::new(),
        };
        room.admit(publisher.into_socket()?, Transport::WebSocket)?;
        let names = (0..subscribers).map(|number| format!("subscriber-{number}"));
        if transport == Transport::WebSocket {
            for name in names {
                let mut client = WebSocket::connect(address, &name)?;
                client.ask("subscribe", CHANNEL)?;
                room.admit(client.into_socket()?, transport)?;
            }
        } else {
            let mut streams = Streams::new(address, transport)?;
            for name in names {
                room.admit(streams.join(&name, CHANNEL)?, transport)?;
            }
        }
        thread::sleep(SETTLE);
        Ok(room)
    }

    fn admit(&mut self, socket: net::TcpStream, transport: Transport) -> Result<(), Error> {
        socket
            .set_nonblocking(true)
            .map_err(Error::system("make a socket non-blocking"))?;
        let mut socket = TcpStream::from_std(socket);
        self.poll
            .registry()
            .register(&mut socket, Token(self.clients.len()), Interest::READABLE)
            .map_err(Error::system("watch a socket"))?;
        let received = Received::by(transport);
        self.clients.push(Listener { socket, received });
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
            let message = self.ring.next(&client.received);
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
fn probe(publisher: &mut WebSocket) -> Result<(), Error> {
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
