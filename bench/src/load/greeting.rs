//! How little ZMTP 3.0 does it take to be connected?

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::error::Error;

/// A greeting with the mechanism NULL (RFC 23, "Greeting").
const GREETING_BYTES: usize = 64;

/// Greets, and says READY; returns once the other end has said it.
///
/// # Errors
/// The other end does not, or is gone.
pub(crate) fn greet(socket: &mut TcpStream, socket_type: &str) -> Result<(), Error> {
    socket
        .set_nodelay(true)
        .map_err(Error::system("switch Nagle's delay off"))?;
    let mut words = b"\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL".to_vec();
    words.resize(GREETING_BYTES, 0);
    let [name, length] = [
        socket_type.as_bytes(),
        &[u8::try_from(socket_type.len()).expect("a short name")],
    ];
    let ready = [b"\x05READY\x0bSocket-Type\0\0\0", length, name].concat();
    // A command frame of less than 256 bytes.
    words.extend([4, u8::try_from(ready.len()).expect("a short command")]);
    words.extend(ready);
    socket.write_all(&words).map_err(Error::system("greet over the bus"))?;

    let mut head = [0; GREETING_BYTES + 2];
    socket
        .read_exact(&mut head)
        .map_err(Error::system("hear a greeting over the bus"))?;
    let [.., 4, length] = head else {
        return Err(Error::Answer {
            got: head[GREETING_BYTES..].escape_ascii().to_string(),
            expected: "the command READY".to_owned(),
        });
    };
    let mut command = vec![0; usize::from(length)];
    socket
        .read_exact(&mut command)
        .map_err(Error::system("hear READY over the bus"))
}
