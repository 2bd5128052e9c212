//! What is one socket to get?

use std::os::fd::BorrowedFd;

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
