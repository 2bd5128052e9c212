//! How does a socket speak TLS, and keep no buffer while it is idle?
//!
//! rustls makes records from bytes and bytes from records; where either stand is decided here. A
//! thread has one buffer for records, and a connection has none of its own but for what is half
//! done: a record of which the end is missing, records that a full socket has not taken.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use mio::net::TcpStream;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, InsufficientSizeError, UnbufferedStatus};
use tracing::debug;

use crate::outbox::send;
use crate::tls::Tls;

/// Records that are read at once, and of what is written at once.
const RECORDS_BYTES: usize = 64 << 10;

/// Bytes that become records at once: a full socket leaves as much behind, encrypted.
const PIECE_BYTES_MAX: usize = 32 << 10;

/// Bytes kept of a record, or of a message of TLS' own, that has not come whole. A record may have
/// 18 KiB; no message after the handshake comes near that.
const INCOMPLETE_BYTES_MAX: usize = 32 << 10;

/// Bytes in which a client must have made itself known: its keys and the names it asks for are
/// some 2 KiB.
const HANDSHAKE_BYTES_MAX: usize = 32 << 10;

/// Room for a farewell: an alert in its record.
const ALERT_BYTES_MAX: usize = 256;

thread_local! {
    /// This thread's records, on their way in or out.
    static RECORDS: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A TCP connection whose other end speaks TLS.
pub struct TlsStream {
    socket: TcpStream,
    session: UnbufferedServerConnection,
    /// Away once the handshake is over.
    handshake: Option<Box<Handshake>>,
    /// A record of which the end is missing, as it came.
    incomplete: Vec<u8>,
    /// What came with the last records and went into no buffer yet.
    unread: Vec<u8>,
    /// Records that the socket has not taken.
    unsent: Vec<u8>,
    /// The first byte of the next write stands in `unsent`, or is out already.
    ///
    /// A byte that became part of a record can't be taken back when the socket is full. The last
    /// one of them is told to be still there: so whoever writes has something left to write for as
    /// long as `unsent` has, waits for the socket, and says that byte again.
    is_repeated: bool,
    /// The other end has said that it sends no more.
    has_ended: bool,
}

struct Handshake {
    bytes: usize,
    to_plain: &'static [u8],
}

/// Where decrypted bytes go.
struct Plain<'a> {
    buffer: &'a mut [u8],
    filled: usize,
    rest: &'a mut Vec<u8>,
}

impl Plain<'_> {
    fn push(&mut self, bytes: &[u8]) {
        let fitting = bytes.len().min(self.buffer.len() - self.filled);
        self.buffer[self.filled..self.filled + fitting].copy_from_slice(&bytes[..fitting]);
        self.filled += fitting;
        self.rest.extend_from_slice(&bytes[fitting..]);
    }
}

impl TlsStream {
    pub(super) fn new(socket: TcpStream, tls: &Tls) -> io::Result<Self> {
        let session = UnbufferedServerConnection::new(tls.config()).map_err(io::Error::other)?;
        let handshake = Handshake {
            bytes: 0,
            to_plain: tls.to_plain(),
        };
        Ok(Self {
            socket,
            session,
            handshake: Some(Box::new(handshake)),
            incomplete: Vec::new(),
            unread: Vec::new(),
            unsent: Vec::new(),
            is_repeated: false,
            has_ended: false,
        })
    }

