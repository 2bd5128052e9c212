//! How does a test speak HTTP, request after request and chunk by chunk?

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::limits;

/// One connection on which requests follow each other.
#[derive(Debug)]
pub struct Http {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty where it is read chunk by chunk.
    pub body: String,
}

impl Answer {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Checks status and body.
    ///
    /// # Panics
    /// If they are others.
    #[track_caller]
    pub fn expect(&self, status: u16, body: &str) {
        assert_eq!((self.status, self.body.as_str()), (status, body), "{self:?}");
    }
}

impl Http {
    /// Connects.
    ///
    /// # Panics
    /// If the server does not take the connection.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, limits::ANSWER).expect("the server takes connections");
        stream.set_nodelay(true).expect("the connection is up");
        stream
            .set_read_timeout(Some(limits::ANSWER))
            .expect("a limit is no nought");
        Self {
            stream: BufReader::new(stream),
            address,
        }
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// If the server does not read.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).expect("the server reads");
    }

    /// Sends a request: method and path, headers in lines, a body.
    ///
    /// # Panics
    /// If the server does not read.
    pub fn send(&mut self, request: &str, headers: &[&str], body: &str) {
        let mut text = format!("{request} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        if !body.is_empty() || request.starts_with("POST") {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        self.write(format!("{text}\r\n{body}").as_bytes());
    }

    /// Sends a request and reads its whole answer.
    ///
    /// # Panics
    /// If there is none.
    pub fn ask(&mut self, request: &str, headers: &[&str], body: &str) -> Answer {
        self.send(request, headers, body);
        self.answer()
    }

    /// Reads a whole answer.
    ///
    /// # Panics
    /// If there is none.
    pub fn answer(&mut self) -> Answer {
        let mut answer = self.head();
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse().expect("a length is a number"));
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the body is whole");
        answer.body = String::from_utf8(body).expect("bodies are text");
        answer
    }

    /// Reads the head of an answer.
    ///
    /// # Panics
    /// If there is none.
    pub fn head(&mut self) -> Answer {
        let status = self.line();
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").expect("a header has a name and a value");
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        Answer {
            status: status.expect("an answer begins with its status"),
            headers,
            body: String::new(),
        }
    }

    /// Reads the next chunk; `None` at the last one.
    ///
    /// # Panics
    /// If none comes.
    pub fn chunk(&mut self) -> Option<String> {
        let size = self.line();
        let size = usize::from_str_radix(&size, 16).expect("a chunk begins with its size");
        let mut chunk = vec![0; size + 2];
        self.stream.read_exact(&mut chunk).expect("the chunk is whole");
        assert!(chunk.ends_with(b"\r\n"), "a chunk ends with its line");
        chunk.truncate(size);
        (size > 0).then(|| String::from_utf8(chunk).expect("chunks are text"))
    }

    /// Checks the next chunk.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn expect_chunk(&mut self, expected: &str) {
        assert_eq!(self.chunk().as_deref(), Some(expected));
    }

    /// Reads chunks until they end so; where chunks begin and end is left to proxies.
    ///
    /// # Panics
    /// If none comes in time, or the last one.
    pub fn chunks_up_to(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            let chunk = self.chunk();
            text.push_str(&chunk.unwrap_or_else(|| panic!("the stream ends after {text:?}")));
        }
        text
    }

    /// Reads all up to the end of the connection.
    ///
    /// # Panics
    /// If it does not end.
    pub fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        // A server that has not read everything may end with a reset.
        let _reset = self.stream.read_to_end(&mut rest);
        String::from_utf8_lossy(&rest).into_owned()
    }

    /// Whether nothing comes for a while.
    ///
    /// # Panics
    /// If the connection can't be asked.
    pub fn is_silent(&mut self) -> bool {
        let socket = self.stream.get_ref();
        socket.set_read_timeout(Some(limits::SILENCE)).expect("it is no nought");
        let is_silent = self.stream.fill_buf().is_err();
        let socket = self.stream.get_ref();
        socket.set_read_timeout(Some(limits::ANSWER)).expect("it is no nought");
        is_silent
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line comes in time");
        assert!(line.ends_with("\r\n"), "the answer ends early: {line:?}");
        line.truncate(line.len() - 2);
        line
    }
}
