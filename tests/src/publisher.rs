//! How does a backend publish on the bus?
//!
//! A ZeroMQ publisher of the plainest kind, written for the tests alone: ZMTP 3.0, NULL, frames
//! of one message part. It waits for the server's subscription, as a careful one does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::limits;

/// A connected PUB socket.
#[derive(Debug)]
pub struct Publisher {
    stream: TcpStream,
}

const COMMAND: u8 = 4;
const LONG: u8 = 2;

impl Publisher {
    /// Connects to a publisher address and waits until the server has subscribed.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, limits::ANSWER)
            .unwrap_or_else(|error| panic!("{address} takes no publisher: {error}"));
        stream.set_nodelay(true).expect("a new socket takes options");
        stream.set_read_timeout(Some(limits::ANSWER)).expect("it is above zero");
        stream
            .set_write_timeout(Some(limits::ANSWER))
            .expect("it is above zero");
        let mut publisher = Self { stream };
        publisher.shake_hands();
        publisher
    }

    fn shake_hands(&mut self) {
        let mut greeting = [0; 64];
        greeting[0] = 0xff;
        greeting[9] = 0x7f;
        greeting[10] = 3;
        greeting[12..16].copy_from_slice(b"NULL");
        self.write(&greeting);
        let mut theirs = [0; 64];
        self.read(&mut theirs);
        assert_eq!(
            (theirs[0], theirs[9], theirs[10]),
            (0xff, 0x7f, 3),
            "no ZMTP 3: {theirs:02x?}"
        );
        self.write_frame(COMMAND, b"\x05READY\x0bSocket-Type\x00\x00\x00\x03PUB");
        let (flags, ready) = self.read_frame();
        assert!(flags & COMMAND != 0 && ready.starts_with(b"\x05READY"), "{ready:?}");
        loop {
            let (flags, body) = self.read_frame();
            let subscribes = match flags & COMMAND {
                0 => body.first() == Some(&1),
                _ => body.starts_with(b"\x09SUBSCRIBE"),
            };
            if subscribes {
                return;
            }
        }
    }

    /// Publishes one frame, `channel:rest`.
    ///
    /// # Panics
    /// If the server does not read it.
    pub fn publish(&mut self, frame: &[u8]) {
        self.write_frame(0, frame);
    }

    fn write_frame(&mut self, flags: u8, body: &[u8]) {
        let mut bytes = match u8::try_from(body.len()) {
            Ok(len) => vec![flags, len],
            Err(_) => {
                let len = (body.len() as u64).to_be_bytes();
                [&[flags | LONG][..], &len].concat()
            }
        };
        bytes.extend_from_slice(body);
        self.write(&bytes);
    }

    fn read_frame(&mut self) -> (u8, Vec<u8>) {
        let mut flags = [0];
        self.read(&mut flags);
        let len = if flags[0] & LONG == 0 {
            let mut len = [0];
            self.read(&mut len);
            u64::from(len[0])
        } else {
            let mut len = [0; 8];
            self.read(&mut len);
            u64::from_be_bytes(len)
        };
        assert!(len < 1 << 20, "a server has no frame of {len} bytes for a publisher");
        let mut body = vec![0; usize::try_from(len).expect("it is small")];
        self.read(&mut body);
        (flags[0], body)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .unwrap_or_else(|error| panic!("the server does not read its publisher: {error}"));
    }

    fn read(&mut self, bytes: &mut [u8]) {
        self.stream
            .read_exact(bytes)
            .unwrap_or_else(|error| panic!("the server does not answer its publisher: {error}"));
    }
}
