//! What does a thread write by?

use std::io;

use crate::piece::Piece;
use crate::queue::Queue;

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
