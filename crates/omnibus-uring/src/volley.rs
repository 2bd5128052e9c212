//! How does the kernel get a volley, and when is it done with it?

use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::process;

use io_uring::{IoUring, opcode, types};

use crate::piece::Piece;

/// Pieces that the kernel gets at once.
const ENTRIES: u32 = 256;

/// Writes to many sockets at once; one thread's own.
pub struct Volley {
    /// The queue that is shared with the kernel; empty but within [`Volley::send`].
    ring: IoUring,
}

impl Volley {
    /// Asks the kernel for a queue.
    ///
    /// # Errors
    /// The kernel has no `io_uring`, or forbids it to this process, as container runtimes do.
    pub fn new() -> io::Result<Self> {
        // A piece that can't be sent must not keep those behind it from being sent.
        let ring = IoUring::builder().setup_submit_all().build(ENTRIES)?;
        Ok(Self { ring })
    }

    /// Writes to each socket, in the order of the pieces, as `send(2)` does that does not wait;
    /// then `taken` has, at each piece's place, how many of its bytes the socket took. One that
    /// took none is full or broken, which the next write to it will say; its place stays as it was.
    ///
    /// # Panics
    /// Where `taken` has no such place.
    pub fn send<'a>(&mut self, pieces: impl Iterator<Item = Piece<'a>>, taken: &mut [usize]) {
        let mut pieces = pieces.peekable();
        while pieces.peek().is_some() {
            let count = self.fill(&mut pieces);
            self.finish(count, taken);
        }
    }

    /// Puts as many pieces into the queue as it has room for; returns how many.
    fn fill<'a>(&mut self, pieces: &mut impl Iterator<Item = Piece<'a>>) -> usize {
        let mut queue = self.ring.submission();
        if !queue.is_empty() {
            // A panic has left entries behind, and what they point to may be gone.
            process::abort();
        }
        while !queue.is_full()
            && let Some(piece) = pieces.next()
        {
            // A longer piece is sent in part, as by any socket.
            let length = u32::try_from(piece.bytes.len()).unwrap_or(u32::MAX);
            let entry = opcode::Send::new(types::Fd(piece.socket.as_raw_fd()), piece.bytes.as_ptr(), length)
                .flags(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
                .build()
                .user_data(piece.place as u64);
            // SAFETY: the socket and the bytes are borrowed for `'a`, which outlasts `send`, and
            // `send` does not return before the kernel is done with every entry.
            let pushed = unsafe { queue.push(&entry) };
            debug_assert!(pushed.is_ok(), "there was room");
        }
        queue.len()
    }

    /// Waits until the kernel is done with so many entries. As none of them may wait for its
    /// socket, it is when it has taken them.
    fn finish(&mut self, count: usize, taken: &mut [usize]) {
        let mut left = count;
        while left > 0 {
            match self.ring.submit_and_wait(left) {
                Ok(_) => {}
                Err(error) if is_passing(&error) => {}
                // The kernel may still hold entries, and what they point to is only borrowed.
                Err(_) => process::abort(),
            }
            for done in self.ring.completion() {
                left -= 1;
                // An error is told as none taken.
                if let Ok(bytes) = usize::try_from(done.result()) {
                    taken[usize::try_from(done.user_data()).expect("it was one")] = bytes;
                }
            }
        }
    }
}

/// Whether the kernel only asks to be asked again.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::ResourceBusy
    )
}
