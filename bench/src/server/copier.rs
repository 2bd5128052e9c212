//! What does relaying ask of the kernel alone?
//!
//! A relay that knows no messages: what a read brings from the publisher is written to one subscriber
//! after the other.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::error::Error;
use crate::load::greet;

/// As much as ours reads at once.
const READ_BYTES: usize = 64 << 10;

/// A subscription to everything, as a message (RFC 23): without one, a publisher sends nothing.
const ALL: &[u8] = b"\0\x01\x01";

type Subscribers = Arc<Mutex<Vec<TcpStream>>>;

/// Relays for one publisher after the other, until it is killed.
///
/// # Errors
/// A port can't be had.
pub(crate) fn run(publishers: SocketAddr, subscribers: SocketAddr) -> Result<(), Error> {
    let listen = |address| TcpListener::bind(address).map_err(Error::system("listen"));
    let (publishers, newcomers) = (listen(publishers)?, listen(subscribers)?);
    let subscribers = Subscribers::default();
    let taken = Arc::clone(&subscribers);
    thread::spawn(move || {
        for mut socket in newcomers.incoming().flatten() {
            // Whoever only looks whether anybody listens does not greet.
            if greet(&mut socket, "XPUB").is_ok() {
                taken.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
            }
        }
    });
    for mut publisher in publishers.incoming().flatten() {
        if greet(&mut publisher, "XSUB").is_ok() && publisher.write_all(ALL).is_ok() {
            copy(&mut publisher, &subscribers);
        }
    }
    Ok(())
}

/// Copies until the publisher is gone.
fn copy(publisher: &mut TcpStream, subscribers: &Subscribers) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = match publisher.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => return,
            Ok(count) => count,
        };
        let mut subscribers = subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain_mut(|subscriber| subscriber.write_all(&buffer[..count]).is_ok());
    }
}
