//! What waits for a peer whose socket is full?

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use bytes::Bytes;

use crate::stats::Waiting;

/// The queue of a peer whose socket takes no more; it exists only while something waits.
#[derive(Debug)]
pub(crate) struct Outbox {
    chunks: VecDeque<Chunk>,
    /// Bytes of the first chunk that are sent.
    sent: usize,
    len: usize,
    /// What waits in the shard, this included.
    all: Arc<Waiting>,
}

#[derive(Debug)]
enum Chunk {
    /// Small pieces, copied together.
    Copied(Vec<u8>),
    /// A large piece, shared with the other peers that wait for it.
    Shared(Bytes),
}

impl Chunk {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Copied(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// Small pieces are copied together up to this size.
const COPIED_MAX: usize = 64 << 10;

impl Outbox {
    /// Makes one that counts among `all`.
    pub(crate) fn new(all: &Arc<Waiting>) -> Self {
        all.begin();
        Self {
            chunks: VecDeque::new(),
            sent: 0,
            len: 0,
            all: Arc::clone(all),
        }
    }

    /// Counts among `all` from now on: it has come to another shard.
    pub(crate) fn move_to(&mut self, all: &Arc<Waiting>) {
        self.all.end(self.len);
        self.all = Arc::clone(all);
        self.all.begin();
        self.all.grow(self.len, self.len);
    }

    /// Bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes that count against a bound. A single message that is larger than the bound was let in
    /// because nothing else waited; while it is on its way, what waits behind it counts.
    pub(crate) fn weight(&self, bytes_max: usize) -> usize {
        match self.chunks.front().map(|chunk| chunk.as_slice().len()) {
            Some(first) if first > bytes_max => self.len - (first - self.sent),
            _ => self.len,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a copy.
    pub(crate) fn copy(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.grow(bytes.len());
        match self.chunks.back_mut() {
            Some(Chunk::Copied(last)) if last.len() + bytes.len() <= COPIED_MAX => last.extend_from_slice(bytes),
            _ => self.chunks.push_back(Chunk::Copied(bytes.to_vec())),
        }
    }

    /// Appends without a copy.
    pub(crate) fn share(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        self.grow(bytes.len());
        self.chunks.push_back(Chunk::Shared(bytes));
    }

    /// Drops everything behind the chunk that is being sent: a chunk ends where a message ends.
    pub(crate) fn truncate(&mut self) {
        self.chunks.truncate(1);
        let first = self.chunks.front();
        let len = first.map_or(0, |chunk| chunk.as_slice().len() - self.sent);
        self.all.shrink(self.len - len);
        self.len = len;
    }

    /// Appends everything to `out`.
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        out.reserve(self.len);
        let mut sent = self.sent;
        for chunk in &self.chunks {
            out.extend_from_slice(&chunk.as_slice()[sent..]);
            sent = 0;
        }
    }

    /// Sends until nothing is left or the socket is full; returns the bytes sent.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) fn drain(&mut self, socket: &mut impl Write) -> io::Result<usize> {
        let mut total = 0;
        while let Some(chunk) = self.chunks.front() {
            let rest = &chunk.as_slice()[self.sent..];
            let sent = send(socket, rest)?;
            let finished = sent == rest.len();
            total += sent;
            self.len -= sent;
            self.all.shrink(sent);
            self.sent += sent;
            if !finished {
                break;
            }
            self.chunks.pop_front();
            self.sent = 0;
        }
        Ok(total)
    }

    fn grow(&mut self, bytes: usize) {
        self.len += bytes;
        self.all.grow(bytes, self.len);
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.all.end(self.len);
    }
}

/// Sends until all is sent or the socket is full; returns the bytes sent.
///
/// # Errors
/// The connection is gone.
pub(crate) fn send(socket: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
    let mut sent = 0;
    while sent < bytes.len() {
        match socket.write(&bytes[sent..]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A socket that takes so many bytes and is full then.
    struct Narrow {
        room: usize,
        taken: Vec<u8>,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.room);
            if count == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.room -= count;
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn everything_leaves_in_its_order_however_small_the_socket() {
        let mut outbox = Outbox::new(&Arc::default());
        outbox.copy(b"one ");
        outbox.share(Bytes::from_static(b"two "));
        outbox.copy(b"three");
        let mut socket = Narrow {
            room: 0,
            taken: Vec::new(),
        };
        while !outbox.is_empty() {
            socket.room = 3;
            outbox.drain(&mut socket).unwrap();
        }
        assert_eq!(socket.taken, b"one two three");
    }

    #[test]
    fn a_large_message_on_its_way_leaves_room_behind_it() {
        let mut outbox = Outbox::new(&Arc::default());
        outbox.copy(&[0; COPIED_MAX + 1]);
        outbox.copy(b"behind");
        assert_eq!(outbox.weight(COPIED_MAX), b"behind".len());
        assert_eq!(outbox.weight(COPIED_MAX * 2), outbox.len());
    }

    /// What stands before the piece under way must not be taken for it.
    #[test]
    fn a_truncated_outbox_keeps_the_message_under_way_behind_one_that_is_out() {
        let mut outbox = Outbox::new(&Arc::default());
        outbox.share(Bytes::new());
        outbox.share(Bytes::from_static(b"half"));
        outbox.copy(b"dropped");
        outbox.truncate();
        let mut socket = Narrow {
            room: 20,
            taken: Vec::new(),
        };
        outbox.drain(&mut socket).unwrap();
        assert_eq!(socket.taken, b"half");
    }

    #[test]
    fn a_truncated_outbox_ends_with_the_chunk_under_way() {
        let mut outbox = Outbox::new(&Arc::default());
        outbox.share(Bytes::from_static(b"first"));
        outbox.copy(b"second");
        let mut socket = Narrow {
            room: 2,
            taken: Vec::new(),
        };
        outbox.drain(&mut socket).unwrap();
        outbox.truncate();
        assert_eq!(outbox.len(), 3);
        socket.room = 10;
        outbox.drain(&mut socket).unwrap();
        assert_eq!(socket.taken, b"first");
    }
}
