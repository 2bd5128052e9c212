//! How is a server reached in time?

use std::net::{TcpStream, ToSocketAddrs as _};

use crate::deadline::{Awaited, Deadline};
use crate::error::{Error, is_timeout};
use crate::target::HostPort;

/// What is waited for while connecting.
pub(crate) const CONNECTING: Awaited = Awaited {
    what: "connecting",
    mend: "check the address, or give it more time with --timeout",
};

/// Connects to the first address of `at` that answers.
///
/// # Errors
/// [`Error::Unreachable`] with what the last address said, or [`Error::TimedOut`].
pub(crate) fn connect(target: &str, at: &HostPort, deadline: Deadline) -> Result<TcpStream, Error> {
    let unreachable = |reason: String| Error::Unreachable {
        target: target.to_owned(),
        reason,
    };
    let addresses = (at.host.as_str(), at.port)
        .to_socket_addrs()
        .map_err(|error| unreachable(error.to_string()))?;
    let mut last = "its name has no address".to_owned();
    for address in addresses {
        let connected = match deadline.left(CONNECTING)? {
            Some(left) => TcpStream::connect_timeout(&address, left),
            None => TcpStream::connect(address),
        };
        match connected {
            Ok(socket) => {
                // A failure costs some milliseconds at most.
                let _ = socket.set_nodelay(true);
                return Ok(socket);
            }
            Err(error) if is_timeout(&error) => return Err(deadline.timed_out(CONNECTING)),
            Err(error) => last = format!("{address}: {error}"),
        }
    }
    Err(unreachable(last))
}

/// Lets the next reads and writes take no longer than the deadline.
///
/// # Errors
/// [`Error::TimedOut`] if it is over, [`Error::Lost`] if the socket is gone.
pub(crate) fn limit(socket: &TcpStream, target: &str, deadline: Deadline, awaited: Awaited) -> Result<(), Error> {
    let left = deadline.left(awaited)?;
    socket
        .set_read_timeout(left)
        .and_then(|()| socket.set_write_timeout(left))
        .map_err(|error| Error::Lost {
            target: target.to_owned(),
            reason: error.to_string(),
        })
}
