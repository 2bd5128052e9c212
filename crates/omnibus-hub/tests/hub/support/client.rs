//! How does a test talk to a node?

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::PATIENCE;

/// A connection to a node, a line at a time.
pub(crate) struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    /// A connection that takes little before it has to be read.
    pub(crate) fn connect_narrow(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        Self::connect_with(socket, address)
    }

    /// A connection that needs no new descriptor.
    pub(crate) fn connect_with(socket: Socket, address: SocketAddr) -> Self {
        socket.connect(&address.into()).unwrap();
        Self::over(socket.into())
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            reader: BufReader::new(stream),
        }
    }

    /// Sends lines.
    pub(crate) fn send(&self, lines: &str) {
        let mut stream = self.reader.get_ref();
        stream.write_all(format!("{lines}\n").as_bytes()).unwrap();
    }

    /// The same connection for another thread, to send while this one reads.
    pub(crate) fn sender(&self) -> Self {
        Self::over(self.reader.get_ref().try_clone().unwrap())
    }

    /// Sends no more; still reads.
    pub(crate) fn end_sending(&self) {
        self.reader.get_ref().shutdown(Shutdown::Write).unwrap();
    }

    /// The next line; `None` at the end.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.reader.read_line(&mut line).expect("a line or the end in time");
        if count == 0 {
            return None;
        }
        assert_eq!(line.pop(), Some('\n'), "a line breaks off: {} bytes", line.len());
        Some(line)
    }

    pub(crate) fn lines(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.line().expect("more lines")).collect()
    }

    /// All lines up to the end.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.line()).collect()
    }

    /// Reads whatever is there, and throws it away.
    pub(crate) fn discard(&mut self) {
        let wait = Duration::from_millis(1);
        self.reader.get_ref().set_read_timeout(Some(wait)).unwrap();
        while let Ok(count) = self.reader.fill_buf().map(<[u8]>::len) {
            assert!(count > 0, "the connection has ended");
            self.reader.consume(count);
        }
        self.reader.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
    }

    pub(crate) fn expect(&mut self, line: &str) {
        assert_eq!(self.line().as_deref(), Some(line));
    }

    pub(crate) fn ask(&mut self, command: &str, answer: &str) {
        self.send(command);
        self.expect(answer);
    }

    /// Whether nothing comes for this long.
    pub(crate) fn is_silent_for(&mut self, time: Duration) -> bool {
        self.reader.get_ref().set_read_timeout(Some(time)).unwrap();
        let silent = self.reader.buffer().is_empty() && self.reader.fill_buf().is_err();
        self.reader.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }

    /// Whether the connection has ended, cleanly or not.
    pub(crate) fn is_ended(&mut self) -> bool {
        let mut all = Vec::new();
        match self.reader.read_to_end(&mut all) {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}
