//! How does a client read and write where it may have to encrypt?

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, OnceLock};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// Whom servers say they are, and clients expect.
const HOST: &str = "localhost";

/// The certificate of all servers of this run, and what its clients trust.
pub(crate) struct Certificate {
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
    clients: Arc<ClientConfig>,
}

impl Certificate {
    /// Made when it is first needed.
    pub(crate) fn of_this_run() -> &'static Self {
        static CERTIFICATE: OnceLock<Certificate> = OnceLock::new();
        CERTIFICATE.get_or_init(Self::new)
    }

    fn new() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([HOST.to_owned()]).expect("the name is one that certificates can have");
        let mut roots = RootCertStore::empty();
        roots
            .add(cert.der().clone())
            .expect("a certificate that was made just now can be read");
        let mut clients = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has ciphers for all versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Every client is one that was never here.
        clients.resumption = Resumption::disabled();
        Self {
            certificate_pem: cert.pem(),
            key_pem: signing_key.serialize_pem(),
            clients: Arc::new(clients),
        }
    }
}

/// A socket, and what encrypts on it where that is done.
pub(super) struct Stream<S> {
    socket: S,
    tls: Option<Box<ClientConnection>>,
}

impl<S> Stream<S> {
    /// Nothing is said before the first write.
    pub(super) fn new(socket: S, is_encrypted: bool) -> Self {
        let tls = || {
            let clients = Arc::clone(&Certificate::of_this_run().clients);
            let host = ServerName::try_from(HOST).expect("the name is one that servers can have");
            let connection = ClientConnection::new(clients, host);
            Box::new(connection.expect("what clients trust is complete"))
        };
        Self {
            socket,
            tls: is_encrypted.then(tls),
        }
    }

    /// The same on the same socket by another of its types.
    pub(super) fn map<T>(self, other: impl FnOnce(S) -> T) -> Stream<T> {
        Stream {
            socket: other(self.socket),
            tls: self.tls,
        }
    }

    pub(super) fn socket(&self) -> &S {
        &self.socket
    }

    pub(super) fn socket_mut(&mut self) -> &mut S {
        &mut self.socket
    }
}

impl<S: Read + Write> Read for Stream<S> {
    /// As a socket does: where fewer bytes come than there is room for, no more were there.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.socket.read(buffer);
        };
        let mut filled = 0;
        let mut is_empty = false;
        loop {
            match tls.reader().read(&mut buffer[filled..]) {
                Ok(0) => return Ok(filled),
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            if filled == buffer.len() || (filled > 0 && is_empty) {
                return Ok(filled);
            }
            let mut piece = Piece {
                socket: &mut self.socket,
                is_short: false,
            };
            match tls.read_tls(&mut piece) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && filled > 0 => return Ok(filled),
                read => read?,
            };
            is_empty = piece.is_short;
            tls.process_new_packets()
                .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            send(tls, &mut self.socket)?;
        }
    }
}

impl<S: Read + Write> Write for Stream<S> {
    /// What the handshake does not let through yet goes once it is over, by the reads.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.socket.write(bytes);
        };
        send(tls, &mut self.socket)?;
        let count = tls.writer().write(bytes)?;
        send(tls, &mut self.socket)?;
        match count {
            0 => Err(ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// Sends what is encrypted, as far as the socket takes it; the rest goes next time.
fn send(tls: &mut ClientConnection, socket: &mut impl Write) -> io::Result<()> {
    while tls.wants_write() {
        match tls.write_tls(socket) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A socket that is read, and whether that has emptied it.
struct Piece<'a, S> {
    socket: &'a mut S,
    is_short: bool,
}

impl<S: Read> Read for Piece<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.socket.read(buffer)?;
        self.is_short = count < buffer.len();
        Ok(count)
    }
}

impl<S> fmt::Debug for Stream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("is_encrypted", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::thread;

    use rustls::ServerConfig;
    use rustls::ServerConnection;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    use super::*;

    /// Many records, and more than the buffer of a read takes.
    const BYTES: usize = 300_000;

    /// Answers everything that comes with as many bytes, once as many have come, by rustls's own
    /// stream.
    fn serve(listener: &TcpListener) {
        let certificate = Certificate::of_this_run();
        let chain = vec![CertificateDer::from_pem_slice(certificate.certificate_pem.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let (socket, _) = listener.accept().unwrap();
        let mut stream = rustls::StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        let mut all = vec![0; BYTES];
        stream.read_exact(&mut all).unwrap();
        stream.write_all(&all).unwrap();
        // Held until the client has everything.
        let _gone = stream.read(&mut [0]);
    }

    #[test]
    fn all_bytes_come_before_a_read_says_that_there_are_no_more() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || serve(&listener));
        let mut stream = Stream::new(TcpStream::connect(address).unwrap(), true);
        let said: Vec<u8> = (0..BYTES).map(|number| number as u8).collect();
        stream.write_all(&said[..10]).unwrap();
        // What the handshake held back goes out while an answer is waited for.
        stream.socket().set_nonblocking(true).unwrap();
        let (mut sent, mut heard, mut buffer) = (10, Vec::new(), vec![0; 10_000]);
        while heard.len() < BYTES {
            if sent < BYTES {
                match stream.write(&said[sent..]) {
                    Ok(count) => sent += count,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
            }
            match stream.read(&mut buffer) {
                Ok(0) => panic!("the server is gone after {} bytes", heard.len()),
                Ok(count) => heard.extend_from_slice(&buffer[..count]),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        assert!(heard == said);
        drop(stream);
        server.join().unwrap();
    }
}
