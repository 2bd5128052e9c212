//! How are many sockets written to with one system call?
//!
//! A node that brings one small message to a thousand sockets enters the kernel a thousand times.
//! With Linux's `io_uring` it enters once for some hundreds of them. Nothing else of `io_uring` is
//! used: no socket is waited for, and a volley is over when [`Volley::send`] returns.

mod piece;
mod volley;

pub use piece::Piece;
pub use volley::Volley;
