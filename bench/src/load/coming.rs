//! How do many clients come at once?

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::Error;

use super::dialect::{Dialect, client_name};
use super::message::channel_name;
use super::patience::STALL_MAX;
use super::stream::Stream;
use super::walk::Walk;

/// The channels that they join in turn.
const CHANNELS: usize = 100;

/// Clients that are on their way at once: fewer than any server lets wait to be accepted.
pub(crate) const AT_ONCE: usize = 250;

/// Clients that have come and stay while this lives.
pub(crate) struct Coming {
    pub(crate) elapsed: Duration,
    _stay: Vec<Stream<TcpStream>>,
}

/// Somebody on the way.
struct Comer {
    number: usize,
    stream: Stream<TcpStream>,
    walk: Walk,
    is_connected: bool,
}

/// Lets so many clients connect, say who they are and join a channel.
///
/// # Errors
/// The server refuses one.
pub(crate) fn come(address: SocketAddr, dialect: &dyn Dialect, clients: usize) -> Result<Coming, Error> {
    // What they will say is ready before the clock runs.
    let walk = |number| {
        let channel = channel_name(number % CHANNELS);
        Walk::new(dialect.steps(address, &client_name(number), &channel))
    };
    let walks = (0..clients).map(walk).collect();
    let started = Instant::now();
    let stay = all(address, walks, dialect.is_encrypted())?;
    Ok(Coming {
        elapsed: started.elapsed(),
        _stay: stay,
    })
}

/// Lets all of them go their ways, and returns their streams in the order of the walks.
pub(super) fn all(address: SocketAddr, walks: Vec<Walk>, is_encrypted: bool) -> Result<Vec<Stream<TcpStream>>, Error> {
    let mut poll = Poll::new().map_err(Error::system("make an event loop"))?;
    let mut events = Events::with_capacity(AT_ONCE);
    let mut arrived: Vec<Option<Stream<TcpStream>>> = walks.iter().map(|_| None).collect();
    let mut missing = walks.len();
    let mut waiting = walks.into_iter().enumerate();
    let mut set_out = |poll: &Poll, seat| set_out(address, is_encrypted, waiting.next(), poll, seat);
    let mut comers: Vec<Option<Comer>> = Vec::with_capacity(AT_ONCE);
    for seat in 0..AT_ONCE {
        comers.push(set_out(&poll, seat)?);
    }
    while missing > 0 {
        match poll.poll(&mut events, Some(STALL_MAX)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled.map_err(Error::system("wait for the server"))?,
        }
        if events.is_empty() {
            return Err(Error::Stalled {
                missing,
                message: 0,
                after: STALL_MAX,
            });
        }
        for event in &events {
            let seat = event.token().0;
            let Some(mut comer) = comers[seat].take() else {
                continue;
            };
            if !comer.advance()? {
                comers[seat] = Some(comer);
                continue;
            }
            poll.registry()
                .deregister(comer.stream.socket_mut())
                .map_err(Error::system("forget a socket"))?;
            arrived[comer.number] = Some(comer.stream);
            missing -= 1;
            comers[seat] = set_out(&poll, seat)?;
        }
    }
    Ok(arrived.into_iter().flatten().collect())
}

/// Sends the next one out, where there is one.
fn set_out(
    address: SocketAddr,
    is_encrypted: bool,
    next: Option<(usize, Walk)>,
    poll: &Poll,
    seat: usize,
) -> Result<Option<Comer>, Error> {
    let Some((number, walk)) = next else { return Ok(None) };
    let mut socket = TcpStream::connect(address).map_err(Error::system("connect"))?;
    let interest = Interest::READABLE | Interest::WRITABLE;
    poll.registry()
        .register(&mut socket, Token(seat), interest)
        .map_err(Error::system("watch a socket"))?;
    Ok(Some(Comer {
        number,
        stream: Stream::new(socket, is_encrypted),
        walk,
        is_connected: false,
    }))
}

impl Comer {
    /// Goes as far as the server lets it; true once it has arrived.
    fn advance(&mut self) -> Result<bool, Error> {
        if !self.is_connected {
            match self.stream.socket().peer_addr() {
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
                self.stream
                    .write_all(&words)
                    .map_err(Error::system("send to the server"))?;
            }
            if self.walk.is_at_end() {
                return Ok(true);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(Error::system("hear from the server")(ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.walk.hear(&buffer[..count])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::system("hear from the server")(error)),
            }
        }
    }
}