    pub(super) fn socket_mut(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// Whether the other end has still to make itself known.
    pub(super) fn is_shaking_hands(&self) -> bool {
        self.handshake.is_some()
    }

    /// Whether records wait for the socket.
    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Says that nothing more comes, and ends the sending half.
    pub(super) fn shutdown_write(&mut self) -> io::Result<()> {
        self.say_goodbye();
        self.socket.shutdown(Shutdown::Write)
    }

    /// Reads records until one brings something; `Ok(0)` at the end.
    fn receive(&mut self, records: &mut Vec<u8>, buffer: &mut [u8]) -> io::Result<usize> {
        records.resize(RECORDS_BYTES, 0);
        loop {
            // What is under way must be out before the other end can go on.
            self.send_unsent()?;
            let kept = self.incomplete.len();
            let count = self.socket.read(&mut records[kept..])?;
            if count == 0 {
                self.has_ended = true;
                return Ok(0);
            }
            records[..kept].copy_from_slice(&self.incomplete);
            let filled = self.open(&mut records[..kept + count], count, buffer)?;
            if filled > 0 || self.has_ended {
                return Ok(filled);
            }
        }
    }

    /// Opens the records that have come whole, the last `new` bytes just now.
    fn open(&mut self, records: &mut [u8], new: usize, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(handshake) = &mut self.handshake {
            if handshake.bytes == 0 && records[0].is_ascii_alphabetic() {
                self.has_ended = true;
                // It is gone, or has room for a line.
                let _gone = send(&mut self.socket, handshake.to_plain);
                return Ok(0);
            }
            handshake.bytes += new;
            if handshake.bytes > HANDSHAKE_BYTES_MAX {
                return Err(broken("the handshake has more than 32 KiB"));
            }
        }
        let mut unread = std::mem::take(&mut self.unread);
        let mut plain = Plain {
            buffer,
            filled: 0,
            rest: &mut unread,
        };
        let opened = self.process(records, &mut plain);
        let filled = plain.filled;
        self.unread = unread;
        let used = match opened {
            Ok(used) => used,
            Err(error) => {
                self.send_alert(records);
                debug!(%error, is_handshake = self.is_shaking_hands(), "TLS failed");
                return Err(io::Error::new(ErrorKind::InvalidData, error));
            }
        };
        self.incomplete = records[used..].to_vec();
        if self.incomplete.len() > INCOMPLETE_BYTES_MAX {
            return Err(broken("a message of TLS' own has more than 32 KiB"));
        }
        if !self.session.is_handshaking() {
            self.handshake = None;
        }
        self.send_unsent()?;
        Ok(filled)
    }

    /// Gives records to the session; returns how many bytes are used.
    fn process(&mut self, records: &mut [u8], plain: &mut Plain<'_>) -> Result<usize, rustls::Error> {
        let mut used = 0;
        loop {
            let UnbufferedStatus { mut discard, state } = self.session.process_tls_records(&mut records[used..]);
            let goes_on = match state? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        discard += record.discard;
                        plain.push(record.payload);
                    }
                    true
                }
                ConnectionState::EncodeTlsData(data) => {
                    append(&mut self.unsent, data);
                    true
                }
                ConnectionState::TransmitTlsData(data) => {
                    data.done();
                    true
                }
                ConnectionState::PeerClosed | ConnectionState::Closed => {
                    self.has_ended = true;
                    false
                }
                _ => false,
            };
            used += discard;
            if !goes_on {
                return Ok(used);
            }
        }
    }

    /// Tells the other end what is wrong with what it sent, if it listens.
    fn send_alert(&mut self, records: &mut [u8]) {
        while self.session.wants_write() {
            let status = self.session.process_tls_records(records);
            let Ok(ConnectionState::EncodeTlsData(data)) = status.state else {
                break;
            };
            append(&mut self.unsent, data);
        }
        // It is gone, or has room for an alert.
        let _gone = send(&mut self.socket, &self.unsent);
    }

    /// Sends what the socket has not taken; whether it has all now.
    fn send_unsent(&mut self) -> io::Result<bool> {
        if self.unsent.is_empty() {
            return Ok(true);
        }
        let sent = send(&mut self.socket, &self.unsent)?;
        if sent == self.unsent.len() {
            self.unsent = Vec::new();
        } else {
            self.unsent.drain(..sent);
        }
        Ok(self.unsent.is_empty())
    }

    /// Makes records of bytes; returns their length.
    fn seal(&mut self, bytes: &[u8], records: &mut [u8]) -> io::Result<usize> {
        let status = self.session.process_tls_records(&mut self.incomplete);
        match status.state {
            Ok(ConnectionState::WriteTraffic(mut traffic)) => traffic.encrypt(bytes, records).map_err(io::Error::other),
            // The session has ended, by either side.
            _ => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn say_goodbye(&mut self) {
        // Behind half a record it would be one more half.
        if self.is_shaking_hands() || self.has_unsent() {
            return;
        }
        let mut record = [0; ALERT_BYTES_MAX];
        let status = self.session.process_tls_records(&mut self.incomplete);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = status.state
            && let Ok(length) = traffic.queue_close_notify(&mut record)
        {
            // It is gone, or has room for an alert.
            let _gone = send(&mut self.socket, &record[..length]);
        }
    }
}

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.unread.is_empty() {
            let count = self.unread.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.unread[..count]);
            self.unread.drain(..count);
            if self.unread.is_empty() {
                self.unread = Vec::new();
            }
            return Ok(count);
        }
        if self.has_ended {
            return Ok(0);
        }
        let mut records = RECORDS.take();
        let received = self.receive(&mut records, buffer);
        RECORDS.set(records);
        received
    }
}

impl Write for TlsStream {
    /// Takes bytes as a socket does; of those that it could not send at once, all but the last.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_shaking_hands() {
            // Nobody has asked for anything yet.
            return Err(ErrorKind::NotConnected.into());
        }
        if !self.send_unsent()? {
            return Err(ErrorKind::WouldBlock.into());
        }
        let repeated = usize::from(std::mem::take(&mut self.is_repeated));
        let end = bytes.len().min(repeated + PIECE_BYTES_MAX);
        let fresh = &bytes[repeated..end];
        if fresh.is_empty() {
            return Ok(end);
        }
        let mut records = RECORDS.take();
        records.resize(RECORDS_BYTES, 0);
        let sealed = self.seal(fresh, &mut records);
        let sent = sealed.and_then(|length| {
            let sent = send(&mut self.socket, &records[..length])?;
            self.unsent = records[sent..length].to_vec();
            Ok(())
        });
        RECORDS.set(records);
        sent?;
        self.is_repeated = self.has_unsent();
        match end - usize::from(self.is_repeated) {
            0 => Err(ErrorKind::WouldBlock.into()),
            taken => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for TlsStream {
    /// Whoever has said goodbye waits for an answer.
    fn drop(&mut self) {
        if self.has_ended {
            self.say_goodbye();
        }
    }
}

/// Appends a record of TLS' own, which says how long it is when there is no room.
fn append(out: &mut Vec<u8>, mut record: EncodeTlsData<'_, ServerConnectionData>) {
    if let Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) = record.encode(&mut []) {
        let start = out.len();
        out.resize(start + required_size, 0);
        record
            .encode(&mut out[start..])
            .expect("it has the room that it asked for");
    }
}

fn broken(reason: &'static str) -> io::Error {
    debug!(reason, "TLS failed");
    io::Error::new(ErrorKind::InvalidData, reason)
}
