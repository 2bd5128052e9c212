//! How do many clients come at once?

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::Error;

use super::crowd::STALL_MAX;
use super::dialect::{Dialect, client_name};
use super::walk::Walk;

/// The channels that they join in turn.
const CHANNELS: usize = 100;

/// Clients that are on their way at once.
const AT_ONCE: usize = 64;

/// Clients that have come and stay while this lives.
pub(crate) struct Coming {
    pub(crate) elapsed: Duration,
    _stay: Vec<TcpStream>,
}

/// Somebody on the way.
struct Comer {
    socket: TcpStream,
    walk: Walk,
    is_connected: bool,
}

/// Lets so many clients connect, say who they are and join a channel.
///
/// # Errors
/// The server refuses one.
pub(crate) fn come(address: SocketAddr, dialect: &dyn Dialect, clients: usize) -> Result<Coming, Error> {
    // What they will say is ready before the clock runs.
    let mut walks = (0..clients).map(|number| {
        let channel = format!("bench-{:03}", number % CHANNELS);
        Walk::new(dialect.steps(address, &client_name(number), &channel))
    });
    let mut waiting: Vec<Walk> = walks.by_ref().collect();
    waiting.reverse();

    let mut poll = Poll::new().map_err(Error::system("make an event loop"))?;
    let mut events = Events::with_capacity(AT_ONCE);
    let mut comers: Vec<Option<Comer>> = (0..AT_ONCE).map(|_| None).collect();
    let mut stay = Vec::with_capacity(clients);
    let started = Instant::now();
    for (seat, comer) in comers.iter_mut().enumerate() {
        *comer = set_out(address, &mut waiting, &poll, seat)?;
    }
    while stay.len() < clients {
        match poll.poll(&mut events, Some(STALL_MAX)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled.map_err(Error::system("wait for the server"))?,
        }
        if events.is_empty() {
            return Err(Error::Stalled {
                missing: clients - stay.len(),
                message: 0,
                after: STALL_MAX,
            });
        }
        for event in &events {
            let seat = event.token().0;
            let Some(comer) = &mut comers[seat] else { continue };
            if comer.advance()? {
                let mut arrived = comers[seat].take().expect("it was there a line ago").socket;
                poll.registry()
                    .deregister(&mut arrived)
                    .map_err(Error::system("forget a socket"))?;
                stay.push(arrived);
                comers[seat] = set_out(address, &mut waiting, &poll, seat)?;
            }
        }
    }
    Ok(Coming {
        elapsed: started.elapsed(),
        _stay: stay,
    })
}

/// Sends the next one out, where there is one.
fn set_out(address: SocketAddr, waiting: &mut Vec<Walk>, poll: &Poll, seat: usize) -> Result<Option<Comer>, Error> {
    let Some(walk) = waiting.pop() else { return Ok(None) };
    let mut socket = TcpStream::connect(address).map_err(Error::system("connect"))?;
    let interest = Interest::READABLE | Interest::WRITABLE;
    poll.registry()
        .register(&mut socket, Token(seat), interest)
        .map_err(Error::system("watch a socket"))?;
    Ok(Some(Comer {
        socket,
        walk,
        is_connected: false,
    }))
}

impl Comer {
    /// Goes as far as the server lets it; true once it has arrived.
    fn advance(&mut self) -> Result<bool, Error> {
        if !self.is_connected {
            match self.socket.peer_addr() {
                Ok(_) => self.is_connected = true,
                Err(error) if error.kind() == ErrorKind::NotConnected => return Ok(false),
                Err(error) => return Err(Error::system("connect")(error)),
            }
        }
        let mut buffer = [0; 4_096];
        loop {
            let words = self.walk.words();
            if !words.is_empty() {
                // A few hundred bytes always find room in a new socket.
                self.socket
                    .write_all(&words)
                    .map_err(Error::system("send to the server"))?;
            }
            if self.walk.is_at_end() {
                return Ok(true);
            }
            match self.socket.read(&mut buffer) {
                Ok(0) => return Err(Error::system("hear from the server")(ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.walk.hear(&buffer[..count])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::system("hear from the server")(error)),
            }
        }
    }
}
