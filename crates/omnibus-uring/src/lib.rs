//! How are many sockets written to with one system call?
//!
//! A node that brings one small message to a thousand sockets enters the kernel a thousand times.
//! With Linux's `io_uring` it enters once for some hundreds of them. Nothing else of `io_uring` is
//! used: no socket is waited for, and a volley is over when [`Volley::send`] returns.

mod queue;

use std::io;
use std::os::fd::BorrowedFd;

use queue::Queue;

/// Bytes for one socket.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// A connected socket.
    pub socket: BorrowedFd<'a>,
    /// What it is to get, or as much of it as it takes.
    pub bytes: &'a [u8],
    /// Where it is to be written down how many bytes the socket took.
    pub place: usize,
}

/// Writes to many sockets at once; one thread's own.
pub struct Volley {
    queue: Queue,
}

impl Volley {
    /// Asks the kernel for a queue.
    ///
    /// # Errors
    /// The kernel has no `io_uring`, or forbids it to this process, as container runtimes do.
    pub fn new() -> io::Result<Self> {
        Queue::new().map(|queue| Self { queue })
    }

    /// Writes to each socket, in the order of the pieces, as `send(2)` does that does not wait;
    /// then `taken` has, at each piece's place, how many of its bytes the socket took. One that
    /// took none is full or broken, which the next write to it will say; its place stays as it was.
    ///
    /// # Panics
    /// Where `taken` has no such place.
    pub fn send<'a>(&mut self, pieces: impl Iterator<Item = Piece<'a>>, taken: &mut [usize]) {
        self.queue.send(pieces, taken);
    }
}
